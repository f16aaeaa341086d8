/** Bits of a residual's dimension. */
export type Nbits = 1 | 2 | 4

/**
 * The PLAID codec (Santhanam et al. 2022, section 3; ColBERTv2, section 3.3): a token vector is the id of its nearest
 * centroid and the residual in `nbits` a dimension, by one table of buckets for all dimensions.
 */
export interface Codec {
  /** Dimension of the rows: the model's, rounded up to a multiple of 16 with zeros. */
  dim: number
  nbits: Nbits
  nCentroids: number
  /** nCentroids x dim, each of length 1. Ordered by group: those of one group stand side by side. */
  centroids: Float32Array
  /** For two-level assignment: nGroups x dim, each of length 1. */
  groupCentres: Float32Array
  /** nGroups + 1 row numbers: group g owns centroids [groupOffsets[g], groupOffsets[g + 1]). */
  groupOffsets: Uint32Array
  /** Groups that assignment looks into (`groupProbes.ts`). Absent in files of format 1: four. */
  nGroupProbes?: number
  /** 2^nbits - 1 ascending borders between residual buckets. */
  cutoffs: Float32Array
  /** 2^nbits reconstruction values. */
  weights: Float32Array
  /** Tokens whose best centroid scores less are outliers (`drift.ts`). Absent in files of format 1, as is what follows. */
  outlierScore?: number
  /** Tokens of the corpus that the codec was trained for. */
  nTrainedTokens?: number
  /** Tokens at which the codec is to be trained anew whatever it is like; absent: many times `nTrainedTokens`. */
  retrainAtTokens?: number
  /** Outliers, beyond those to be expected, that centroids were appended for since. */
  nServedOutliers?: number
}

export const paddedDim = (dim: number): number => Math.ceil(dim / 16) * 16

/**
 * Number of centroids for a corpus of `nTokens`, a power of two: 16 sqrt(T) as PLAID has it, fewer for small corpora,
 * which would spend more on training and storing them than their searches gain; bounded by what a sample can train.
 */
export function centroidCount(nTokens: number, nSampleTokens = nTokens): number {
  const shared = Math.max(SMALLEST_COUNT, nTokens / TOKENS_A_CENTROID)
  const wanted = Math.min(16 * Math.sqrt(Math.max(nTokens, 1)), shared)
  return 2 ** Math.floor(Math.log2(Math.max(1, Math.min(wanted, nSampleTokens / 4))))
}

/** Bytes of one token's residual in memory: four bits a dimension whatever `nbits` is, so that kernels know one layout. */
export const residualBytes = (codec: Pick<Codec, 'dim'>): number => codec.dim / 2

/**
 * Unit rows (up to quantisation) of what `Quantiser` makes. `residuals`: residualBytes a token, blocks of 16 bytes = 32
 * dimensions (byte j: low nibble dimension j, high nibble dimension 16 + j; a last block of 16 dimensions is 8 bytes).
 * Files hold fewer bits tighter (`residualPacking.ts`). `norms`: one byte a token, the inverse length of centroid +
 * residual (`inverseNorm`).
 */
export function unpackTokens(
  codec: Codec,
  codes: ArrayLike<number>,
  residuals: Uint8Array,
  norms: Uint8Array,
): Float32Array {
  const { dim, centroids, weights } = codec
  const nTokens = codes.length
  const rows = new Float32Array(nTokens * dim)
  const nBytes = residualBytes(codec)
  for (let t = 0; t < nTokens; t++) {
    const norm = inverseNorm(norms[t]!)
    const centroid = codes[t]! * dim
    for (let base = 0; base < dim; base += 32) {
      const half = Math.min(16, (dim - base) / 2)
      for (let j = 0; j < half; j++) {
        const byte = residuals[t * nBytes + base / 2 + j]!
        const low = base + j
        const high = base + half + j
        rows[t * dim + low] = (centroids[centroid + low]! + weights[byte & 15]!) * norm
        rows[t * dim + high] = (centroids[centroid + high]! + weights[byte >> 4]!) * norm
      }
    }
  }
  return rows
}

/** The inverse norm that a norm byte stands for: 0.5 to 1.5. */
export const inverseNorm = (byte: number): number => 0.5 + byte / 255

const lookups = new WeakMap<Float32Array, Uint8Array>()

/** Bucket by residual value, over 4,096 equal steps of -0.5..0.5: one look-up a dimension where a search takes four. */
export function bucketLookup(codec: Codec): Uint8Array {
  let table = lookups.get(codec.cutoffs)
  if (!table) {
    table = new Uint8Array(LOOKUP_SIZE)
    let bucket = 0
    for (let i = 0; i < LOOKUP_SIZE; i++) {
      const value = (i + 0.5) / LOOKUP_SCALE - LOOKUP_RANGE
      while (bucket < codec.cutoffs.length && codec.cutoffs[bucket]! < value) bucket++
      table[i] = bucket
    }
    lookups.set(codec.cutoffs, table)
  }
  return table
}

const LOOKUP_SIZE = 4096
const LOOKUP_RANGE = 0.5
const LOOKUP_SCALE = LOOKUP_SIZE / (2 * LOOKUP_RANGE)
/** At least, where there are more than `SMALLEST_COUNT` centroids. */
const TOKENS_A_CENTROID = 48
const SMALLEST_COUNT = 256
