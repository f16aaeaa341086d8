import type { ScoredUnit } from '../index/types.ts'

/** What one store of vectors answered a question with. */
export interface StoreHits {
  /** Best first. */
  hits: readonly ScoredUnit[]
  /** Scores of the same question with units of the store that were chosen without regard to it. */
  background: readonly number[]
}

/**
 * One list of hits from several stores, best first. Cosines of two models lie in different ranges, so a score counts by
 * how far it stands above the store's unrelated units, in units of how much those differ from one another: a store that
 * has nothing to say does not get its best hit among the good ones of another. Scores are told on the scale of the
 * store of which most is known, whose hits keep theirs.
 */
export function mergeStores(lists: readonly StoreHits[]): ScoredUnit[] {
  const answered = lists.filter(({ hits }) => hits.length > 0)
  const [first] = answered
  if (!first) return []
  if (answered.length === 1) return [...first.hits]
  const known = answered.reduce((most, list) => (list.background.length > most.background.length ? list : most))
  const scale = noiseOf(known.background)
  const merged = answered.flatMap((list) => {
    if (list === known) return list.hits
    const own = noiseOf(list.background, scale)
    const factor = scale.spread / own.spread
    return list.hits.map(({ unit, score }) => ({ unit, score: scale.centre + (score - own.centre) * factor }))
  })
  return merged.sort((a, b) => b.score - a.score || a.unit - b.unit)
}

interface Noise {
  centre: number
  spread: number
}

/**
 * Centre and spread of unrelated units' scores. Related ones may be among them and stand above, so the centre is the
 * median, and the spread is taken from the half below it. A store of a handful of units, which may all be related, says
 * little about either: what is `expected` counts as a few scores more.
 */
function noiseOf(scores: readonly number[], expected?: Noise): Noise {
  const prior = expected ? Array.from({ length: PRIOR_SCORES }, () => expected.centre) : []
  const sorted = [...scores, ...prior].sort((a, b) => a - b)
  const centre = sorted[(sorted.length - 1) >> 1] ?? 0
  const below = sorted.slice(0, (sorted.length + 1) >> 1)
  const squares = below.reduce((sum, score) => sum + (score - centre) ** 2, 0)
  const spread = expected?.spread ?? DEFAULT_SPREAD
  return { centre, spread: Math.sqrt((squares + PRIOR_SCORES * spread ** 2) / (below.length + PRIOR_SCORES)) }
}

/** Of means of cosines, where nothing better is known. */
const DEFAULT_SPREAD = 0.05
const PRIOR_SCORES = 2
