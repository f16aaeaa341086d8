import os from 'node:os'
import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import type { Encoder } from '../../../server/src/encode/encoder.ts'
import { createEncoder } from '../../../server/src/encode/encoderPool.ts'
import { root, spread } from '../corpus.ts'
import { percentile } from '../report.ts'

/** Milliseconds to encode a query, alone and beside a build. */
export async function queryLatencies(
  modelDirectory: string,
  texts: readonly string[],
): Promise<Record<string, number>> {
  const encoder = await createEncoder({
    modelDirectory,
    processFile: path.join(root, 'server/dist/encoderProcess.js'),
    threads: os.availableParallelism(),
    log: nullLog,
  })
  try {
    const queries = spread(
      texts.map((text) => text.replace(/\W+/g, ' ').trim().slice(0, 60)).filter((text) => text.length > 20),
      N_QUERIES,
    )
    await latencies(encoder, queries)
    const idleMs = await latencies(encoder, queries)
    const controller = new AbortController()
    let nDone = 0
    // As much as there is time for: it never ends before the queries do.
    const build = (async () => {
      while (!controller.signal.aborted) {
        await encoder.encodeDocuments(
          texts.slice(0, 200).map((text) => `${text} ${nDone}`),
          { signal: controller.signal },
        )
        nDone++
      }
    })().catch(() => {})
    const busyMs = await latencies(encoder, queries)
    controller.abort()
    await build
    return {
      query_ms_p50: percentile(idleMs, 0.5),
      query_ms_p95: percentile(idleMs, 0.95),
      query_beside_build_ms_p50: percentile(busyMs, 0.5),
      query_beside_build_ms_p95: percentile(busyMs, 0.95),
    }
  } finally {
    await encoder.dispose()
  }
}

async function latencies(encoder: Encoder, queries: readonly string[]): Promise<number[]> {
  const latenciesMs: number[] = []
  for (const query of queries) {
    const startedMs = performance.now()
    await encoder.encodeQuery(query)
    latenciesMs.push(performance.now() - startedMs)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return latenciesMs
}

const N_QUERIES = 60
