import type { Assigner } from './assigner.ts'

export interface ProbeChoice {
  nProbes: number
  /** Of the measured rows with their centroids, found so. */
  meanScore: number
}

/**
 * How many groups assignment must look into: the fewest whose centroids are on average nearly as near as the nearest of
 * all. Vectors of a real model lie in clusters and need two or three; vectors without structure need many more.
 * `rows` points at `nRows` unit rows; `assigner` is made for all groups, and looks into the chosen number afterwards.
 * Cost: one brute-force assignment of the rows, about 15 ms for 1,024 rows and 8,192 centroids of 128 dimensions.
 */
export function chooseGroupProbes(assigner: Assigner, rows: number, nRows: number): ProbeChoice {
  const nGroups = assigner.grouped.groupOffsets.length - 1
  const measure = (nProbes: number): ProbeChoice => {
    assigner.nProbes = nProbes
    const scores = new Float32Array(nRows)
    assigner.assign(rows, nRows, new Uint32Array(nRows), scores)
    return { nProbes, meanScore: scores.reduce((sum, score) => sum + score, 0) / Math.max(1, nRows) }
  }
  const best = measure(nGroups)
  const enough = best.meanScore - MAX_LOSS * (1 - best.meanScore)
  for (const nProbes of CHOICES) {
    const choice = nProbes < nGroups ? measure(nProbes) : { ...best, nProbes }
    if (choice.meanScore >= enough || nProbes === MOST) {
      assigner.nProbes = nProbes
      return choice
    }
  }
  return best
}

/** Of what the best assignment itself leaves unexplained. */
const MAX_LOSS = 0.05
const MOST = 16
const CHOICES = [2, 3, 4, 6, 8, 12, MOST]
