import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Bitset } from '../../../../server/src/base/bitset.ts'
import { contentKey } from '../../../../server/src/base/hash.ts'
import { nullLog } from '../../../../server/src/base/log.ts'
import { seededRandom } from '../../../../server/src/base/random.ts'
import type { Nbits } from '../../../../server/src/index/plaid/codec.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { UnitDocs } from '../../../../server/src/index/plaid/unitDocs.ts'
import { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import type { ScoredUnit } from '../../../../server/src/index/types.ts'

/** Folder of the compiled kernels. `npm run build` makes them. */
export const KERNEL_DIRECTORY = path.resolve(import.meta.dirname, '../../../../server/dist')

/** Docs whose tokens are noisy copies of `nTypes` directions, as words of a language are. Another `world` has others. */
export function makeDocs(options: {
  nDocs: number
  dim: number
  seed?: number
  nTypes?: number
  prefix?: string
  world?: number
}): NewDocs {
  const { nDocs, dim, nTypes = 200 } = options
  const world = seededRandom(options.world ?? 7)
  const random = seededRandom(options.seed ?? 1)
  const gauss = (next: () => number) => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  const types = Float32Array.from({ length: nTypes * dim }, () => gauss(world))
  const lengths = Uint32Array.from({ length: nDocs }, () => 3 + Math.floor(random() * 12))
  const nTokens = lengths.reduce((sum, n) => sum + n, 0)
  const vectors = new Float32Array(nTokens * dim)
  for (let t = 0; t < nTokens; t++) {
    const type = Math.floor(random() * nTypes) * dim
    for (let d = 0; d < dim; d++) vectors[t * dim + d] = types[type + d]! + 0.4 * gauss(random)
    normalise(vectors, t * dim, dim)
  }
  const keys = Array.from({ length: nDocs }, (_, i) => contentKey(options.prefix ?? 'doc', String(i)))
  return { keys, lengths, vectors }
}

/** All of them, one after another. */
export function joinDocs(parts: NewDocs[]): NewDocs {
  return {
    keys: parts.flatMap((part) => part.keys),
    lengths: Uint32Array.from(parts.flatMap((part) => [...part.lengths])),
    vectors: Float32Array.from(parts.flatMap((part) => [...part.vectors])),
  }
}

/** Rows of one doc. */
export function rowsOf(docs: NewDocs, doc: number, dim: number): Float32Array {
  const start = docs.lengths.subarray(0, doc).reduce((sum, n) => sum + n, 0)
  return docs.vectors.slice(start * dim, (start + docs.lengths[doc]!) * dim)
}

/** Exact MaxSim, averaged over query tokens. */
export function exactScores(query: Float32Array, docs: NewDocs, dim: number): number[] {
  const nQuery = query.length / dim
  let at = 0
  return Array.from(docs.lengths, (length) => {
    let total = 0
    for (let q = 0; q < nQuery; q++) {
      let best = -Infinity
      for (let t = at; t < at + length; t++) {
        let sum = 0
        for (let d = 0; d < dim; d++) sum += query[q * dim + d]! * docs.vectors[t * dim + d]!
        best = Math.max(best, sum)
      }
      total += best
    }
    at += length
    return total / nQuery
  })
}

export function normalise(rows: Float32Array, at: number, dim: number): void {
  let squares = 0
  for (let d = 0; d < dim; d++) squares += rows[at + d]! ** 2
  for (let d = 0; d < dim; d++) rows[at + d]! /= Math.sqrt(squares)
}

/** A folder that is gone after `use`. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), 'lateral-index-'))
  try {
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const openStore = (directory: string, dim: number, nbits: Nbits = 4): VectorStore =>
  VectorStore.open({ directory, dim, nbits, kernelDirectory: KERNEL_DIRECTORY, log: nullLog })

/** The best ten docs, each a unit of its own. */
export function searchDocs(store: VectorStore, query: Float32Array, dim: number, k = 10): ScoredUnit[] {
  const { searcher, lists } = store.searchable()!
  return searcher.search({ vectors: query, nTokens: query.length / dim, dim }, lists, UnitDocs.identity(store.nDocs), {
    k,
    nIvfProbe: 8,
    nFullScores: 4096,
    accept: Bitset.full(store.nDocs),
  })
}

/** Share of the ten docs with the best exact scores that searches find, over every `step`th doc as a query. */
export function recallAt10(store: VectorStore, docs: NewDocs, dim: number, step: number): number {
  let found = 0
  let wanted = 0
  for (let doc = 0; doc < docs.keys.length; doc += step) {
    const query = rowsOf(docs, doc, dim)
    const exact = exactScores(query, docs, dim)
    const best = [...exact.keys()].sort((a, b) => exact[b]! - exact[a]!).slice(0, 10)
    wanted += best.length
    found += searchDocs(store, query, dim).filter((hit) => best.includes(hit.unit)).length
  }
  return found / wanted
}
