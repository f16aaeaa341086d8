import type { RankingWeights } from '../../../server/src/search/weights.ts'

/** A weight that is chosen, and the values it is chosen from. */
export interface Knob {
  name: string
  values: readonly number[]
  get(weights: RankingWeights): number
  set(weights: RankingWeights, value: number): RankingWeights
}

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
    [0.4, 0.6, 0.8, 1.2, 1.6, 2.4],
    ({ routes }) => routes.identifier.definition,
    (weights, value) => routes(weights, ['identifier'], { definition: value }),
  ),
  knob(
    'codeName',
    [0, 0.25, 0.5, 0.75, 1],
    ({ codeName }) => codeName,
    (_, codeName) => ({ codeName }),
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
