import type { Kernel } from './kernel.ts'

/**
 * Nearest centroid of many rows, in two levels: the few nearest groups first, then their centroids only. For 8,192
 * centroids of 128 dimensions and four groups that is an eighteenth of the work of brute force.
 */
export interface GroupedCentroids {
  dim: number
  nCentroids: number
  centroids: Float32Array
  groupCentres: Float32Array
  groupOffsets: Uint32Array
  /** Groups looked into for each row; `DEFAULT_GROUP_PROBES` where it was not measured. */
  nGroupProbes?: number
}

export const DEFAULT_GROUP_PROBES = 4
const BATCH_ROWS = 4096

/**
 * Holds the centroids in the kernel's memory until disposed. Products are taken in int8: what that changes is a choice
 * between two centroids that are equally near.
 */
export class Assigner {
  readonly #kernel: Kernel
  readonly #nGroups: number
  #nProbes: number
  readonly #mostProbes: number
  readonly #blocks: { pointer: number; nBytes: number }[] = []
  readonly #centroids: number
  readonly #centres: number
  readonly #groupScores: number
  readonly #rows: number
  readonly #xT: number
  readonly #best: number
  readonly #index: number
  readonly #zeros: number
  readonly #widened: number
  readonly #thresholds: number
  readonly #heap: number
  readonly #marked: number

