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
 * first store, whose hits keep theirs.
 */
export function mergeStores(lists: readonly StoreHits[]): ScoredUnit[] {
  const answered = lists.filter(({ hits }) => hits.length > 0)
  const [first] = answered
  if (!first) return []
  if (answered.length === 1) return [...first.hits]
  const scale = noiseOf(first.background)
  const merged = answered.flatMap((list) => {
    if (list === first) return list.hits
    const own = noiseOf(list.background, scale.spread)
    const factor = scale.spread / own.spread
    return list.hits.map(({ unit, score }) => ({ unit, score: scale.centre + (score - own.centre) * factor }))
  })
  return merged.sort((a, b) => b.score - a.score || a.unit - b.unit)
}

/**
 * Centre and spread of unrelated units' scores. Related ones may be among them and stand above, so the centre is the
 * median, and the spread is taken from the half below it. With few scores the spread leans towards `expected`.
 */
function noiseOf(scores: readonly number[], expected = DEFAULT_SPREAD): { centre: number; spread: number } {
  const sorted = [...scores].sort((a, b) => a - b)
  const centre = sorted[(sorted.length - 1) >> 1] ?? 0
  const below = sorted.slice(0, (sorted.length + 1) >> 1)
  const squares = below.reduce((sum, score) => sum + (score - centre) ** 2, 0)
  const variance = (squares + PRIOR_SCORES * expected ** 2) / (below.length + PRIOR_SCORES)
  return { centre, spread: Math.sqrt(variance) }
}

/** Of means of cosines, where nothing better is known. */
const DEFAULT_SPREAD = 0.05
/** How many scores the expected spread counts for. */
const PRIOR_SCORES = 2
