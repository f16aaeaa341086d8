import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { nullLog } from '../../../server/src/base/log.ts'
import { connectRpc, type RpcClient, workerChannel } from '../../../server/src/base/rpc.ts'
import { createEncoder, type PooledEncoder } from '../../../server/src/encode/encoderPool.ts'
import { EncodeStage } from '../../../server/src/ingest/encodeStage.ts'
import type { SessionFile } from '../../../server/src/ingest/indexPort.ts'
import type { PipelineDeps } from '../../../server/src/ingest/pipeline.ts'
import { bundleEntry } from '../../support/bundle.ts'
import { root } from '../corpus.ts'
import type { TakingIndex } from './takingIndex.ts'

/** The part of a build that encodes, as the product has it, for an index on a thread of its own that stores nothing. */
export interface Stage {
  /** Tokens a second from the first text to the last vector, with encoder processes that are running already. */
  run(files: readonly SessionFile[]): Promise<number>
  dispose(): Promise<void>
}

export async function startStage(modelDirectory: string, threads: number): Promise<Stage> {
  const encoder = await createEncoder({
    modelDirectory,
    processFile: path.join(root, 'server/dist/encoderProcess.js'),
    threads,
    log: nullLog,
  })
  const thread = new Worker(await bundleEntry('test/bench/encode/takingIndex.ts'))
  const index = connectRpc<TakingIndex>(workerChannel(thread), (reason) => new Error(reason))
  return {
    async run(files) {
      await encoder.encodeDocuments(Array.from({ length: WARM_UP_TEXTS }, (_, i) => `const number${i} = ${i}`))
      await index.clear(null)
      return tokensPerSecondOf(encoder, index, files)
    },
    async dispose() {
      await Promise.all([encoder.dispose(), thread.terminate()])
    },
  }
}

async function tokensPerSecondOf(
  encoder: PooledEncoder,
  index: RpcClient<TakingIndex>,
  files: readonly SessionFile[],
): Promise<number> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const encoders = { code: encoder, docs: encoder }
  const deps = { index, encoders, now: () => performance.now() } as unknown as PipelineDeps
  const pending = files.map(({ path: file, units }) => ({ path: file, nUnits: units.length, mtimeMs: 0 }))
  const stage = new EncodeStage(deps, { scan: { useIgnoreFiles: false, exclude: [] } }, () => {})
  const { nTokensEncoded, encodeMs } = await stage.run(pending, (file) => byPath.get(file), false)
  return (nTokensEncoded / encodeMs) * 1000
}

/** Enough for every encoder process to start. */
const WARM_UP_TEXTS = 64
