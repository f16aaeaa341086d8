import { readdirSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { nullLog } from '../../server/src/base/log.ts'
import { createEncoder, type PooledEncoder } from '../../server/src/encode/encoderPool.ts'
import { bundleEntry } from '../support/bundle.ts'
import { bareOnnxTokensPerSecond } from './bareOnnx.ts'

/**
 * How much of bare ONNX Runtime's speed do the encoder processes keep, and how long does a query take meanwhile?
 * Arguments: model folder, folder with sources, texts, repeats. The two sides take turns, so that other load on the
 * machine meets both; medians count.
 */
export async function encodePipelineBench(args: string[]): Promise<void> {
  const [modelDirectory = 'models/embedded', corpus = '.', nTexts = '600', nRepeats = '5'] = args
  const texts = readTexts(corpus, Number(nTexts))
  const nProcesses = os.availableParallelism()
  const processFile = await bundleEntry('server/src/encode/encoderProcess.ts')
  const options = { modelDirectory, processFile, threads: nProcesses, log: nullLog, lowPriority: false }
  const encoder = await createEncoder(options)
  const rows: { bare: number; pool: number; ratio: number }[] = []
  try {
    await encoder.encodeDocuments(texts.slice(0, 64))
    for (let i = 0; i < Number(nRepeats); i++) {
      const bare = await bareOnnxTokensPerSecond(modelDirectory, texts, nProcesses)
      const pool = await poolTokensPerSecond(encoder, texts)
      rows.push({ bare, pool, ratio: pool / bare })
    }
    const idle = await queryLatencies(encoder, 200)
    const controller = new AbortController()
    const build = encoder.encodeDocuments(texts, { signal: controller.signal }).catch(() => {})
    const busy = await queryLatencies(encoder, 100)
    controller.abort()
    await build
    console.log(`${os.cpus()[0]?.model}, ${nProcesses} processes, ${texts.length} texts of ${corpus}`)
    console.table(
      rows.map((row) => ({ bare: Math.round(row.bare), pool: Math.round(row.pool), ratio: row.ratio.toFixed(3) })),
    )
    console.log(
      `median: bare ${median(rows.map(({ bare }) => bare)).toFixed(0)} tokens/s, pool ${median(rows.map(({ pool }) => pool)).toFixed(0)} tokens/s, ratio ${median(rows.map(({ ratio }) => ratio)).toFixed(3)}`,
    )
    console.log(`query, idle: ${percentiles(idle)}; during a build: ${percentiles(busy)}`)
  } finally {
    await encoder.dispose()
  }
}

/** Two calls under way at any time, as a build has them. */
async function poolTokensPerSecond(encoder: PooledEncoder, texts: string[]): Promise<number> {
  const startedMs = performance.now()
  let nTokens = 0
  let next = 0
  const lane = async () => {
    while (next < texts.length) {
      const from = next
      next += TEXTS_PER_CALL
      for (const vectors of await encoder.encodeDocuments(texts.slice(from, next))) nTokens += vectors.nTokens
    }
  }
  await Promise.all([lane(), lane()])
  return (nTokens / (performance.now() - startedMs)) * 1000
}

async function queryLatencies(encoder: PooledEncoder, n: number): Promise<number[]> {
  const latenciesMs: number[] = []
  for (let i = 0; i < n; i++) {
    const startedMs = performance.now()
    await encoder.encodeQuery(`where is the json reader told to be lenient about number ${i % 10}`)
    latenciesMs.push(performance.now() - startedMs)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return latenciesMs
}

/** Pieces of 1,000 characters of source files, spread evenly over the folder. */
function readTexts(folder: string, nTexts: number): string[] {
  const pieces = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(java|ts|py|go|rs|md)$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .flatMap((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8').match(/[\s\S]{1,1000}/g) ?? [])
  const step = Math.max(1, Math.floor(pieces.length / nTexts))
  return pieces.filter((_, i) => i % step === 0).slice(0, nTexts)
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!

function percentiles(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!.toFixed(2)
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`
}

const TEXTS_PER_CALL = 64

await encodePipelineBench(process.argv.slice(2))
