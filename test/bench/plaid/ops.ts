import { mkdirSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { Bitset } from '../../../server/src/base/bitset.ts'
import { contentKey } from '../../../server/src/base/hash.ts'
import { seededRandom } from '../../../server/src/base/random.ts'
import { stderrLog } from '../../../server/src/cli/log.ts'
import type { Nbits } from '../../../server/src/index/plaid/codec.ts'
import type { Sliced } from '../../../server/src/index/plaid/sliced.ts'
import { UnitDocs } from '../../../server/src/index/plaid/unitDocs.ts'
import { VectorStore } from '../../../server/src/index/plaid/vectorStore.ts'
import { type Dataset, openDataset, readDocs, readF32, readQueries, readU32 } from './dataset.ts'
import { timeDeletion } from './deletion.ts'

/**
 * One operation on our index, for a process of its own so that its memory and CPU time are its alone. Prints one JSON
 * line. `args`: the operation's name and its options.
 */
export function runOperation(args: string[]): void {
  const parsed = parseArgs({
    args,
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      dim: { type: 'string', default: '128' },
      index: { type: 'string' },
      kernels: { type: 'string' },
      probes: { type: 'string', default: '8' },
      candidates: { type: 'string', default: '4096' },
      subset: { type: 'string' },
      truth: { type: 'string' },
      repeat: { type: 'string', default: '3' },
      docs: { type: 'string' },
      batches: { type: 'string', default: '100' },
      nbits: { type: 'string', default: '4' },
      threads: { type: 'string', default: '1' },
    },
  })
  o = parsed.values
  dim = Number(o.dim)
  console.log(JSON.stringify({ node: process.version, ...OPERATIONS[parsed.positionals[0]!]!() }))
}

let o: Record<string, string | undefined> = {}
let dim = 128

function open(): VectorStore {
  const nbits = Number(o.nbits) as Nbits
  const directories = { directory: o.index!, kernelDirectory: o.kernels! }
  return VectorStore.open({
    ...directories,
    dim,
    nbits,
    searchThreads: Number(o.threads),
    log: stderrLog('warn', { err: console.error }),
  })
}

/** Documents in random order, as a build of files gives them. */
function build(): object {
  const data = openDataset(o.data!, dim)
  mkdirSync(o.index!, { recursive: true })
  const startedMs = performance.now()
  const store = open()
  const nTokens = data.starts.at(-1)!
  for (const [from, to] of inRandomOrder(blocks(data.lengths.length, 50))) {
    addDocs(store, data, from, to)
    if (store.wantsTraining(nTokens)) store.train(nTokens)
  }
  store.train(nTokens)
  store.commit()
  const { user, system } = cpuSeconds()
  return {
    seconds: (performance.now() - startedMs) / 1000,
    cpuSeconds: user + system,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    bytesPerToken: folderBytes(o.index!) / nTokens,
    nTokens,
  }
}

function search(): object {
  const openedMs = performance.now()
  const store = open()
  const { searcher, lists } = store.searchable()!
  const openMs = performance.now() - openedMs
  const data = openDataset(o.data!, dim)
  // Units are the data's documents; docs stand in the order of the build.
  const body = Int32Array.from(data.lengths, (_, i) => store.docId(keyOf(i)))
  const units = new UnitDocs(body, new Int32Array(body.length).fill(-1), store.nDocs)
  const accept = o.subset ? Bitset.of(units.nUnits, readU32(o.subset)) : Bitset.full(units.nUnits)
  const truth = o.truth ? readF32(o.truth) : undefined
  const queries = readQueries(o.data!, dim)
  const times: number[] = []
  const best = new Float64Array(queries.length).fill(Infinity)
  const cpuBefore = process.cpuUsage()
  let found = 0
  let wanted = 0
  let foundOfCodes = 0
  let wantedOfCodes = 0
  for (let round = 0; round < Number(o.repeat); round++) {
    queries.forEach((vectors, q) => {
      const startedMs = performance.now()
      const query = { vectors, nTokens: vectors.length / dim, dim }
      const effort = { k: 10, nIvfProbe: Number(o.probes), nFullScores: Number(o.candidates), accept }
      const hits = searcher.search(query, lists, units, effort)
      const ms = performance.now() - startedMs
      times.push(ms)
      best[q] = Math.min(best[q]!, ms)
      if (round === 0 && o.subset) {
        const ofCodes = searcher.search(query, lists, units, { ...effort, exhaustive: true })
        wantedOfCodes += ofCodes.length
        foundOfCodes += hits.filter(({ unit }) => ofCodes.some((exact) => exact.unit === unit)).length
      }
      if (round > 0 || !truth) return
      const exact = bestOf(truth.subarray(q * units.nUnits, (q + 1) * units.nUnits), accept)
      wanted += exact.length
      found += hits.filter((hit) => exact.includes(hit.unit)).length
    })
  }
  const cpu = process.cpuUsage(cpuBefore)
  times.sort((a, b) => a - b)
  return {
    p50Ms: times[times.length >> 1],
    p95Ms: times[Math.floor(times.length * 0.95)],
    // Of each query's fastest run: what other load on the machine disturbs least.
    bestP50Ms: best.sort()[best.length >> 1],
    cpuMsAQuery: (cpu.user + cpu.system) / 1000 / times.length,
    recall: truth ? found / wanted : undefined,
    // Against exact scores of the same codes.
    recallOfCodes: wantedOfCodes > 0 ? foundOfCodes / wantedOfCodes : undefined,
    openMs,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    kernel: store.kernelKind,
  }
}

