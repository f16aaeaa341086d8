import type { Assigner } from './assigner.ts'
import type { Sliced } from './sliced.ts'

export interface ProbeChoice {
  nProbes: number
  /** Of the measured rows with their centroids, found so. */
  meanScore: number
}

/**
 * How many groups assignment must look into: the fewest whose centroids are on average nearly as near as the nearest of
 * all. Vectors of a real model lie in clusters and need two or three; vectors without structure need many more.
 * `rows` points at `nRows` unit rows; `assigner` is made for all groups, and looks into the chosen number afterwards.
 * Cost: one brute-force assignment of the rows, some 100 ms for 1,024 rows and 8,192 centroids of 128 dimensions.
 */
export function* chooseGroupProbes(assigner: Assigner, rows: number, nRows: number): Sliced<ProbeChoice> {
  const { dim, groupOffsets } = assigner.grouped
  const nGroups = groupOffsets.length - 1
  const measure = function* (nProbes: number): Sliced<ProbeChoice> {
    assigner.nProbes = nProbes
    const codes = new Uint32Array(nRows)
    const scores = new Float32Array(nRows)
    const step = nProbes > MOST ? BRUTE_A_SLICE : nRows
    for (let from = 0; from < nRows; from += step) {
      const to = Math.min(nRows, from + step)
      assigner.assign(rows + from * dim * 4, to - from, codes.subarray(from, to), scores.subarray(from, to))
      yield
    }
    return { nProbes, meanScore: scores.reduce((sum, score) => sum + score, 0) / Math.max(1, nRows) }
  }
  const best = yield* measure(nGroups)
  const enough = best.meanScore - MAX_LOSS
  for (const nProbes of CHOICES) {
    const choice = nProbes < nGroups ? yield* measure(nProbes) : { ...best, nProbes }
    if (choice.meanScore >= enough || nProbes === MOST) {
      assigner.nProbes = nProbes
      return choice
    }
  }
  return best
}

/** Of the mean cosine of rows with their centroids. */
const MAX_LOSS = 0.005
const MOST = 16
const CHOICES = [2, 3, 4, 6, 8, 12, MOST]
/** Rows that are compared with every centroid in one slice. */
const BRUTE_A_SLICE = 128
