import { RANKING_WEIGHTS, type RankingWeights } from '../../../server/src/search/weights.ts'
import { KNOBS, type Knob } from './knobs.ts'
import { mean } from './ndcg.ts'

/** What weights are chosen on: a repository or project with a figure of its own, 0..1, for any weights. */
export interface Judged {
  name: string
  score(weights: RankingWeights): number
}

export interface CrossValidation {
  /** For each of the judged, its figure with weights that were chosen on the others. */
  left: number[]
  /** For each of the judged, its figure with the weights that are best on all, which is how well the grid can do. */
  best: number[]
  bestWeights: RankingWeights
  /** For each knob, the value of the product, and how often each value was chosen. */
  knobs: { name: string; committed: number; chosenOnAll: number; chosen: Map<number, number> }[]
}

/**
 * Leaves out one of the judged after the other and chooses weights for the best mean of the rest, one knob at a time
 * until none gains anything. The search starts in the middle of the grid, not at the product's weights, as those have
 * seen all. Nothing is searched again: the candidates and the values of their signals stay the same.
 */
export function leaveOneOut(judged: readonly Judged[], knobs: readonly Knob[] = KNOBS): CrossValidation {
  const known = new Map<string, number[]>()
  const scoresOf = (weights: RankingWeights) => {
    const key = knobs.map((knob) => knob.get(weights)).join(' ')
    let scores = known.get(key)
    if (!scores) {
      scores = judged.map((each) => each.score(weights))
      known.set(key, scores)
    }
    return scores
  }
  const folds = judged.map((_, left) => choose(knobs, (each) => mean(scoresOf(each).filter((_, i) => i !== left))))
  const onAll = choose(knobs, (each) => mean(scoresOf(each)))
  return {
    left: folds.map((weights, i) => scoresOf(weights)[i]!),
    best: scoresOf(onAll),
    bestWeights: onAll,
    knobs: knobs.map((knob) => {
      const chosen = new Map<number, number>()
      for (const weights of folds) chosen.set(knob.get(weights), (chosen.get(knob.get(weights)) ?? 0) + 1)
      return { name: knob.name, committed: knob.get(RANKING_WEIGHTS), chosenOnAll: knob.get(onAll), chosen }
    }),
  }
}

/** Coordinate search. A knob is turned only for a gain that is more than rounding. */
function choose(knobs: readonly Knob[], score: (weights: RankingWeights) => number): RankingWeights {
  let best = knobs.reduce((weights, knob) => knob.set(weights, middle(knob.values)), RANKING_WEIGHTS)
  let bestScore = score(best)
  for (let round = 0, turned = true; turned && round < MAX_ROUNDS; round++) {
    turned = false
    for (const knob of knobs) {
      for (const value of knob.values) {
        const weights = knob.set(best, value)
        const tried = score(weights)
        if (tried <= bestScore + MIN_GAIN) continue
        best = weights
        bestScore = tried
        turned = true
      }
    }
  }
  return best
}

const middle = (values: readonly number[]) => values[Math.floor(values.length / 2)]!
const MAX_ROUNDS = 4
/** Far less than chance, more than the last digit: a knob that hardly matters stays in the middle of its grid. */
const MIN_GAIN = 2e-4
