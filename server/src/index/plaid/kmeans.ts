import { Assigner, type GroupedCentroids } from './assigner.ts'
import { chooseGroupProbes } from './groupProbes.ts'
import type { Kernel } from './kernel.ts'
import type { Sliced } from './sliced.ts'

export interface KmeansOptions {
  dim: number
  nCentroids: number
  maxIterations: number
  /** In [0, 1); passed in, so that a seed fixes the result. */
  random: () => number
}

/**
 * Spherical k-means: centroids of length 1, nearest by dot product. `sample` points at `nRows` unit rows in the
 * kernel's memory. Every iteration groups the centroids anew (about sqrt(K) groups) and assigns in two levels; it ends
 * when a further one would bring little. Centroids come out ordered by group.
 * Cost: O(iterations * nRows * sqrt(K) * dim * (1 + group probes)).
 */
export function* trainCentroids(
  kernel: Kernel,
  sample: number,
  nRows: number,
  options: KmeansOptions,
): Sliced<GroupedCentroids> {
  const { dim, nCentroids, random } = options
  let centroids: Float32Array = pickRows(kernel, sample, nRows, dim, nCentroids, random)
  const group = function* () {
    yield
    const grouped = yield* groupCentroids(kernel, centroids, dim, random)
    yield
    const assigner = new Assigner(kernel, grouped, grouped.groupOffsets.length - 1)
    yield
    const { nProbes, meanScore } = yield* chooseGroupProbes(assigner, sample, Math.min(nRows, MEASURED_ROWS))
    return { grouped: { ...grouped, nGroupProbes: nProbes }, assigner, meanScore }
  }
  let now = yield* group()
  const codes = new Uint32Array(nRows)
  for (let iteration = 0, gain = 1; iteration < options.maxIterations && gain >= LEAST_GAIN; iteration++) {
    yield* assignInSlices(now.assigner, sample, nRows, codes)
    centroids = yield* meanDirections(kernel, sample, nRows, dim, codes, nCentroids, random)
    now.assigner.dispose()
    const next = yield* group()
    gain = next.meanScore - now.meanScore
    now = next
  }
  now.assigner.dispose()
  return now.grouped
}

/** `Assigner.assign`, some 20 ms a slice. */
export function* assignInSlices(
  assigner: Assigner,
  rows: number,
  nRows: number,
  codes: Uint32Array,
  scores?: Float32Array,
): Sliced<void> {
  const rowBytes = assigner.grouped.dim * 4
  for (let from = 0; from < nRows; from += ASSIGNED_A_SLICE) {
    const to = Math.min(nRows, from + ASSIGNED_A_SLICE)
    assigner.assign(rows + from * rowBytes, to - from, codes.subarray(from, to), scores?.subarray(from, to))
    yield
  }
}

/** Clusters the centroids themselves into groups, about sqrt(K) by default, and orders them by group. */
export function* groupCentroids(
  kernel: Kernel,
  centroids: Float32Array,
  dim: number,
  random: () => number,
  nGroups = defaultGroups(centroids.length / dim),
): Sliced<GroupedCentroids> {
  const nCentroids = centroids.length / dim
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
    yield* assignInSlices(assigner, rows, nCentroids, groupOf)
    assigner.dispose()
    if (iteration + 1 < N_GROUP_ITERATIONS)
      centres = yield* meanDirections(kernel, rows, nCentroids, dim, groupOf, nGroups, random)
  }
  kernel.free(rows, nBytes)
  yield

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
function* meanDirections(
  kernel: Kernel,
  sample: number,
  nRows: number,
  dim: number,
  codes: Uint32Array,
  nCentroids: number,
  random: () => number,
): Sliced<Float32Array> {
  const rows = kernel.f32(sample, nRows * dim)
  const sums = new Float32Array(nCentroids * dim)
  for (let i = 0; i < nRows; i++) {
    const out = codes[i]! * dim
    for (let d = 0; d < dim; d++) sums[out + d]! += rows[i * dim + d]!
    if (i % SUMMED_A_SLICE === SUMMED_A_SLICE - 1) yield
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
  const order = new Uint32Array(nRows)
  for (let i = 0; i < nRows; i++) order[i] = i
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

const defaultGroups = (nCentroids: number) => (nCentroids <= SMALLEST_GROUPED ? 1 : Math.round(Math.sqrt(nCentroids)))

/** Below this many centroids brute force is as quick. */
const SMALLEST_GROUPED = 256
const N_GROUP_ITERATIONS = 4
const ASSIGNED_A_SLICE = 2048
const SUMMED_A_SLICE = 65_536
/** Rows that the number of group probes is measured on. */
const MEASURED_ROWS = 1024
/** An iteration that raises the mean cosine of rows with their centroids by less is the last. */
const LEAST_GAIN = 0.002
