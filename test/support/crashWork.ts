import type { Log } from '../../server/src/base/log.ts'
import { nullLog } from '../../server/src/base/log.ts'
import type { RpcClient } from '../../server/src/base/rpc.ts'
import type { Chunker } from '../../server/src/chunk/chunker.ts'
import type { Unit } from '../../server/src/contract/units.ts'
import { createFakeEncoder } from '../../server/src/encode/fakeEncoder.ts'
import { IndexSession } from '../../server/src/engine/indexSession.ts'
import type { SessionMethods } from '../../server/src/engine/sessionProtocol.ts'
import { type PipelineReport, updateIndex } from '../../server/src/ingest/pipeline.ts'

/** Where the crash test works: source files, their index, and the kernels. */
export interface CrashPlace {
  folder: string
  directory: string
  kernelDirectory: string
}

/** What the killed process says before it changes files (new content hashes; null: deleted) and after it committed. */
export type CrashMessage =
  | { type: 'ready' }
  | { type: 'begin'; changes: [path: string, hash: string | null][] }
  | { type: 'done'; rows: [path: string, hash: string][] }

/** The index of a place, in this process: the real pipeline and stores, with an encoder and a chunker of lines. */
export function crashWork(place: CrashPlace, log: Log = nullLog) {
  const encoder = createFakeEncoder({ dim: 16 })
  const { id, dim, fingerprint } = encoder.model
  const models = { code: { id, dim, fingerprint }, docs: { id, dim, fingerprint } }
  const session = new IndexSession(log)
  const methods = session as unknown as Record<string, (params: unknown) => unknown>
  const index = new Proxy({} as RpcClient<SessionMethods>, {
    get: (_, name) => async (params: unknown) => methods[String(name)]!.call(session, params),
  })
  let nowMs = 0
  return {
    session,
    dim,
    fingerprint,
    open: () => session.open({ directory: place.directory, kernelDirectory: place.kernelDirectory, models }),
    update: (paths?: string[]): Promise<PipelineReport> =>
      updateIndex(
        {
          folder: place.folder,
          index,
          chunker: paragraphs,
          encoders: { code: encoder, docs: encoder },
          log: nullLog,
          // Seconds pass at every look: a build commits between its batches, as a long one does.
          now: () => (nowMs += 2000),
          inTurn: (work) => work(),
        },
        {
          scan: { useIgnoreFiles: true, exclude: [], maxFileSizeBytes: 2 ** 20 },
          // Little enough that every few edits some text goes.
          unusedLimitBytes: 16_384,
          ...(paths && { paths }),
        },
      ),
    async search(query: string) {
      const rows = await encoder.encodeQuery(query)
      return session.search({ query, limit: 20, mode: 'all', nIvfProbe: 8, nFullScores: 4096, rows: { code: rows } })
    },
  }
}

/** Each line a unit, named by its first word. */
const paragraphs: Chunker = {
  async chunkFile(_, bytes) {
    const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n')
    const units = lines.map((text, i): Unit => {
      const place = { startLine: i + 1, endLine: i + 1, nameLine: i + 1, container: '', doc: '' }
      return { kind: 'function', name: text.split(' ')[0]!, language: 'plaintext', space: 'code', text, ...place }
    })
    return { outcome: 'ok', language: 'plaintext', units }
  },
  dispose() {},
}
