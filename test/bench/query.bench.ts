import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { queriesFrom, root, unitsOf } from './corpus.ts'
import { percentile, report } from './report.ts'
import { startServerOn } from './server.ts'

/**
 * How long does a query take inside the server process, and until its client has the answer?
 * `--corpus DIR` (this repository where absent), `--queries N`, `--storage DIR` to use or keep an index.
 * Each query is asked once, in an order that mixes names and sentences. As for a user, the first one comes some seconds
 * after the index is ready, in which the server warms itself up.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    queries: { type: 'string', default: '200' },
    storage: { type: 'string' },
    json: { type: 'boolean' },
  },
})
const corpus = path.resolve(values.corpus)
const storage = values.storage ? path.resolve(values.storage) : await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
const queries = queriesFrom(await unitsOf(corpus), Number(values.queries))

const server = await startServerOn(corpus, storage)
try {
  const { nUnits, nFiles } = await server.readyForUser()
  const insideMs: number[] = []
  const roundTripMs: number[] = []
  let nHits = 0
  for (const query of queries) {
    const startedMs = performance.now()
    const { hits, elapsedMs } = await server.search(query)
    roundTripMs.push(performance.now() - startedMs)
    insideMs.push(elapsedMs)
    nHits += hits.length
  }
  report({
    bench: 'query',
    corpus: path.basename(corpus),
    figures: {
      files: nFiles,
      units: nUnits,
      queries: insideMs.length,
      hits_per_query: nHits / insideMs.length,
      first_ms: insideMs[0],
      p50_ms: percentile(insideMs, 0.5),
      p95_ms: percentile(insideMs, 0.95),
      p99_ms: percentile(insideMs, 0.99),
      round_trip_p50_ms: percentile(roundTripMs, 0.5),
      round_trip_p95_ms: percentile(roundTripMs, 0.95),
    },
  })
} finally {
  await server.stop()
  if (!values.storage) await rm(storage, { recursive: true, force: true })
}
