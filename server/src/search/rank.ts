import type { ScoredUnit, UnitTable } from '../index/types.ts'
import { type Candidate, joinLists, type RankContext, type Signal } from './candidates.ts'
import { profileOf } from './profile.ts'
import type { ParsedQuery } from './query.ts'
import { ROUTE_WEIGHTS, type RouteWeights } from './router.ts'
import { coherence } from './signals/coherence.ts'
import { definition } from './signals/definition.ts'
import { demotion } from './signals/demotion.ts'
import { duplicatesOf } from './signals/duplicates.ts'
import { fileStem } from './signals/fileStem.ts'
import { folder } from './signals/folder.ts'
import { spreadFiles } from './signals/spreadFiles.ts'

export interface RankedUnit extends ScoredUnit {
  /**
   * What the score is made of, by name: `semantic`, `lexical` and the boosts add up; `demotion` and `duplicate`, where
   * present, multiply the sum.
   */
  signals: Record<string, number>
}

export interface RankInput {
  query: Pick<ParsedQuery, 'text' | 'phrases'>
  /** Best first; either may be empty. */
  semantic: readonly ScoredUnit[]
  lexical: readonly ScoredUnit[]
  table: UnitTable
  limit: number
}

/**
 * One list from two. Both lists' scores are calibrated to 0..1 and weighted by the query's route; names, places and
 * the company a unit keeps are added; places that are seldom meant and second copies are scaled down. Several units of
 * a file may be answered, but only the first few before every other file has had its turn. O(candidates).
 */
export function rank({ query, semantic, lexical, table, limit }: RankInput): RankedUnit[] {
  const context: RankContext = { table, query: profileOf(query) }
  const candidates = joinLists(semantic, lexical, table)
  const weights = ROUTE_WEIGHTS[context.query.route]
  fuse(candidates, weights)
  const boosts = BOOSTS.map(({ name, weight = weights.definition, signal }) => ({
    name,
    weight,
    values: signal(candidates, context),
  }))
  const ranked = candidates.map((candidate, i): RankedUnit => {
    const signals: Record<string, number> = { semantic: candidate.semantic, lexical: candidate.lexical }
    for (const { name, weight, values } of boosts) signals[name] = weight * values[i]!
    return { unit: candidate.unit, score: sumOf(signals), signals }
  })
  scale(ranked, 'demotion', demotion(candidates, context))
  ranked.sort(byScore)
  scale(ranked, 'duplicate', duplicatesOf(ranked, table))
  ranked.sort(byScore)
  return spreadFiles(ranked, table).slice(0, limit)
}

/** In units of the best candidate's fused score; the weight of `definition` is the route's. */
const BOOSTS: { name: string; weight?: number; signal: Signal }[] = [
  { name: 'definition', signal: definition },
  { name: 'fileStem', weight: 0.65, signal: fileStem },
  { name: 'folder', weight: 0.15, signal: folder },
  { name: 'coherence', weight: 0.5, signal: coherence },
]

/** Weighs the two scores and scales them so that the best candidate's sum is 1, whichever lists it is in. */
function fuse(candidates: readonly Candidate[], weights: RouteWeights): void {
  let best = 0
  for (const candidate of candidates) {
    candidate.semantic *= weights.semantic
    candidate.lexical *= weights.lexical
    best = Math.max(best, candidate.semantic + candidate.lexical)
  }
  if (best === 0) return
  for (const candidate of candidates) {
    candidate.semantic /= best
    candidate.lexical /= best
  }
}

function scale(ranked: RankedUnit[], name: string, factors: Float32Array): void {
  ranked.forEach((entry, i) => {
    const factor = factors[i]!
    if (factor === 1) return
    entry.score *= factor
    entry.signals[name] = factor
  })
}

const sumOf = (signals: Record<string, number>): number => Object.values(signals).reduce((sum, value) => sum + value, 0)

/** Ties by unit, so that equal inputs give equal lists. */
const byScore = (a: RankedUnit, b: RankedUnit): number => b.score - a.score || a.unit - b.unit
