import { contentKey } from '../../server/src/base/hash.ts'
import { decodeText } from '../../server/src/chunk/decode.ts'
import { LineHashes } from '../../server/src/chunk/lineHashes.ts'
import type { FileOutline, SessionHit } from '../../server/src/engine/sessionProtocol.ts'

/** A hit as an index has it that read `content` of the file; named, where a name is given, on its first line. */
export function hitIn(content: string | Uint8Array, path: string, startLine: number, endLine: number, name = 'f') {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const decoded = decodeText(bytes)
  const lines = 'text' in decoded ? decoded.text.split('\n') : []
  const place = { name, container: '', startLine, endLine, nameLine: startLine }
  const hit: SessionHit = {
    ...{ path, contentHash: contentKey(bytes), ...place, ...new LineHashes(lines).ofUnit(place) },
    ...{ kind: 'function', language: 'go', space: 'code', score: 1 },
  }
  return hit
}

/** What an index tells of files of which it has these hits' units. */
export const outlinesOf =
  (hits: readonly SessionHit[]) =>
  async (paths: string[]): Promise<FileOutline[]> =>
    paths.flatMap((path) => {
      const units = hits.filter((hit) => hit.path === path)
      return units[0] ? [{ path, contentHash: units[0].contentHash, units }] : []
    })
