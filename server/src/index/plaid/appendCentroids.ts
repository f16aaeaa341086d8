import type { Codec } from './codec.ts'
import { decodeDocs } from './decodeDocs.ts'
import type { DocMemory } from './docMemory.ts'
import { excessOutliers, roomForCentroids, type StoredTokens } from './drift.ts'
import type { Kernel } from './kernel.ts'
import { groupCentroids, trainCentroids } from './kmeans.ts'
import type { Sliced } from './sliced.ts'

/**
 * A codec with further centroids, trained on the outliers among the newest docs and appended to the old ones in groups of
 * their own: codes that are stored keep their meaning. The same codec, marked as having served these outliers, where too
 * few can be found. `kernel`: one of its own.
 */
export function* appendCentroids(
  kernel: Kernel,
  codec: Codec,
  memory: DocMemory,
  dim: number,
  stored: StoredTokens,
  random: () => number,
): Sliced<Codec> {
  const excess = excessOutliers(stored)
  const served = { ...codec, nServedOutliers: excess }
  const wanted = (excess - (codec.nServedOutliers ?? 0)) / OUTLIERS_PER_CENTROID
  const nMost = Math.min(roomForCentroids(codec), Math.ceil(codec.nCentroids / 4), Math.ceil(wanted))
  const outliers = yield* sampleOutliers(codec, memory, dim, nMost * OUTLIERS_PER_CENTROID * 2)
  const nRows = outliers.length / codec.dim
  const nNew = Math.min(nMost, Math.floor(nRows / OUTLIERS_PER_CENTROID))
  if (nNew < 1) return served
  const pointer = kernel.allocate(outliers.byteLength)
  kernel.f32(pointer, outliers.length).set(outliers)
  const options = { dim: codec.dim, nCentroids: nNew, random }
  const { centroids } = yield* trainCentroids(kernel, pointer, nRows, options)
  const nGroups = Math.ceil(nNew / CENTROIDS_A_GROUP)
  const added = yield* groupCentroids(kernel, centroids, codec.dim, random, nGroups)

  const groupOffsets = new Uint32Array(codec.groupOffsets.length + nGroups)
  groupOffsets.set(codec.groupOffsets)
  for (let g = 1; g <= nGroups; g++) {
    groupOffsets[codec.groupOffsets.length - 1 + g] = codec.nCentroids + added.groupOffsets[g]!
  }
  const all = joined(codec.centroids, added.centroids)
  return {
    ...served,
    nCentroids: codec.nCentroids + nNew,
    centroids: all,
    groupCentres: withCentres(joined(codec.groupCentres, added.groupCentres), all, groupOffsets, codec.dim),
    groupOffsets,
  }
}

/** Rows of at most `nMost` tokens of the newest docs that are far from their centroid. */
function* sampleOutliers(codec: Codec, memory: DocMemory, dim: number, nMost: number): Sliced<Float32Array> {
  const wide = codec.dim
  const sample = new Float32Array(nMost * wide)
  const { outlierScore = -1, centroids } = codec
  let n = 0
  for (let to = memory.nDocs; to > 0 && n < nMost; to -= DOCS_A_SLICE) {
    const { codes, rows } = decodeDocs(memory, codec, dim, Math.max(0, to - DOCS_A_SLICE), to)
    for (let t = 0; t < codes.length && n < nMost; t++) {
      let score = 0
      for (let d = 0; d < wide; d++) score += rows[t * wide + d]! * centroids[codes[t]! * wide + d]!
      if (score < outlierScore) sample.set(rows.subarray(t * wide, (t + 1) * wide), n++ * wide)
    }
    yield
  }
  return sample.subarray(0, n * wide)
}

/** A group that was the only one has no centre yet: the mean direction of its centroids. */
function withCentres(centres: Float32Array, centroids: Float32Array, offsets: Uint32Array, dim: number): Float32Array {
  for (let g = 0; g + 1 < offsets.length; g++) {
    const centre = centres.subarray(g * dim, (g + 1) * dim)
    if (centre.some((value) => value !== 0)) continue
    for (let i = offsets[g]! * dim; i < offsets[g + 1]! * dim; i++) centre[i % dim]! += centroids[i]!
    const length = Math.hypot(...centre) || 1
    for (let d = 0; d < dim; d++) centre[d]! /= length
  }
  return centres
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

const OUTLIERS_PER_CENTROID = 16
/** As many as a codec of 4,096 has in each of its groups. */
const CENTROIDS_A_GROUP = 64
const DOCS_A_SLICE = 256
