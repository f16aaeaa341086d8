import { RANKING_WEIGHTS, type RankingWeights, type RouteWeights } from '../../../server/src/search/weights.ts'
import type { QueryCandidates } from './indexedFolder.ts'

/** One row of the ablation table: which candidates are ranked, and by which weights. */
export interface Variant {
  name: string
  candidates: Exclude<keyof QueryCandidates, 'text'>
  weights: RankingWeights
}

/** Nothing but the order of the lists. */
const NO_SIGNALS: RankingWeights = {
  ...withRoutes((route) => ({ ...route, definition: 0 })),
  coverage: 0,
  fileStem: 0,
  codeName: 0,
  abbreviation: 0,
  folder: 0,
  coherence: 0,
  demotion: 0,
  duplicate: 1,
  unitsAFile: Number.POSITIVE_INFINITY,
}

export const ALL: Variant = { name: 'everything', candidates: 'both', weights: RANKING_WEIGHTS }
export const LEXICAL_WITH_SIGNALS: Variant = { ...ALL, name: 'words and signals', candidates: 'lexical' }
export const SEMANTIC_WITH_SIGNALS: Variant = { ...ALL, name: 'meaning and signals', candidates: 'semantic' }
export const LEXICAL: Variant = { name: 'words alone (BM25)', candidates: 'lexical', weights: NO_SIGNALS }
/** Units as MaxSim has them: a file is worth its best unit. */
export const SEMANTIC_UNITS: Variant = { name: 'meaning alone, by unit', candidates: 'semantic', weights: NO_SIGNALS }
/** The same scores, a file being worth its units together: no name, place or word is read. */
export const SEMANTIC: Variant = {
  name: 'meaning alone, by file',
  candidates: 'semantic',
  weights: { ...NO_SIGNALS, coherence: RANKING_WEIGHTS.coherence, unitsAFile: RANKING_WEIGHTS.unitsAFile },
}
export const FUSED: Variant = { name: 'words and meaning', candidates: 'both', weights: NO_SIGNALS }

const without = (name: string, weights: Partial<RankingWeights>): Variant => ({
  name: `without ${name}`,
  candidates: 'both',
  weights: { ...RANKING_WEIGHTS, ...weights },
})

/** In the order in which they are printed. */
export const VARIANTS: readonly Variant[] = [
  ALL,
  LEXICAL_WITH_SIGNALS,
  SEMANTIC_WITH_SIGNALS,
  FUSED,
  LEXICAL,
  SEMANTIC,
  SEMANTIC_UNITS,
  without(
    'definition',
    withRoutes((route) => ({ ...route, definition: 0 })),
  ),
  without('coverage', { coverage: 0 }),
  without('fileStem', { fileStem: 0 }),
  without('codeName', { codeName: 0 }),
  without('abbreviation', { abbreviation: 0 }),
  without('folder', { folder: 0 }),
  without('coherence', { coherence: 0 }),
  without('demotion', { demotion: 0 }),
  without('duplicate', { duplicate: 1 }),
  without('spreadFiles', { unitsAFile: Number.POSITIVE_INFINITY }),
  without(
    'router',
    withRoutes(() => RANKING_WEIGHTS.routes.question),
  ),
]

function withRoutes(change: (route: RouteWeights) => RouteWeights): RankingWeights {
  const routes = Object.fromEntries(
    Object.entries(RANKING_WEIGHTS.routes).map(([name, route]) => [name, change(route)]),
  )
  return { ...RANKING_WEIGHTS, routes: routes as RankingWeights['routes'] }
}
