import os from 'node:os'
import { SESSION_OPTIONS } from '../../server/src/encode/onnxBackend.ts'
import { loadOnnxRuntime } from '../../server/src/encode/onnxRuntime.ts'
import { feedsOf } from './encode/feeds.ts'

/** One process of `startBareOnnx`: prepares everything and answers; runs what it is then told, in order, and answers. */
export interface BareTask {
  onnxFile: string
  /** Ids of the texts of each run. */
  batches: number[][][]
  padId: number
  threads: number
}

/** Runs `[from, to)` of the task's batches. */
export interface BareSlice {
  from: number
  to: number
}

export interface BareResult {
  nTokens: number
}

process.once('disconnect', () => process.exit(0))
process.once('message', async ({ onnxFile, batches, padId, threads }: BareTask) => {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  const ort = await loadOnnxRuntime()
  const session = await ort.InferenceSession.create(onnxFile, {
    ...SESSION_OPTIONS,
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
  })
  const runs = batches.map((batch) => ({
    nTokens: batch.flat().length,
    feeds: feedsOf(batch, padId, session, ort.Tensor),
  }))
  for (let i = 0; i < WARM_UP_RUNS; i++) await session.run(runs[Math.floor((i * runs.length) / WARM_UP_RUNS)]!.feeds)
  let previous: Promise<unknown> = Promise.resolve()
  process.on('message', ({ from, to }: BareSlice) => {
    previous = previous.then(async () => {
      let nTokens = 0
      for (const run of runs.slice(from, to)) {
        await session.run(run.feeds)
        nTokens += run.nTokens
      }
      process.send?.({ nTokens } satisfies BareResult)
    })
  })
  process.send?.('ready')
})

const WARM_UP_RUNS = 4
