import { nullLog } from '../../server/src/base/log.ts'
import type { RpcClient } from '../../server/src/base/rpc.ts'
import type { Encoder } from '../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../server/src/encode/fakeEncoder.ts'
import { IndexSession } from '../../server/src/engine/indexSession.ts'
import type { SessionMethods } from '../../server/src/engine/sessionProtocol.ts'
import { type PipelineDeps, type PipelineOptions, updateIndex, upgradeIndex } from '../../server/src/ingest/pipeline.ts'
import { type CrashPlace, paragraphs } from './crashWork.ts'

/** An index in this process that one model without weights takes over from another. */
export function upgradeWork(place: CrashPlace, onEncoded: (nTexts: number) => void = () => {}) {
  const { folder, directory, kernelDirectory } = place
  const before = createFakeEncoder({ dim: 16 })
  const after = createFakeEncoder({ dim: 24 })
  const session = new IndexSession(nullLog)
  const methods = session as unknown as Record<string, (params: unknown) => unknown>
  const index = new Proxy({} as RpcClient<SessionMethods>, {
    get: (_, name) => async (params: unknown) => methods[String(name)]!.call(session, params),
  })
  const watched: Encoder = {
    ...after,
    async encodeDocuments(texts, options) {
      const vectors = await after.encodeDocuments(texts, options)
      onEncoded(texts.length)
      return vectors
    },
  }
  const both = (encoder: Encoder) => ({ code: encoder, docs: encoder })
  const modelOf = ({ model: { id, dim, fingerprint } }: Encoder) => ({ id, dim, fingerprint })
  const modelsOf = (encoder: Encoder) => ({ code: modelOf(encoder), docs: modelOf(encoder) })
  let nowMs = 0
  const depsWith = (encoder: Encoder): PipelineDeps => ({
    ...{ folder, index, chunker: paragraphs, encoders: both(encoder), log: nullLog },
    previous: () => (session.stats().nUnitsUpgraded === undefined ? undefined : both(before)),
    // Seconds pass at every look: what is encoded is committed batch by batch.
    now: () => (nowMs += 2000),
    inTurn: (work) => work(),
  })
  const options: PipelineOptions = { scan: { useIgnoreFiles: true, exclude: [] }, unusedLimitBytes: 0 }
  return {
    session,
    /** With the model before alone. */
    async buildBefore(): Promise<void> {
      session.open({ directory, kernelDirectory, models: modelsOf(before) })
      await updateIndex(depsWith(before), options)
      session.close()
    },
    open: () =>
      session.open({
        ...{ directory, kernelDirectory, models: modelsOf(after) },
        previous: { models: modelsOf(before), isKept: false },
      }),
    update: () => updateIndex(depsWith(watched), options),
    upgrade: () => upgradeIndex(depsWith(watched), options),
    async search(query: string) {
      const [rows, previousRows] = await Promise.all([after, before].map((encoder) => encoder.encodeQuery(query)))
      const asked = { rows: { code: rows! }, previousRows: { code: previousRows! } }
      return session.search({ query, limit: 500, mode: 'semantic', nIvfProbe: 64, nFullScores: 65_536, ...asked })
    },
  }
}
