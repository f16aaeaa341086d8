import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { contentKey } from '../../../../server/src/base/hash.ts'
import { nullLog } from '../../../../server/src/base/log.ts'
import { seededRandom } from '../../../../server/src/base/random.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'

/** Folder of the compiled kernels. `npm run build` makes them. */
export const KERNEL_DIRECTORY = path.resolve(import.meta.dirname, '../../../../server/dist')

/** Docs whose tokens are noisy copies of `nTypes` directions, as words of a language are. */
export function makeDocs(options: {
  nDocs: number
  dim: number
  seed?: number
  nTypes?: number
  prefix?: string
}): NewDocs {
  const { nDocs, dim, nTypes = 200 } = options
  const world = seededRandom(7)
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

export const openStore = (directory: string, dim: number): VectorStore =>
  VectorStore.open({ directory, dim, kernelDirectory: KERNEL_DIRECTORY, log: nullLog })
