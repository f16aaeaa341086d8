import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { queriesFrom, root, spread, unitsOf } from './corpus.ts'
import {
  type Cost,
  measureCost,
  measurePooling,
  measureQuality,
  type PoolFactor,
  type Quality,
} from './pooling/measure.ts'
import { readJudgements } from './quality/judgements.ts'
import { printTable } from './quality/table.ts'
import { report } from './report.ts'

/**
 * What does pooling the token vectors of documents save, and what does it lose?
 * `--factors 1,2,3`; `--corpus DIR` (this repository where absent) is indexed from nothing with each; with `--corpora DIR`
 * and `--queries DIR_OR_FILE` judged questions are asked as well (see `quality`; `--only a,b`, `--storage DIR` keeps
 * those indexes); `--model FOLDER`.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    corpora: { type: 'string' },
    queries: { type: 'string' },
    only: { type: 'string' },
    factors: { type: 'string', default: '1,2,3' },
    storage: { type: 'string' },
    model: { type: 'string', default: 'embedded' },
    json: { type: 'boolean' },
  },
})
const { model } = values
const factors = values.factors.split(',').map(Number) as PoolFactor[]
const N_QUERIES = 200
const N_POOLED_TEXTS = 1000

const qualities = await judgeAll()
const corpus = path.resolve(values.corpus)
const units = await unitsOf(corpus)
const queries = queriesFrom(units, N_QUERIES)
const costs = new Map<PoolFactor, Cost>()
for (const poolFactor of factors) {
  console.error(`factor ${poolFactor}: ${path.basename(corpus)} is indexed from nothing`)
  costs.set(poolFactor, await measureCost(corpus, queries, { model, poolFactor }))
}
const texts = spread(
  units.map(({ text }) => text),
  N_POOLED_TEXTS,
)
show(await measurePooling(texts, model, factors))

async function judgeAll(): Promise<Map<PoolFactor, Quality>> {
  const found = new Map<PoolFactor, Quality>()
  if (!values.corpora || !values.queries) return found
  const place = path.resolve(values.queries)
  const { repositories } = await readJudgements(place, path.resolve(values.corpora), values.only?.split(','))
  const kept = values.storage && path.resolve(values.storage)
  const storage = kept ?? (await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-')))
  try {
    for (const poolFactor of factors) {
      found.set(poolFactor, await measureQuality(repositories, { storage, model, poolFactor }))
    }
  } finally {
    if (!kept) await rm(storage, { recursive: true, force: true })
  }
  return found
}

function show({ encodeMs, poolMs }: Awaited<ReturnType<typeof measurePooling>>): void {
  const rows = factors.map((factor): [string, number | undefined][] => {
    const cost = costs.get(factor)!
    const quality = qualities.get(factor)
    return [
      ['factor', factor],
      ['ndcg10_dev', quality?.all],
      ['semantic_with_signals', quality?.semanticWithSignals],
      ['ndcg10_semantic', quality?.semantic],
      ['vectors_per_unit', cost.nVectors / cost.nUnits],
      ['index_mb', cost.sizeBytes / 1e6],
      ['build_seconds', cost.buildSeconds],
      ['units_per_second', cost.nUnits / cost.buildSeconds],
      ['search_p50_ms', cost.searchP50Ms],
      ['search_p95_ms', cost.searchP95Ms],
      ['pooling_to_encoding', poolMs.get(factor)! / encodeMs],
    ]
  })
  if (!values.json) {
    const shown = rows[0]!.map(([name], i) => [name, ...rows.map((row) => rounded(row[i]![1]))])
    printTable('By pool factor', shown)
  }
  report({
    bench: 'pooling',
    corpus: path.basename(corpus),
    figures: Object.fromEntries(
      rows.flatMap((row, i) => row.slice(1).map(([name, value]) => [`${name}_${factors[i]}`, value])),
    ),
  })
}

function rounded(value: number | undefined): string {
  return value === undefined ? '-' : String(Number(value.toPrecision(4)))
}
