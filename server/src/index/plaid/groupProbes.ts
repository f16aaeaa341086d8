import { Assigner, type GroupedCentroids } from './assigner.ts'
import type { Kernel } from './kernel.ts'

/**
 * How many groups assignment must look into: the fewest whose centroids are on average nearly as near as the nearest of
 * all. Vectors of a real model lie in clusters and need two or three; vectors without structure need many more.
 * `rows` points at `nRows` unit rows. Cost: one brute-force assignment of them, about 15 ms for 1,024 rows and 8,192
 * centroids of 128 dimensions.
 */
export function chooseGroupProbes(kernel: Kernel, grouped: GroupedCentroids, rows: number, nRows: number): number {
  const nGroups = grouped.groupOffsets.length - 1
  const meanScore = (nProbes: number) => {
    const assigner = new Assigner(kernel, grouped, nProbes)
    const scores = new Float32Array(nRows)
    assigner.assign(rows, nRows, new Uint32Array(nRows), scores)
    assigner.dispose()
    return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, nRows)
  }
  const best = meanScore(nGroups)
  const enough = best - MAX_LOSS * (1 - best)
  return CHOICES.find((nProbes) => nProbes >= nGroups || meanScore(nProbes) >= enough) ?? MOST
}

/** Of what the best assignment itself leaves unexplained. */
const MAX_LOSS = 0.05
const CHOICES = [2, 3, 4, 6, 8, 12]
const MOST = 16
