import type { TokenVectors } from './encoder.ts'

export interface PoolOptions {
  /** Rows are merged until about one in `factor` is left. 1 changes nothing. */
  factor: number
  /** Leading rows that stay as they are, such as that of `[CLS]` or of the marker. Default 1. */
  nProtected?: number
}

/**
 * Fewer rows for the same text: rows are clustered by Ward's criterion (Ward 1963) and each cluster becomes its mean,
 * brought back to length 1 (Clavie et al. 2024, "Reducing the Footprint of Multi-Vector Retrieval with Minimal
 * Performance Impact via Token Pooling"). There are `max(1, floor(n / factor))` clusters of the `n` rows that are not
 * protected; a row is never zero. Clusters stand in the order of their first rows, so positions of tokens are lost.
 *
 * Expects rows of length 1. O(n^2) time and memory: about 30 ms for 500 rows of 128 numbers. Does not change its
 * argument, but may return it.
 */
export function poolRows(vectors: TokenVectors, { factor, nProtected = 1 }: PoolOptions): TokenVectors {
  const { nTokens, dim, data } = vectors
  const kept = Math.min(nProtected, nTokens)
  const nRows = nTokens - kept
  const nClusters = Math.max(1, Math.floor(nRows / factor))
  if (nClusters >= nRows) return vectors

  const rows = data.subarray(kept * dim, nTokens * dim)
  const labels = cut(wardMerges(rows, nRows, dim), nRows, nClusters)
  const pooled = new Float32Array((kept + nClusters) * dim)
  pooled.set(data.subarray(0, kept * dim))
  const means = pooled.subarray(kept * dim)
  for (let row = 0; row < nRows; row++) {
    const at = labels[row]! * dim
    for (let i = 0; i < dim; i++) means[at + i]! += rows[row * dim + i]!
  }
  for (let cluster = 0; cluster < nClusters; cluster++) {
    const mean = means.subarray(cluster * dim, (cluster + 1) * dim)
    const length = Math.hypot(...mean)
    // Rows that cancel out have no direction in common: the first one stands for them.
    if (length < NO_DIRECTION) mean.set(rows.subarray(labels.indexOf(cluster) * dim).subarray(0, dim))
    else for (let i = 0; i < dim; i++) mean[i]! /= length
  }
  return { nTokens: kept + nClusters, dim, data: pooled }
}

interface Merge {
  /** One row of each side. */
  a: number
  b: number
  cost: number
}

/**
 * All merges of Ward's clustering, by following chains of nearest neighbours (Murtagh 1983), which finds the same
 * merges as taking the cheapest each time, in another order. Costs are distances of Lance and Williams' form.
 */
function wardMerges(rows: Float32Array, n: number, dim: number): Merge[] {
  const distances = squaredDistances(rows, n, dim)
  const sizes = new Float64Array(n).fill(1)
  const merges: Merge[] = []
  const chain: number[] = []
  while (merges.length < n - 1) {
    if (chain.length === 0) chain.push(sizes.findIndex((size) => size > 0))
    const top = chain.at(-1)!
    const before = chain.at(-2)
    // A tie goes to the row before, or a chain could turn in circles.
    let nearest = before ?? -1
    let least = before === undefined ? Number.POSITIVE_INFINITY : distances[top * n + before]!
    for (let other = 0; other < n; other++) {
      if (other === top || sizes[other] === 0 || distances[top * n + other]! >= least) continue
      nearest = other
      least = distances[top * n + other]!
    }
    if (nearest !== before) {
      chain.push(nearest)
      continue
    }
    chain.length -= 2
    merges.push({ a: top, b: nearest, cost: least })
    join(distances, sizes, n, top, nearest)
  }
  return merges
}

/** Puts cluster `a` into `b` and brings the distances to `b` up to date. */
function join(distances: Float64Array, sizes: Float64Array, n: number, a: number, b: number): void {
  const [sizeA, sizeB, between] = [sizes[a]!, sizes[b]!, distances[a * n + b]!]
  sizes[a] = 0
  sizes[b] = sizeA + sizeB
  for (let other = 0; other < n; other++) {
    const size = sizes[other]!
    if (size === 0 || other === b) continue
    const toA = (sizeA + size) * distances[a * n + other]!
    const toB = (sizeB + size) * distances[b * n + other]!
    const distance = (toA + toB - size * between) / (sizeA + sizeB + size)
    distances[b * n + other] = distance
    distances[other * n + b] = distance
  }
}

function squaredDistances(rows: Float32Array, n: number, dim: number): Float64Array {
  const distances = new Float64Array(n * n)
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      let sum = 0
      for (let i = 0; i < dim; i++) {
        const difference = rows[a * dim + i]! - rows[b * dim + i]!
        sum += difference * difference
      }
      distances[a * n + b] = sum
      distances[b * n + a] = sum
    }
  }
  return distances
}

/** Does the cheapest merges until `nClusters` are left. Labels count clusters by their first rows. */
function cut(merges: Merge[], n: number, nClusters: number): Int32Array {
  const parents = Int32Array.from({ length: n }, (_, row) => row)
  const root = (row: number): number => {
    let found = row
    while (parents[found] !== found) found = parents[found]!
    parents[row] = found
    return found
  }
  const cheapest = [...merges].sort((a, b) => a.cost - b.cost).slice(0, n - nClusters)
  for (const { a, b } of cheapest) parents[root(a)] = root(b)
  const names = new Map<number, number>()
  return parents.map((_, row) => {
    const own = root(row)
    if (!names.has(own)) names.set(own, names.size)
    return names.get(own)!
  })
}

const NO_DIRECTION = 1e-6
