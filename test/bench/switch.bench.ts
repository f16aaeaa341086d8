import { mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Bitset } from '../../server/src/base/bitset.ts'
import { contentKey } from '../../server/src/base/hash.ts'
import { seededRandom } from '../../server/src/base/random.ts'
import { stderrLog } from '../../server/src/cli/log.ts'
import { UnitDocs } from '../../server/src/index/plaid/unitDocs.ts'
import { VectorStore } from '../../server/src/index/plaid/vectorStore.ts'
import { root } from './corpus.ts'
import { openDataset, readDocs, readQueries } from './plaid/dataset.ts'
import { makeSynthetic } from './plaid/synthetic.ts'
import { percentile, report } from './report.ts'

/**
 * From how many accepted units on is PLAID faster than scoring each of them? Both ways are timed on the same random
 * subsets of one index, as a search with the default settings does it. `--data DIR` keeps the made vectors and their
 * index, `--docs N` makes fewer, `--dim N` others, `--queries N` asks more of them, `--k N` wants more or fewer answers.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string', default: path.join(os.tmpdir(), 'lateral-plaid') },
    docs: { type: 'string', default: '10000' },
    dim: { type: 'string', default: '128' },
    queries: { type: 'string', default: '40' },
    k: { type: 'string', default: '200' },
    json: { type: 'boolean' },
  },
})
const [nDocs, dim, nQueries, k] = [values.docs, values.dim, values.queries, values.k].map(Number) as [
  number,
  number,
  number,
  number,
]
const SIZES = [256, 512, 1024, 2048, 4096, 8192].filter((size) => size <= nDocs)
const N_ROUNDS = 3

const directory = path.join(values.data, `${nDocs}x${dim}`)
makeSynthetic({ directory, nDocs, dim, nQueries: 200, seed: 2 })
const store = openOrBuild()
const { searcher, lists } = store.searchable()!
const units = UnitDocs.identity(store.nDocs)
const queries = readQueries(directory, dim).slice(0, nQueries)

const figures: Record<string, number | undefined> = {}
const rows = SIZES.map((size) => ({ size, ...timeBoth(randomSubset(store.nDocs, size)) }))
for (const { size, exhaustiveMs, plaidMs, recall } of rows) {
  figures[`exhaustive_ms_${size}`] = exhaustiveMs
  figures[`plaid_ms_${size}`] = plaidMs
  figures[`plaid_recall_${size}`] = recall
}
figures.crossing_units = crossing()
report({ bench: 'switch', corpus: `${nDocs} x ${dim}, k ${k}`, figures })

/** Medians over the queries of each one's fastest round, the two ways in turn. */
function timeBoth(accept: Bitset): { exhaustiveMs: number; plaidMs: number; recall: number } {
  const best = { exhaustive: queries.map(() => Infinity), plaid: queries.map(() => Infinity) }
  let found = 0
  let wanted = 0
  for (let round = 0; round < N_ROUNDS; round++) {
    queries.forEach((vectors, q) => {
      const search = (exhaustive: boolean) => {
        const startedMs = performance.now()
        const options = { k, nIvfProbe: 8, nFullScores: 4096, accept, exhaustive }
        const hits = searcher.search({ vectors, nTokens: vectors.length / dim, dim }, lists, units, options)
        const times = exhaustive ? best.exhaustive : best.plaid
        times[q] = Math.min(times[q]!, performance.now() - startedMs)
        return hits.slice(0, 10).map(({ unit }) => unit)
      }
      const exact = search(true)
      const approximate = search(false)
      if (round > 0) return
      wanted += exact.length
      found += exact.filter((unit) => approximate.includes(unit)).length
    })
  }
  return {
    exhaustiveMs: percentile(best.exhaustive, 0.5),
    plaidMs: percentile(best.plaid, 0.5),
    recall: found / wanted,
  }
}

/** Where the curves cross, on straight lines between the sizes; undefined where they do not. */
function crossing(): number | undefined {
  for (let i = 1; i < rows.length; i++) {
    const [before, after] = [rows[i - 1]!, rows[i]!]
    const leads = [before, after].map(({ plaidMs, exhaustiveMs }) => plaidMs - exhaustiveMs) as [number, number]
    if (leads[0] > 0 && leads[1] <= 0) {
      return Math.round(before.size + ((after.size - before.size) * leads[0]) / (leads[0] - leads[1]))
    }
  }
  return undefined
}

function randomSubset(size: number, n: number): Bitset {
  const random = seededRandom(n)
  const members = Array.from({ length: size }, (_, i) => i)
  for (let i = 0; i < n; i++) {
    const j = i + Math.floor(random() * (size - i))
    ;[members[i], members[j]] = [members[j]!, members[i]!]
  }
  return Bitset.of(size, members.slice(0, n))
}

function openOrBuild(): VectorStore {
  const index = path.join(values.data, `switch-${nDocs}x${dim}`)
  mkdirSync(index, { recursive: true })
  const kernelDirectory = path.join(root, 'server/dist')
  const opened = VectorStore.open({
    directory: index,
    kernelDirectory,
    dim,
    log: stderrLog('warn', { err: console.error }),
  })
  if (opened.nDocs === nDocs) return opened
  const data = openDataset(directory, dim)
  const nTokens = data.starts.at(-1)!
  for (let from = 0; from < nDocs; from += 500) {
    const to = Math.min(nDocs, from + 500)
    const keys = Array.from({ length: to - from }, (_, i) => contentKey('doc', String(from + i)))
    opened.add({ keys, lengths: data.lengths.slice(from, to), vectors: readDocs(data, from, to) })
    if (opened.wantsTraining(nTokens)) opened.train(nTokens)
  }
  opened.train(nTokens)
  opened.commit()
  return opened
}