/** The ten accepted documents with the best exact scores. */
function bestOf(scores: Float32Array, accept: Bitset): number[] {
  return [...accept].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, 10)
}

/** Adds documents `[nDocs - docs, nDocs)` of the data to an index without them, until a search finds the last. */
function append(): object {
  const data = openDataset(o.data!, dim)
  const n = Number(o.docs)
  const store = open()
  store.searchable()
  const rows = readDocs(data, 0, n)
  const keys = Array.from({ length: n }, (_, i) => contentKey('appended', String(i)))
  const startedMs = performance.now()
  store.add({ keys, lengths: data.lengths.slice(0, n), vectors: rows })
  store.commit()
  const { searcher, lists } = store.searchable()!
  const units = UnitDocs.identity(store.nDocs)
  const last = data.starts[n - 1]! - data.starts[0]!
  const query = rows.slice(last * dim)
  // Two: the document that it is a copy of has the same score.
  const options = { k: 2, nIvfProbe: 8, nFullScores: 4096, accept: Bitset.full(store.nDocs) }
  const hits = searcher.search({ vectors: query, nTokens: query.length / dim, dim }, lists, units, options)
  return { ms: performance.now() - startedMs, found: hits.some((hit) => hit.unit === store.docId(keys[n - 1]!)) }
}

/** The same documents as `build`, but committed and opened again `batches` times. */
function incremental(): object {
  const data = openDataset(o.data!, dim)
  mkdirSync(o.index!, { recursive: true })
  const nBatches = Number(o.batches)
  const order = inRandomOrder(blocks(data.lengths.length, 50))
  const perBatch = Math.ceil(order.length / nBatches)
  let nUpkeeps = 0
  let slowestSliceMs = 0
  const startedMs = performance.now()
  for (let b = 0; b < nBatches; b++) {
    const store = open()
    for (const [from, to] of order.slice(b * perBatch, (b + 1) * perBatch)) addDocs(store, data, from, to)
    store.train(store.nTokens)
    store.commit()
    const upkeep = store.upkeep()
    if (upkeep) slowestSliceMs = Math.max(slowestSliceMs, slowestSlice(upkeep))
    nUpkeeps += upkeep ? 1 : 0
  }
  return {
    nUpkeeps,
    slowestSliceMs,
    seconds: (performance.now() - startedMs) / 1000,
    bytesPerToken: folderBytes(o.index!) / data.starts.at(-1)!,
  }
}

/** Does the work; answers what a search may have to wait for it. */
function slowestSlice(work: Sliced<unknown>): number {
  let slowestMs = 0
  for (let done = false; !done; ) {
    const startedMs = performance.now()
    done = work.next().done === true
    slowestMs = Math.max(slowestMs, performance.now() - startedMs)
  }
  return slowestMs
}

function addDocs(store: VectorStore, data: Dataset, from: number, to: number): void {
  const keys = Array.from({ length: to - from }, (_, i) => keyOf(from + i))
  store.add({ keys, lengths: data.lengths.slice(from, to), vectors: readDocs(data, from, to) })
}

const keyOf = (doc: number) => contentKey('doc', String(doc))

const blocks = (n: number, size: number): [number, number][] =>
  Array.from({ length: Math.ceil(n / size) }, (_, i) => [i * size, Math.min(n, (i + 1) * size)])

function inRandomOrder<T>(items: T[]): T[] {
  const random = seededRandom(11)
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage()
  return { user: user / 1e6, system: system / 1e6 }
}

const folderBytes = (folder: string): number =>
  readdirSync(folder).reduce((sum, file) => sum + statSync(path.join(folder, file)).size, 0)

/** Removes the last `docs` documents of an index made for this. */
const deletion = () =>
  timeDeletion(openDataset(o.data!, dim), Number(o.docs), o.kernels!, stderrLog('warn', { err: console.error }))

const OPERATIONS: Record<string, () => object> = { build, search, append, incremental, delete: deletion }
