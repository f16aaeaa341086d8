import os from 'node:os'
import * as ort from 'onnxruntime-node'

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
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
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

/** Filled up to the longest on the right, what is filled in unseen. */
function feedsOf(batch: number[][], padId: number, session: ort.InferenceSession): Record<string, ort.Tensor> {
  const length = Math.max(...batch.map((ids) => ids.length))
  const int64 = (idOf: (ids: number[], i: number) => number) => {
    const values = batch.flatMap((ids) => Array.from({ length }, (_, i) => BigInt(idOf(ids, i))))
    return new ort.Tensor('int64', BigInt64Array.from(values), [batch.length, length])
  }
  const named: Record<string, ort.Tensor> = {
    input_ids: int64((ids, i) => ids[i] ?? padId),
    attention_mask: int64((ids, i) => (i < ids.length ? 1 : 0)),
    token_type_ids: int64(() => 0),
  }
  return Object.fromEntries(session.inputNames.map((name) => [name, named[name]!]))
}

const WARM_UP_RUNS = 4
