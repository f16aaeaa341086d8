import { CancelledError } from '../../base/errors.ts'
import { Assigner, type GroupedCentroids } from './assigner.ts'
import type { Kernel } from './kernel.ts'

export interface KmeansOptions {
  dim: number
  nCentroids: number
  nIterations: number
  /** In [0, 1); passed in, so that a seed fixes the result. */
  random: () => number
  shouldStop?: () => boolean
}

/**
 * Spherical k-means: centroids of length 1, nearest by dot product. `sample` points at `nRows` unit rows in the
 * kernel's memory. Every iteration groups the centroids anew (about sqrt(K) groups) and assigns in two levels.
 * Cost: O(nIterations * nRows * sqrt(K) * dim * 5). Centroids come out ordered by group.
 */
export function trainCentroids(
  kernel: Kernel,
  sample: number,
  nRows: number,
  options: KmeansOptions,
): GroupedCentroids {
  const { dim, nCentroids, random } = options
  let centroids: Float32Array = pickRows(kernel, sample, nRows, dim, nCentroids, random)
  let grouped = groupCentroids(kernel, centroids, dim, random)
  const codes = new Uint32Array(nRows)
  for (let iteration = 0; iteration < options.nIterations; iteration++) {
    if (options.shouldStop?.()) throw new CancelledError()
    const assigner = new Assigner(kernel, grouped)
    assigner.assign(sample, nRows, codes)
    assigner.dispose()
    centroids = meanDirections(kernel, sample, nRows, dim, codes, nCentroids, random)
    grouped = groupCentroids(kernel, centroids, dim, random)
  }
  return grouped
}

/** Clusters the centroids themselves into about sqrt(K) groups and orders them by group. */
export function groupCentroids(
  kernel: Kernel,
  centroids: Float32Array,
  dim: number,
  random: () => number,
): GroupedCentroids {
  const nCentroids = centroids.length / dim
  const nGroups = nCentroids <= SMALLEST_GROUPED ? 1 : Math.round(Math.sqrt(nCentroids))
  if (nGroups === 1) {
    const offsets = Uint32Array.of(0, nCentroids)
    return { dim, nCentroids, centroids, groupCentres: new Float32Array(dim), groupOffsets: offsets }
  }
  const nBytes = centroids.byteLength
  const rows = kernel.allocate(nBytes)
  kernel.f32(rows, centroids.length).set(centroids)
  let centres: Float32Array = pickRows(kernel, rows, nCentroids, dim, nGroups, random)
  const groupOf = new Uint32Array(nCentroids)
  for (let iteration = 0; iteration < N_GROUP_ITERATIONS; iteration++) {
    const flat = { dim, nCentroids: nGroups, centroids: centres, groupCentres: new Float32Array(dim) }
    const assigner = new Assigner(kernel, { ...flat, groupOffsets: Uint32Array.of(0, nGroups) })
    assigner.assign(rows, nCentroids, groupOf)
    assigner.dispose()
    if (iteration + 1 < N_GROUP_ITERATIONS)
      centres = meanDirections(kernel, rows, nCentroids, dim, groupOf, nGroups, random)
  }
  kernel.free(rows, nBytes)

  const groupOffsets = new Uint32Array(nGroups + 1)
  for (const group of groupOf) groupOffsets[group + 1]!++
  for (let g = 0; g < nGroups; g++) groupOffsets[g + 1]! += groupOffsets[g]!
  const next = groupOffsets.slice()
  const ordered = new Float32Array(centroids.length)
  for (let c = 0; c < nCentroids; c++) {
    ordered.set(centroids.subarray(c * dim, (c + 1) * dim), next[groupOf[c]!]!++ * dim)
  }
  return { dim, nCentroids, centroids: ordered, groupCentres: centres, groupOffsets }
}

/** Normalised sums of the rows of each code; a code without rows starts again at a random row. */
function meanDirections(
  kernel: Kernel,
  sample: number,
  nRows: number,
  dim: number,
  codes: Uint32Array,
  nCentroids: number,
  random: () => number,
): Float32Array {
  const rows = kernel.f32(sample, nRows * dim)
  const sums = new Float32Array(nCentroids * dim)
  for (let i = 0; i < nRows; i++) {
    const out = codes[i]! * dim
    for (let d = 0; d < dim; d++) sums[out + d]! += rows[i * dim + d]!
  }
  for (let c = 0; c < nCentroids; c++) {
    if (normalise(sums, c * dim, dim)) continue
    const row = Math.floor(random() * nRows) * dim
    sums.set(rows.subarray(row, row + dim), c * dim)
  }
  return sums
}

/** `n` different rows (all of them, repeated, where there are fewer). */
function pickRows(kernel: Kernel, sample: number, nRows: number, dim: number, n: number, random: () => number) {
  const rows = kernel.f32(sample, nRows * dim)
  const order = Uint32Array.from({ length: nRows }, (_, i) => i)
  const picked = new Float32Array(n * dim)
  for (let i = 0; i < n; i++) {
    const at = i % nRows
    const other = at + Math.floor(random() * (nRows - at))
    const row = order[other]!
    order[other] = order[at]!
    order[at] = row
    picked.set(rows.subarray(row * dim, (row + 1) * dim), i * dim)
  }
  return picked
}

/** False for a zero row, which is left alone. */
function normalise(rows: Float32Array, at: number, dim: number): boolean {
  let squares = 0
  for (let d = 0; d < dim; d++) squares += rows[at + d]! ** 2
  if (squares < 1e-12) return false
  const scale = 1 / Math.sqrt(squares)
  for (let d = 0; d < dim; d++) rows[at + d]! *= scale
  return true
}

/** Below this many centroids brute force is as quick. */
const SMALLEST_GROUPED = 256
const N_GROUP_ITERATIONS = 4
