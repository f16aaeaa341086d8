import { Assigner, BATCH_ROWS } from './assigner.ts'
import { bucketLookup, type Codec } from './codec.ts'
import type { Kernel } from './kernel.ts'
import { KernelBlocks } from './kernelBlocks.ts'

/**
 * Turns token vectors into codes, norms and residuals (`unpackTokens` says what these are) with the codec's centroids
 * in the kernel's memory, until disposed.
 */
export class Quantiser {
  readonly #kernel: Kernel
  readonly #assigner: Assigner
  readonly #blocks: KernelBlocks
  readonly #centroids: number
  readonly #buckets: number
  readonly #weights: number
  readonly #rows: number
  readonly #scores: number

  constructor(
    kernel: Kernel,
    readonly codec: Codec,
  ) {
    this.#kernel = kernel
    this.#blocks = new KernelBlocks(kernel)
    this.#assigner = new Assigner(kernel, codec)
    const { centroids, weights, dim } = codec
    const buckets = bucketLookup(codec)
    this.#centroids = this.#blocks.allocate(centroids.byteLength)
    this.#buckets = this.#blocks.allocate(buckets.byteLength)
    this.#weights = this.#blocks.allocate(64)
    this.#rows = this.#blocks.allocate(BATCH_ROWS * dim * 4)
    this.#scores = this.#blocks.allocate(BATCH_ROWS * 4)
    kernel.f32(this.#centroids, centroids.length).set(centroids)
    kernel.u8(this.#buckets, buckets.length).set(buckets)
    kernel.f32(this.#weights, 16).fill(0).set(weights)
  }

  /**
   * `vectors`: rows of `dim` floats, which may be narrower than the codec's. `norms` and `residuals` are views of the
   * kernel's memory. `onScores` is told each row's dot product with its centroid, in views good for the call.
   */
  quantise(
    vectors: Float32Array,
    dim: number,
    codes: Uint16Array | Uint32Array,
    norms: Uint8Array,
    residuals: Uint8Array,
    onScores?: (scores: Float32Array) => void,
  ): void {
    const kernel = this.#kernel
    const wide = this.codec.dim
    const nRows = vectors.length / dim
    for (let from = 0; from < nRows; from += BATCH_ROWS) {
      const n = Math.min(BATCH_ROWS, nRows - from)
      const rows = kernel.f32(this.#rows, n * wide)
      if (wide === dim) rows.set(vectors.subarray(from * dim, (from + n) * dim))
      else {
        rows.fill(0)
        for (let i = 0; i < n; i++) rows.set(vectors.subarray((from + i) * dim, (from + i + 1) * dim), i * wide)
      }
      const found = this.#assigner.assignBatch(this.#rows, n)
      kernel.call.quantise(
        this.#rows,
        n,
        wide,
        this.#centroids,
        found,
        this.#buckets,
        this.#weights,
        residuals.byteOffset + (from * wide) / 2,
        norms.byteOffset + from,
        this.#scores,
      )
      codes.set(kernel.u32(found, n), from)
      onScores?.(kernel.f32(this.#scores, n))
    }
  }

  dispose(): void {
    this.#assigner.dispose()
    this.#blocks.free()
  }
}
