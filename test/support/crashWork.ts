import path from 'node:path'
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

/** Two worktrees of one repository, whose indexes take vectors from each other. */
export function crashPlaces(directory: string, kernelDirectory: string): CrashPlace[] {
  return ['first', 'second'].map((name) => ({
    folder: path.join(directory, 'source', name),
    directory: path.join(directory, 'indexes', name),
    kernelDirectory,
  }))
}

/**
 * What the killed process says, of one of its places: before it changes files (new content hashes; null: deleted), which
 * call of the index it is in, and what it has committed.
 */
export type CrashMessage =
  | { type: 'ready' }
  | { type: 'begin'; place: number; changes: [path: string, hash: string | null][] }
  | { type: 'call'; name: string }
  | { type: 'log'; text: string }
  | { type: 'done'; place: number; rows: [path: string, hash: string][] }

/** The index of a place, in this process: the real pipeline and stores, with an encoder and a chunker of lines. */
export function crashWork(place: CrashPlace, log: Log = nullLog, onCall: (name: string) => void = () => {}) {
  const encoder = createFakeEncoder({ dim: 16 })
  const { id, dim, fingerprint } = encoder.model
  const models = { code: { id, dim, fingerprint }, docs: { id, dim, fingerprint } }
  const session = new IndexSession(log)
  const methods = session as unknown as Record<string, (params: unknown) => unknown>
  const index = new Proxy({} as RpcClient<SessionMethods>, {
    get: (_, name) => async (params: unknown) => {
      onCall(String(name))
      return methods[String(name)]!.call(session, params)
    },
  })
  let nowMs = 0
  return {
    session,
    dim,
    fingerprint,
    open: () =>
      session.open({
        directory: place.directory,
        kernelDirectory: place.kernelDirectory,
        models,
        origin: { folder: place.folder, repository: ['one'] },
      }),
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
export const paragraphs: Chunker = {
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
