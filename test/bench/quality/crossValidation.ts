import { RANKING_WEIGHTS, type RankingWeights } from '../../../server/src/search/weights.ts'
import { evaluate, type SearchedRepository } from './evaluate.ts'
import { mean } from './ndcg.ts'
import { ALL } from './variants.ts'

/** A weight that is chosen, and the values it is chosen from. */
export interface Knob {
  name: string
  values: readonly number[]
  get(weights: RankingWeights): number
  set(weights: RankingWeights, value: number): RankingWeights
}

export interface CrossValidation {
  /** Mean of repositories, each scored with weights that were chosen on the others. */
  ndcg: number
  /** Mean of repositories with the weights that are best on all of them, which is how well the grid can do. */
  ndcgChosenOnAll: number
  /** For each knob, the value of the product, and how often each value was chosen. */
  knobs: { name: string; committed: number; chosenOnAll: number; chosen: Map<number, number> }[]
}

/**
 * Leaves out one repository after the other and chooses weights on the rest, one knob at a time until none gains
 * anything. The search starts in the middle of the grid, not at the product's weights, as those have seen every
 * repository. Nothing is searched again: the candidates and the values of their signals stay the same.
 */
export function leaveOneOut(repositories: readonly SearchedRepository[], knobs: readonly Knob[] = KNOBS) {
  const known = new Map<string, number[]>()
  const scoresOf = (weights: RankingWeights) => {
    const key = knobs.map((knob) => knob.get(weights)).join(' ')
    let scores = known.get(key)
    if (!scores) {
      scores = evaluate(repositories, { ...ALL, weights }).map((queries) => mean(queries.map(({ ndcg }) => ndcg)))
      known.set(key, scores)
    }
    return scores
  }
  const folds = repositories.map((_, left) => {
    const weights = choose(knobs, (each) => mean(scoresOf(each).filter((_, i) => i !== left)))
    return { weights, ndcg: scoresOf(weights)[left]! }
  })
  const onAll = choose(knobs, (each) => mean(scoresOf(each)))
  return {
    ndcg: mean(folds.map(({ ndcg }) => ndcg)),
    ndcgChosenOnAll: mean(scoresOf(onAll)),
    knobs: knobs.map((knob) => {
      const chosen = new Map<number, number>()
      for (const { weights } of folds) chosen.set(knob.get(weights), (chosen.get(knob.get(weights)) ?? 0) + 1)
      return { name: knob.name, committed: knob.get(RANKING_WEIGHTS), chosenOnAll: knob.get(onAll), chosen }
    }),
  } satisfies CrossValidation
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
const MIN_GAIN = 1e-4

/** Every route but those that the benchmark never takes (`exact`, `docs`) or takes for one word (`identifier`). */
const SENTENCES = ['mixed', 'question'] as const

const knob = (
  name: string,
  values: readonly number[],
  get: Knob['get'],
  set: (weights: RankingWeights, value: number) => Partial<RankingWeights>,
): Knob => ({ name, values, get, set: (weights, value) => ({ ...weights, ...set(weights, value) }) })

function routes(
  weights: RankingWeights,
  names: readonly (keyof RankingWeights['routes'])[],
  change: Partial<RankingWeights['routes']['question']>,
): Pick<RankingWeights, 'routes'> {
  const changed = names.map((name) => [name, { ...weights.routes[name], ...change }])
  return { routes: { ...weights.routes, ...Object.fromEntries(changed) } }
}

const shareOf = (semantic: number) => ({ semantic, lexical: 1 - semantic })

export const KNOBS: readonly Knob[] = [
  knob(
    'meaning, sentences',
    [0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    ({ routes }) => routes.question.semantic,
    (weights, value) => routes(weights, SENTENCES, shareOf(value)),
  ),
  knob(
    'meaning, identifiers',
    [0.1, 0.25, 0.4, 0.55],
    ({ routes }) => routes.identifier.semantic,
    (weights, value) => routes(weights, ['identifier'], shareOf(value)),
  ),
  knob(
    'definition, sentences',
    [0, 0.2, 0.3, 0.4, 0.5, 0.6],
    ({ routes }) => routes.question.definition,
    (weights, value) => routes(weights, SENTENCES, { definition: value }),
  ),
  knob(
    'definition, identifiers',
    [0.4, 0.6, 0.8, 1],
    ({ routes }) => routes.identifier.definition,
    (weights, value) => routes(weights, ['identifier'], { definition: value }),
  ),
  knob(
    'coverage',
    [0, 0.1, 0.2, 0.3, 0.4],
    ({ coverage }) => coverage,
    (_, coverage) => ({ coverage }),
  ),
  knob(
    'fileStem',
    [0.35, 0.5, 0.65, 0.8, 0.95],
    ({ fileStem }) => fileStem,
    (_, fileStem) => ({ fileStem }),
  ),
  knob(
    'abbreviation',
    [0, 0.2, 0.35, 0.5, 0.65, 0.8],
    ({ abbreviation }) => abbreviation,
    (_, abbreviation) => ({ abbreviation }),
  ),
  knob(
    'folder',
    [0, 0.15, 0.3, 0.45],
    ({ folder }) => folder,
    (_, folder) => ({ folder }),
  ),
  knob(
    'coherence',
    [0.1, 0.3, 0.5, 0.7, 0.9],
    ({ coherence }) => coherence,
    (_, coherence) => ({ coherence }),
  ),
  knob(
    'demotion',
    [0.5, 1, 1.5],
    ({ demotion }) => demotion,
    (_, demotion) => ({ demotion }),
  ),
]
