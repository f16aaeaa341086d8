import { seededRandom } from '../../base/random.ts'
import { Assigner } from './assigner.ts'
import { type Codec, centroidCount, type Nbits, paddedDim } from './codec.ts'
import { outlierScoreOf } from './drift.ts'
import type { Kernel } from './kernel.ts'
import { assignInSlices, trainCentroids } from './kmeans.ts'
import { residualBuckets } from './residualBuckets.ts'
import type { Sliced } from './sliced.ts'
import type { Spool } from './spool.ts'

export interface TrainOptions {
  /** Tokens that the whole corpus is expected to have; decides the number of centroids. */
  expectedTokens: number
  nbits: Nbits
  seed?: number
}

/**
 * Tokens to wait for before a codec is trained for a corpus of this many. Half of a small one: what a few files hold is
 * no sample of the others, and centroids for these would be appended soon after.
 */
export function wantedSampleTokens(expectedTokens: number): number {
  return Math.max(
    centroidCount(expectedTokens) * MOST_ROWS_A_CENTROID,
    Math.min(expectedTokens / 2, MOST_SPOOLED_TOKENS),
  )
}

/** Rows that a codec is trained and measured on: of a small corpus fewer for each centroid, as they are more of it. */
export function trainingRows(expectedTokens: number): number {
  const nCentroids = centroidCount(expectedTokens)
  const enough = Math.max(nCentroids * FEWEST_ROWS_A_CENTROID, expectedTokens / TOKENS_A_TRAINING_ROW)
  return Math.ceil(Math.min(nCentroids * MOST_ROWS_A_CENTROID, enough)) + FEWEST_HELD_OUT
}

/** A codec trained on what waits for one. `nbits` and the number of tokens that it is to be good for are given. */
export function firstCodec(kernel: Kernel, spool: Spool, dim: number, options: TrainOptions): Sliced<Codec> {
  const expectedTokens = Math.max(options.expectedTokens, spool.nTokens)
  return trainCodec(kernel, spool.sample(trainingRows(expectedTokens)), dim, { ...options, expectedTokens })
}

/**
 * Trains a codec on a sample of the whole corpus: `sample` holds unit rows of `dim` floats. A part of the sample is
 * held out of k-means and gives the residual buckets, since residuals of training rows are too small.
 * Pass a kernel of its own: the sample is copied into its memory, which never shrinks.
 */
export function* trainCodec(kernel: Kernel, sample: Float32Array, dim: number, options: TrainOptions): Sliced<Codec> {
  const random = seededRandom(options.seed ?? DEFAULT_SEED)
  const wide = paddedDim(dim)
  const nRows = sample.length / dim
  const nHeldOut = nRows < 64 ? 0 : Math.floor(Math.max(nRows * 0.05, Math.min(nRows / 4, FEWEST_HELD_OUT)))
  const order = yield* shuffled(nRows, random)
  const pointer = kernel.allocate(Math.max(1, nRows) * wide * 4)
  const rows = kernel.f32(pointer, nRows * wide)
  for (let to = 0; to < nRows; to++) {
    const from = order[to]!
    for (let d = 0; d < wide; d++) rows[to * wide + d] = d < dim ? sample[from * dim + d]! : 0
    if (to % COPIED_A_SLICE === COPIED_A_SLICE - 1) yield
  }

  const nTraining = nRows - nHeldOut
  const nCentroids = centroidCount(options.expectedTokens, nTraining)
  const grouped = yield* trainCentroids(kernel, pointer, nTraining, {
    dim: wide,
    nCentroids,
    random,
  })

  const nMeasured = nHeldOut || nRows
  const measured = nHeldOut ? pointer + nTraining * wide * 4 : pointer
  const codes = new Uint32Array(nMeasured)
  const scores = new Float32Array(nMeasured)
  const assigner = new Assigner(kernel, grouped)
  yield
  yield* assignInSlices(assigner, measured, nMeasured, codes, scores)
  assigner.dispose()
  // Growing the memory detached `rows`: take the view afresh.
  const measuredRows = kernel.f32(measured, nMeasured * wide)
  const residuals = new Float32Array(nMeasured * dim)
  for (let i = 0; i < nMeasured; i++)
    for (let d = 0; d < dim; d++)
      residuals[i * dim + d] = measuredRows[i * wide + d]! - grouped.centroids[codes[i]! * wide + d]!
  yield
  const { nbits, expectedTokens } = options
  const buckets = yield* residualBuckets(residuals, nbits)
  yield
  const measuredCodec = { ...buckets, outlierScore: outlierScoreOf(scores) }
  return { nbits, ...grouped, ...measuredCodec, nTrainedTokens: expectedTokens, nServedOutliers: 0 }
}

function* shuffled(n: number, random: () => number): Sliced<Uint32Array> {
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i++) order[i] = i
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
    if (i % SHUFFLED_A_SLICE === 0) yield
  }
  return order
}

const DEFAULT_SEED = 42
const MOST_ROWS_A_CENTROID = 16
const FEWEST_ROWS_A_CENTROID = 8
const TOKENS_A_TRAINING_ROW = 8
const FEWEST_HELD_OUT = 1024
/** 34 MB at 64 dimensions. */
const MOST_SPOOLED_TOKENS = 131_072
const SHUFFLED_A_SLICE = 262_144
const COPIED_A_SLICE = 16_384
