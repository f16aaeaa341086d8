import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { nullLog } from '../../server/src/base/log.ts'
import { createEncoder, type PooledEncoder } from '../../server/src/encode/encoderPool.ts'
import { bareOnnxTokensPerSecond } from './bareOnnx.ts'
import { queriesFrom, root, spread, unitsOf } from './corpus.ts'
import { percentile, report } from './report.ts'

/**
 * How much of bare ONNX Runtime's speed do the encoder processes keep, and how long does a query take beside them?
 * `--corpus DIR` (this repository where absent), `--texts N`, `--rounds N`, `--model DIR`. The two sides take turns,
 * so that other load on the machine meets both; medians of the rounds are given. Processes run at normal priority.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    model: { type: 'string', default: path.join(root, 'models/embedded') },
    texts: { type: 'string', default: '400' },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean' },
  },
})
const modelDirectory = path.resolve(values.model)
const nProcesses = os.availableParallelism()
const units = await unitsOf(path.resolve(values.corpus))
const texts = spread(
  units.map(({ text }) => text),
  Number(values.texts),
)
const queries = queriesFrom(units, 100)

const encoder = await createEncoder({
  modelDirectory,
  processFile: path.join(root, 'server/dist/encoderProcess.js'),
  threads: nProcesses,
  log: nullLog,
  lowPriority: false,
})
try {
  await encoder.encodeDocuments(texts.slice(0, 64))
  const rounds: { bare: number; pool: number; tokensPerText: number }[] = []
  for (let i = 0; i < Number(values.rounds); i++) {
    const bare = await bareOnnxTokensPerSecond(modelDirectory, texts, nProcesses)
    rounds.push({ bare, ...(await encodeAll(encoder)) })
  }
  const idleMs = await queryLatenciesMs(encoder)
  const controller = new AbortController()
  const build = encoder.encodeDocuments([...texts, ...texts.map((text) => `${text} `)], { signal: controller.signal })
  const cancelled = build.catch(() => {})
  const busyMs = await queryLatenciesMs(encoder)
  controller.abort()
  await cancelled

  const median = (of: (round: (typeof rounds)[number]) => number) => percentile(rounds.map(of), 0.5)
  report({
    bench: 'encode',
    corpus: path.basename(values.corpus),
    figures: {
      processes: nProcesses,
      texts: texts.length,
      tokens_per_text: median(({ tokensPerText }) => tokensPerText),
      bare_onnx_tokens_per_second: median(({ bare }) => bare),
      tokens_per_second: median(({ pool }) => pool),
      ratio: median(({ bare, pool }) => pool / bare),
      query_ms_p50: percentile(idleMs, 0.5),
      query_ms_p95: percentile(idleMs, 0.95),
      query_beside_build_ms_p50: percentile(busyMs, 0.5),
      query_beside_build_ms_p95: percentile(busyMs, 0.95),
    },
  })
} finally {
  await encoder.dispose()
}

/** Two calls under way at any time, as a build has them. */
async function encodeAll(encoder: PooledEncoder): Promise<{ pool: number; tokensPerText: number }> {
  const startedMs = performance.now()
  let nTokens = 0
  let next = 0
  const lane = async () => {
    while (next < texts.length) {
      const from = next
      next += 64
      for (const vectors of await encoder.encodeDocuments(texts.slice(from, next))) nTokens += vectors.nTokens
    }
  }
  await Promise.all([lane(), lane()])
  return { pool: (nTokens / (performance.now() - startedMs)) * 1000, tokensPerText: nTokens / texts.length }
}

async function queryLatenciesMs(encoder: PooledEncoder): Promise<number[]> {
  const latenciesMs: number[] = []
  for (const query of queries) {
    const startedMs = performance.now()
    await encoder.encodeQuery(query)
    latenciesMs.push(performance.now() - startedMs)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return latenciesMs
}
