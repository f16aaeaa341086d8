import type { Codec } from './codec.ts'

/**
 * When a codec no longer fits its corpus. Tokens far from every centroid are *outliers*: a few of the training tokens are
 * (OUTLIER_SHARE of them, by definition), and more than that tell of texts unlike those it was trained on.
 */
export interface StoredTokens {
  nTokens: number
  /** Those that were outliers when they were added. */
  nOutliers: number
}

export type DueUpkeep = 'append' | 'retrain'

/** The score below which a token is an outlier: a low quantile of the training tokens' best centroid scores. */
export function outlierScoreOf(scores: Float32Array): number {
  const sorted = scores.slice().sort()
  return sorted[Math.floor(sorted.length * OUTLIER_SHARE)] ?? 0
}

export function countOutliers({ outlierScore = -1 }: Codec, scores: Float32Array): number {
  let nOutliers = 0
  for (const score of scores) if (score < outlierScore) nOutliers++
  return nOutliers
}

/** Outliers beyond the share that is to be expected. */
export const excessOutliers = ({ nTokens, nOutliers }: StoredTokens): number =>
  Math.max(0, Math.round(nOutliers - nTokens * OUTLIER_SHARE))

/** What the codec needs: centroids for its outliers, or to be trained anew; undefined where it still fits. */
export function dueUpkeep(codec: Codec, stored: StoredTokens): DueUpkeep | undefined {
  const { nTokens } = stored
  if (nTokens < MIN_UPKEEP_TOKENS) return undefined
  const excess = excessOutliers(stored)
  if (nTokens >= retrainAtTokens(codec) || excess >= RETRAIN_SHARE * nTokens) return 'retrain'
  const unserved = excess - (codec.nServedOutliers ?? 0)
  if (unserved < Math.max(MIN_APPEND_OUTLIERS, APPEND_SHARE * nTokens)) return undefined
  return roomForCentroids(codec) > 0 ? 'append' : 'retrain'
}

/** Centroids that may still be appended: half of the trained ones in all, and never past what fits two bytes a code. */
export function roomForCentroids({ nCentroids }: Pick<Codec, 'nCentroids'>): number {
  const nTrained = 2 ** Math.floor(Math.log2(nCentroids))
  const widest = nCentroids > NARROW_CENTROIDS ? Infinity : NARROW_CENTROIDS
  return Math.max(0, Math.min(nTrained + Math.floor(nTrained / 2), widest) - nCentroids)
}

const retrainAtTokens = (codec: Codec) => codec.retrainAtTokens ?? RETRAIN_GROWTH * trainedTokens(codec)

/** For codecs of format 1, what their number of centroids tells. */
const trainedTokens = ({ nTrainedTokens, nCentroids }: Codec) => nTrainedTokens ?? (nCentroids / 8) ** 2

const NARROW_CENTROIDS = 65_536
const OUTLIER_SHARE = 0.02
/** A first codec is trained anew once the corpus is this many times as large. Sooner costs more: vectors are quantised once more. */
const RETRAIN_GROWTH = 16
/** ... or once outliers, less those to be expected, are this share of all tokens. */
const RETRAIN_SHARE = 0.2
/** Centroids are appended once outliers that have none are this share of all tokens, and this many. */
const APPEND_SHARE = 0.04
const MIN_APPEND_OUTLIERS = 1024
/** Below this a search scores nearly everything in full. */
const MIN_UPKEEP_TOKENS = 4096