  constructor(
    kernel: Kernel,
    readonly grouped: GroupedCentroids,
    /** Groups looked into, and the most that there is room for. */
    nProbes = grouped.nGroupProbes ?? DEFAULT_GROUP_PROBES,
  ) {
    this.#kernel = kernel
    this.#nGroups = grouped.groupOffsets.length - 1
    this.#mostProbes = Math.min(nProbes, this.#nGroups)
    this.#nProbes = this.#mostProbes
    const { dim, centroids, groupCentres } = grouped
    this.#centroids = this.#allocate(Math.max(4, grouped.nCentroids) * dim * 2)
    this.#centres = this.#allocate(this.#paddedGroups * dim)
    this.#groupScores = this.#allocate(this.#paddedGroups * 8 * 4)
    this.#rows = this.#allocate(BATCH_ROWS * dim)
    this.#xT = this.#allocate(dim * 8 * 2)
    this.#best = this.#allocate(64)
    this.#index = this.#allocate(32)
    this.#zeros = this.#allocate(32)
    this.#widened = this.#allocate(dim * 8)
    this.#thresholds = this.#allocate(32)
    this.#heap = this.#allocate(8 * this.#mostProbes * 8)
    this.#marked = this.#allocate(this.#paddedGroups)
    const elements = kernel.kind === 'relaxed' ? kernel.u8 : kernel.i16
    writeLevels(centroids, elements(this.#centroids, centroids.length))
    writeLevels(groupCentres, kernel.u8(this.#centres, this.#paddedGroups * dim).fill(ZERO_LEVEL))
    kernel.f32(this.#zeros, 8).fill(0)
  }

  /** Groups looked into from here on; at most what it was made for. */
  set nProbes(nProbes: number) {
    this.#nProbes = Math.min(nProbes, this.#mostProbes)
  }

  /**
   * Codes of `nRows` rows at `rows` (pointer, dim floats a row; dim a multiple of 16). `scores`, where given, receives
   * each row's exact dot product with its centroid.
   */
  assign(rows: number, nRows: number, codes: Uint32Array, scores?: Float32Array): void {
    for (let from = 0; from < nRows; from += BATCH_ROWS) {
      this.#assignBatch(rows, from, Math.min(nRows, from + BATCH_ROWS), codes)
    }
    if (!scores) return
    const { dim, centroids } = this.grouped
    const values = this.#kernel.f32(rows, nRows * dim)
    for (let i = 0; i < nRows; i++) {
      let sum = 0
      for (let d = 0; d < dim; d++) sum += values[i * dim + d]! * centroids[codes[i]! * dim + d]!
      scores[i] = sum
    }
  }

  dispose(): void {
    for (const { pointer, nBytes } of this.#blocks) this.#kernel.free(pointer, nBytes)
    this.#blocks.length = 0
  }

  get #paddedGroups(): number {
    return Math.ceil(this.#nGroups / 4) * 4
  }

  #assignBatch(rows: number, from: number, to: number, codes: Uint32Array): void {
    const n = to - from
    const { dim, groupOffsets } = this.grouped
    const pointer = rows + from * dim * 4
    let greatest = 1e-9
    for (const value of this.#kernel.f32(pointer, n * dim)) if (Math.abs(value) > greatest) greatest = Math.abs(value)
    this.#kernel.call.toInt8(pointer, n * dim, 127 / greatest, this.#rows)
    const nProbes = this.#nProbes
    const best = new Int32Array(n).fill(-(2 ** 31))
    const nearest = this.#nearestGroups(n, nProbes)

    // Rows by group (counting sort), so that eight rows at a time meet the same centroids.
    const starts = new Uint32Array(this.#nGroups + 1)
    for (const group of nearest) starts[group + 1]!++
    for (let g = 0; g < this.#nGroups; g++) starts[g + 1]! += starts[g]!
    const next = starts.slice()
    const members = new Uint32Array(nearest.length)
    for (let i = 0; i < nearest.length; i++) members[next[nearest[i]!]!++] = Math.floor(i / nProbes)

    const index = this.#kernel.u32(this.#index, 8)
    const bestOf8 = this.#kernel.i32(this.#best, 8)
    const rowOf8 = this.#kernel.i32(this.#best + 32, 8)
    for (let g = 0; g < this.#nGroups; g++) {
      const first = groupOffsets[g]!
      const last = groupOffsets[g + 1]!
      if (first === last) continue
      for (let at = starts[g]!; at < starts[g + 1]!; at += 8) {
        const count = Math.min(8, starts[g + 1]! - at)
        for (let j = 0; j < 8; j++) {
          const member = members[at + Math.min(j, count - 1)]!
          index[j] = member
          bestOf8[j] = best[member]!
          rowOf8[j] = codes[from + member]!
        }
        this.#kernel.call.gather8(this.#rows, this.#index, dim, this.#xT)
        this.#kernel.call.assign8(this.#centroids, first, last, dim, this.#xT, this.#best, this.#best + 32)
        for (let j = 0; j < count; j++) {
          const member = members[at + j]!
          best[member] = bestOf8[j]!
          codes[from + member] = rowOf8[j]!
        }
      }
    }
  }

  /** nProbes group ids a row, the nearest ones in no order. */
  #nearestGroups(n: number, nProbes: number): Uint32Array {
    const nearest = new Uint32Array(n * nProbes)
    if (this.#nGroups === 1) return nearest
    const { dim } = this.grouped
    const paddedGroups = this.#paddedGroups
    const index = this.#kernel.u32(this.#index, 8)
    const picks = this.#kernel.i32(this.#heap, 8 * nProbes * 2)
    for (let at = 0; at < n; at += 8) {
      const count = Math.min(8, n - at)
      for (let j = 0; j < 8; j++) index[j] = at + Math.min(j, count - 1)
      this.#kernel.call.gather8(this.#rows, this.#index, dim, this.#xT)
      this.#kernel.call.dotBlocks(
        this.#centres,
        paddedGroups,
        dim,
        this.#xT,
        1,
        1,
        this.#zeros,
        this.#widened,
        this.#groupScores,
      )
      this.#kernel.call.probe(
        this.#groupScores,
        this.#nGroups,
        1,
        count,
        nProbes,
        this.#thresholds,
        this.#heap,
        this.#marked,
      )
      // Pairs of score and row, as the kernel leaves them.
      for (let k = 0; k < count * nProbes; k++) nearest[at * nProbes + k] = picks[k * 2 + 1]!
    }
    return nearest
  }

  #allocate(nBytes: number): number {
    const pointer = this.#kernel.allocate(nBytes)
    this.#blocks.push({ pointer, nBytes })
    return pointer
  }
}

/** Values as 0..127, zero at 64. */
function writeLevels(values: Float32Array, out: Uint8Array | Int16Array): void {
  let greatest = 1e-9
  for (const value of values) greatest = Math.max(greatest, Math.abs(value))
  const step = greatest / 63
  for (let i = 0; i < values.length; i++) out[i] = (values[i]! / step + ZERO_LEVEL + 0.5) | 0
}

const ZERO_LEVEL = 64
