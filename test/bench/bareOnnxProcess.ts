import * as ort from 'onnxruntime-node'

/** One process of `bareOnnxTokensPerSecond`: prepares everything, answers, waits for a word, runs, answers. */
export interface BareTask {
  onnxFile: string
  inputs: number[][]
}

export interface BareResult {
  nTokens: number
}

process.once('disconnect', () => process.exit(0))
process.once('message', async (task: BareTask) => {
  const session = await ort.InferenceSession.create(task.onnxFile, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  })
  const feeds = task.inputs.map((ids) => {
    const int64 = (values: number[]) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length])
    const named: Record<string, ort.Tensor> = {
      input_ids: int64(ids),
      attention_mask: int64(ids.map(() => 1)),
      token_type_ids: int64(ids.map(() => 0)),
    }
    return Object.fromEntries(session.inputNames.map((name) => [name, named[name]!]))
  })
  for (const feed of feeds.slice(0, WARM_UP_RUNS)) await session.run(feed)
  process.once('message', async () => {
    let nTokens = 0
    for (const feed of feeds) {
      await session.run(feed)
      nTokens += feed.input_ids!.dims[1]!
    }
    process.send?.({ nTokens } satisfies BareResult)
  })
  process.send?.('ready')
})

const WARM_UP_RUNS = 8
