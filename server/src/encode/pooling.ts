import { contentKey } from '../base/hash.ts'
import type { TokenVectors } from './encoder.ts'
import { wardClusters } from './ward.ts'

export interface PoolOptions {
  /** Rows are merged until about one in `factor` is left. 1 changes nothing. */
  factor: number
  /** Leading rows that stay as they are, such as that of `[CLS]` or of the marker. Default 1. */
  nProtected?: number
}

/**
 * Fewer rows for the same text: rows are clustered by Ward's criterion and each cluster becomes its mean, brought back to
 * length 1 (Clavie et al. 2024, "Reducing the Footprint of Multi-Vector Retrieval with Minimal Performance Impact via
 * Token Pooling"). As in PyLate the first row is protected, and of the `n` others `max(1, floor(n / factor))` are left;
 * there the rows of the matrix of cosines are clustered, here the vectors. A row is never zero. Clusters stand in the
 * order of their first rows, so positions of tokens are lost.
 *
 * Expects rows of length 1. O(n^2), see `wardClusters`: a seventh of the time that the built-in model takes for the same
 * text. Does not change its argument, but may return it.
 */
export function poolRows(vectors: TokenVectors, { factor, nProtected = 1 }: PoolOptions): TokenVectors {
  const { nTokens, dim, data } = vectors
  const kept = Math.min(nProtected, nTokens)
  const nRows = nTokens - kept
  const nClusters = Math.max(1, Math.floor(nRows / factor))
  if (nClusters >= nRows) return vectors

  const rows = data.subarray(kept * dim, nTokens * dim)
  const labels = wardClusters(rows, nRows, dim, nClusters)
  const pooled = new Float32Array((kept + nClusters) * dim)
  pooled.set(data.subarray(0, kept * dim))
  const means = pooled.subarray(kept * dim)
  for (let row = 0; row < nRows; row++) {
    const at = labels[row]! * dim
    for (let i = 0; i < dim; i++) means[at + i]! += rows[row * dim + i]!
  }
  for (let cluster = 0, at = 0; cluster < nClusters; cluster++, at += dim) {
    let squares = 0
    for (let i = at; i < at + dim; i++) squares += means[i]! * means[i]!
    const length = Math.sqrt(squares)
    // Rows that cancel out have no direction in common: the first one stands for them.
    if (length < NO_DIRECTION) means.set(rows.subarray(labels.indexOf(cluster) * dim).subarray(0, dim), at)
    else for (let i = at; i < at + dim; i++) means[i]! /= length
  }
  return { nTokens: kept + nClusters, dim, data: pooled }
}

/**
 * `poolRows` of a document, as the encoders apply it. Short texts are left as they are: they are the names and places of
 * units, where every word counts.
 */
export function poolDocument(vectors: TokenVectors, factor: number): TokenVectors {
  return vectors.nTokens < MIN_POOLED_ROWS ? vectors : poolRows(vectors, { factor })
}

/** Those that settings may name. */
export const POOL_FACTORS = [1, 2, 3, 4]

/**
 * The fingerprint of a model whose documents are pooled: pooled rows and others are never kept in one store. The model's
 * own where nothing is pooled.
 */
export function pooledFingerprint(fingerprint: string, factor: number): string {
  return factor === 1 ? fingerprint : contentKey(fingerprint, `pooled/${factor}`)
}

const NO_DIRECTION = 1e-6
const MIN_POOLED_ROWS = 25
