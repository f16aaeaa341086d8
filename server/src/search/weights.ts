import type { QueryRoute } from './router.ts'

/** What counts how much on a route. */
export interface RouteWeights {
  /** Weights of the two lists; they add up to 1. */
  semantic: number
  lexical: number
  /** The boost of units that define what the query names, in units of the best fused score. */
  definition: number
}

/**
 * How much each part of the ranking counts. Boosts are in units of the best candidate's fused score. Each part has a
 * value at which it does nothing, so that benchmarks can leave it out.
 */
export interface RankingWeights {
  routes: Record<QueryRoute, RouteWeights>
  codeName: number
  coverage: number
  fileStem: number
  abbreviation: number
  folder: number
  coherence: number
  /** Power of the factors for places that are seldom meant; 0: none. */
  demotion: number
  /** Factor for a second copy of a body; 1: none. */
  duplicate: number
  /** Units of a file that come before every other file has had its turn; Infinity: no turns. */
  unitsAFile: number
}

/**
 * Chosen on 23 repositories and 8 other projects together, and then `codeName` by itself; `npm run -s bench -- quality
 * --projects DIR --weights` chooses all anew, from the middle of the grid, and says what each is worth and what they earn
 * on repositories that they were not chosen on. That search ends elsewhere now, where the mean of all is 0.001 lower.
 */
export const RANKING_WEIGHTS: RankingWeights = {
  routes: {
    exact: { semantic: 0.2, lexical: 0.8, definition: 0.4 },
    // More than a file of that name: who types an identifier looks for its definition first.
    identifier: { semantic: 0.1, lexical: 0.9, definition: 1.2 },
    mixed: { semantic: 0.6, lexical: 0.4, definition: 0.5 },
    question: { semantic: 0.6, lexical: 0.4, definition: 0.5 },
    docs: { semantic: 0.6, lexical: 0.4, definition: 0.4 },
  },
  codeName: 0.5,
  coverage: 0.4,
  fileStem: 0.65,
  abbreviation: 0.8,
  folder: 0.3,
  coherence: 0.5,
  demotion: 1,
  duplicate: 0.5,
  unitsAFile: 3,
}
