import os from 'node:os'
import * as ort from 'onnxruntime-node'
import { SESSION_OPTIONS } from '../../server/src/encode/onnxBackend.ts'
import { feedsOf } from './encode/feeds.ts'

/** One process of `startBareOnnx`: prepares everything and answers; at each word after that, runs and answers. */
export interface BareTask {
  onnxFile: string
  /** Ids of the texts of each run. */
  batches: number[][][]
  padId: number
  threads: number
}

export interface BareResult {
  nTokens: number
}

process.once('disconnect', () => process.exit(0))
process.once('message', async ({ onnxFile, batches, padId, threads }: BareTask) => {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  const session = await ort.InferenceSession.create(onnxFile, {
    ...SESSION_OPTIONS,
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
  })
  const runs = batches.map((batch) => ({ nTokens: batch.flat().length, feeds: feedsOf(batch, padId, session) }))
  for (let i = 0; i < WARM_UP_RUNS; i++) await session.run(runs[Math.floor((i * runs.length) / WARM_UP_RUNS)]!.feeds)
  process.on('message', async () => {
    let nTokens = 0
    for (const run of runs) {
      await session.run(run.feeds)
      nTokens += run.nTokens
    }
    process.send?.({ nTokens } satisfies BareResult)
  })
  process.send?.('ready')
})

const WARM_UP_RUNS = 4
