import { Assigner, type GroupedCentroids } from './assigner.ts'
import { chooseGroupProbes } from './groupProbes.ts'
import type { Kernel } from './kernel.ts'
import type { Sliced } from './sliced.ts'

export interface KmeansOptions {
  dim: number
  nCentroids: number
  /** In [0, 1); passed in, so that a seed fixes the result. */
  random: () => number
}

/**
 * Spherical k-means: centroids of length 1, nearest by dot product. `sample` points at `nRows` unit rows in the
 * kernel's memory. Groups of rows come first (about sqrt(K)), then centroids within them, which is a small part of the
 * work of k-means among all; later rounds let rows change to centroids of other groups. Centroids come out ordered by
 * group.
 */
export function* trainCentroids(
  kernel: Kernel,
  sample: number,
  nRows: number,
  options: KmeansOptions,
): Sliced<GroupedCentroids> {
  const { dim, nCentroids, random } = options
  const codes = new Uint32Array(nRows)
  let meanScore = 0
  const round = function* (grouped: GroupedCentroids, nProbes: number): Sliced<GroupedCentroids> {
    yield
    const assigner = new Assigner(kernel, grouped, nProbes)
    yield
    yield* assignInSlices(assigner, sample, nRows, codes)
    assigner.dispose()
    const means = yield* meanDirections(kernel, sample, nRows, dim, codes, nCentroids, random)
    meanScore = means.meanScore
    return { ...grouped, centroids: means.centroids }
  }
  const measured = function* (grouped: GroupedCentroids): Sliced<number> {
    yield
    const assigner = new Assigner(kernel, grouped, grouped.groupOffsets.length - 1)
    yield
    const { nProbes } = yield* chooseGroupProbes(assigner, sample, Math.min(nRows, MEASURED_ROWS))
    assigner.dispose()
    return nProbes
  }
  let grouped = yield* round(yield* seedCentroids(kernel, sample, nRows, options), 1)
  const nProbes = Math.min(MOST_PROBES, yield* measured(grouped))
  for (let i = 0, gain = 1; i < MAX_ROUNDS && gain >= LEAST_GAIN; i++) {
    const before = meanScore
    grouped = yield* round(grouped, nProbes)
    gain = meanScore - before
  }
  yield
  grouped = yield* groupCentroids(kernel, grouped.centroids, dim, random)
  return { ...grouped, nGroupProbes: yield* measured(grouped) }
}

/** Random rows to begin with, as many of each group of rows as its share of all is. */
function* seedCentroids(
  kernel: Kernel,
  sample: number,
  nRows: number,
  { dim, nCentroids, random }: KmeansOptions,
): Sliced<GroupedCentroids> {
  const nGroups = defaultGroups(nCentroids)
  if (nGroups === 1) {
    const centroids = pickRows(kernel, sample, nRows, dim, nCentroids, random)
    return yield* groupCentroids(kernel, centroids, dim, random)
  }
  const some = pickRows(kernel, sample, nRows, dim, Math.min(nRows, nGroups * ROWS_A_GROUP), random)
  const { groupCentres } = yield* groupCentroids(kernel, some, dim, random, nGroups)
  const flat = {
    dim,
    nCentroids: nGroups,
    centroids: groupCentres,
    groupCentres,
    groupOffsets: Uint32Array.of(0, nGroups),
  }
  const assigner = new Assigner(kernel, flat)
  const groupOf = new Uint32Array(nRows)
  yield* assignInSlices(assigner, sample, nRows, groupOf)
  assigner.dispose()

  const rowsOf = Array.from({ length: nGroups }, (): number[] => [])
  for (let row = 0; row < nRows; row++) rowsOf[groupOf[row]!]!.push(row)
  const rows = kernel.f32(sample, nRows * dim)
  const centroids = new Float32Array(nCentroids * dim)
  const groupOffsets = new Uint32Array(nGroups + 1)
  let nRowsBefore = 0
  rowsOf.forEach((members, g) => {
    nRowsBefore += members.length
    // Where the share of all rows so far ends: never more than there are rows.
    const end = Math.floor((nRowsBefore * nCentroids) / nRows)
    for (let c = groupOffsets[g]!, at = 0; c < end; c++, at++) {
      const other = at + Math.floor(random() * (members.length - at))
      const row = members[other]!
      members[other] = members[at]!
      centroids.set(rows.subarray(row * dim, (row + 1) * dim), c * dim)
    }
    groupOffsets[g + 1] = end
  })
  return { dim, nCentroids, centroids, groupCentres, groupOffsets }
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
      centres = (yield* meanDirections(kernel, rows, nCentroids, dim, groupOf, nGroups, random)).centroids
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

/**
 * Normalised sums of the rows of each code, and the mean dot product of rows with these. A code without rows starts
 * again at a random row.
 */
function* meanDirections(
  kernel: Kernel,
  sample: number,
  nRows: number,
  dim: number,
  codes: Uint32Array,
  nCentroids: number,
  random: () => number,
): Sliced<{ centroids: Float32Array; meanScore: number }> {
  const nBytes = nCentroids * dim * 4
  const [pointer, codeBytes] = [kernel.allocate(nBytes), SUMMED_A_SLICE * 4]
  const some = kernel.allocate(codeBytes)
  kernel.f32(pointer, nCentroids * dim).fill(0)
  for (let from = 0; from < nRows; from += SUMMED_A_SLICE) {
    const n = Math.min(SUMMED_A_SLICE, nRows - from)
    kernel.u32(some, n).set(codes.subarray(from, from + n))
    kernel.call.sumRows(sample + from * dim * 4, n, dim, some, pointer)
    yield
  }
  const sums = kernel.f32(pointer, nCentroids * dim).slice()
  kernel.free(pointer, nBytes)
  kernel.free(some, codeBytes)
  const rows = kernel.f32(sample, nRows * dim)
  let score = 0
  for (let c = 0; c < nCentroids; c++) {
    const length = normalise(sums, c * dim, dim)
    score += length
    if (length > 0) continue
    const row = Math.floor(random() * nRows) * dim
    sums.set(rows.subarray(row, row + dim), c * dim)
  }
  return { centroids: sums, meanScore: score / Math.max(1, nRows) }
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

/** Answers the length before; 0 for a zero row, which is left alone. */
function normalise(rows: Float32Array, at: number, dim: number): number {
  let squares = 0
  for (let d = 0; d < dim; d++) squares += rows[at + d]! ** 2
  if (squares < 1e-12) return 0
  const length = Math.sqrt(squares)
  for (let d = 0; d < dim; d++) rows[at + d]! /= length
  return length
}

const defaultGroups = (nCentroids: number) => (nCentroids <= SMALLEST_GROUPED ? 1 : Math.round(Math.sqrt(nCentroids)))

/** Below this many centroids brute force is as quick. */
const SMALLEST_GROUPED = 32
const N_GROUP_ITERATIONS = 4
const ASSIGNED_A_SLICE = 2048
const SUMMED_A_SLICE = 65_536
/** Rows that the number of group probes is measured on. */
const MEASURED_ROWS = 512
const MAX_ROUNDS = 8
/** A round that raises the mean cosine of rows with their centroids by less is the last. */
const LEAST_GAIN = 0.002
/** Groups that a round looks into for a row. */
const MOST_PROBES = 8
/** Rows that groups are found with. */
const ROWS_A_GROUP = 64
