import type { Kernel } from './kernel.ts'
import { KernelBlocks } from './kernelBlocks.ts'

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
/** Rows of one call: more would only take memory. */
export const BATCH_ROWS = 4096

/**
 * Holds the centroids in the kernel's memory until disposed. Products are taken in int8: what that changes is a choice
 * between two centroids that are equally near.
 */
export class Assigner {
  readonly #kernel: Kernel
  readonly #nGroups: number
  #nProbes: number
  readonly #blocks: KernelBlocks
  readonly #centroids: number
  readonly #centres: number
  readonly #offsets: number
  readonly #allOffsets: number
  readonly #scratch: number
  readonly #codes: number

  constructor(
    kernel: Kernel,
    readonly grouped: GroupedCentroids,
    /** Groups looked into, and the most that there is room for. */
    nProbes = grouped.nGroupProbes ?? DEFAULT_GROUP_PROBES,
  ) {
    this.#kernel = kernel
    this.#blocks = new KernelBlocks(kernel)
    this.#nGroups = grouped.groupOffsets.length - 1
    this.#nProbes = Math.min(nProbes, this.#nGroups)
    const { dim, nCentroids, centroids, groupCentres, groupOffsets } = grouped
    const levelBytes = kernel.kind === 'relaxed' ? 1 : 2
    this.#centroids = this.#blocks.allocate(nCentroids * dim * levelBytes)
    this.#centres = this.#blocks.allocate(this.#nGroups * dim * levelBytes)
    this.#offsets = this.#blocks.allocate(groupOffsets.byteLength)
    this.#allOffsets = this.#blocks.allocate(8)
    this.#scratch = this.#blocks.allocate(scratchBytes(dim, this.#nProbes, this.#nGroups))
    this.#codes = this.#blocks.allocate(BATCH_ROWS * 4)
    const levels = kernel.kind === 'relaxed' ? kernel.u8 : kernel.i16
    writeLevels(centroids, levels(this.#centroids, centroids.length))
    writeLevels(groupCentres, levels(this.#centres, groupCentres.length))
    kernel.u32(this.#offsets, groupOffsets.length).set(groupOffsets)
    kernel.u32(this.#allOffsets, 2).set([0, nCentroids])
  }

  /** Groups looked into from here on; at most what it was made for. */
  set nProbes(nProbes: number) {
    this.#nProbes = Math.min(nProbes, this.#nGroups)
  }

  /**
   * Codes of `nRows` rows at `rows` (pointer, dim floats a row; dim a multiple of 16). `scores`, where given, receives
   * each row's exact dot product with its centroid.
   */
  assign(rows: number, nRows: number, codes: Uint32Array, scores?: Float32Array): void {
    const { dim, centroids } = this.grouped
    for (let from = 0; from < nRows; from += BATCH_ROWS) {
      const n = Math.min(BATCH_ROWS, nRows - from)
      const pointer = this.assignBatch(rows + from * dim * 4, n)
      codes.set(this.#kernel.u32(pointer, n), from)
    }
    if (!scores) return
    const values = this.#kernel.f32(rows, nRows * dim)
    for (let i = 0; i < nRows; i++) {
      let sum = 0
      for (let d = 0; d < dim; d++) sum += values[i * dim + d]! * centroids[codes[i]! * dim + d]!
      scores[i] = sum
    }
  }

  /** As `assign` for at most `BATCH_ROWS`. Answers where the codes are, u32 each, until the next call. */
  assignBatch(rows: number, nRows: number): number {
    // Whoever looks into all groups need not know which are nearest.
    const isFlat = this.#nProbes >= this.#nGroups
    this.#kernel.call.assign(
      rows,
      nRows,
      this.grouped.dim,
      this.#centres,
      isFlat ? 1 : this.#nGroups,
      isFlat ? 1 : this.#nProbes,
      this.#centroids,
      isFlat ? this.#allOffsets : this.#offsets,
      this.#scratch,
      this.#codes,
    )
    return this.#codes
  }

  dispose(): void {
    this.#blocks.free()
  }
}

/** As `assign` of `server/kernel/assign.ts` asks. */
const scratchBytes = (dim: number, nProbes: number, nGroups: number) =>
  BATCH_ROWS * (dim * 2 + nProbes * 8 + 4) + dim * 16 + nProbes * 64 + nGroups * 4 + 64

/** Values as 0..127, zero at 64. */
function writeLevels(values: Float32Array, out: Uint8Array | Int16Array): void {
  let greatest = 1e-9
  for (let i = 0; i < values.length; i++) greatest = Math.max(greatest, Math.abs(values[i]!))
  const step = greatest / 63
  for (let i = 0; i < values.length; i++) out[i] = (values[i]! / step + ZERO_LEVEL + 0.5) | 0
}

const ZERO_LEVEL = 64
