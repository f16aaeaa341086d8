import type { ScoredUnit, UnitTable } from '../index/types.ts'
import { type Candidate, joinLists, type RankContext } from './candidates.ts'
import { profileOf, type QueryProfile } from './profile.ts'
import type { ParsedQuery } from './query.ts'
import { abbreviation } from './signals/abbreviation.ts'
import { codeName } from './signals/codeName.ts'
import { coherence } from './signals/coherence.ts'
import { coverage } from './signals/coverage.ts'
import { definition } from './signals/definition.ts'
import { demotion } from './signals/demotion.ts'
import { duplicatesOf } from './signals/duplicates.ts'
import { fileStem } from './signals/fileStem.ts'
import { folder } from './signals/folder.ts'
import { spreadFiles } from './signals/spreadFiles.ts'
import { RANKING_WEIGHTS, type RankingWeights, type RouteWeights } from './weights.ts'

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
  /** Others than the product's, for benchmarks. */
  weights?: RankingWeights
}

/**
 * One list from two. Both lists' scores are calibrated to 0..1 and weighted by the query's route; names, places and
 * the company a unit keeps are added; places that are seldom meant and second copies are scaled down. Several units of
 * a file may be answered, but only the first few before every other file has had its turn. O(candidates).
 */
export function rank({ limit, weights = RANKING_WEIGHTS, ...input }: RankInput): RankedUnit[] {
  return order(measure(input), weights, limit)
}

/** Candidates with every value that does not depend on weights, by candidate. */
export interface Measured {
  query: QueryProfile
  table: UnitTable
  candidates: readonly Candidate[]
  definition: Float32Array
  codeName: Float32Array
  coverage: Float32Array
  fileStem: Float32Array
  abbreviation: Float32Array
  folder: Float32Array
  demotion: Float32Array
}

/** The first half of `rank`: what there is to weigh. */
export function measure({ query, semantic, lexical, table }: Omit<RankInput, 'limit' | 'weights'>): Measured {
  const context: RankContext = { table, query: profileOf(query) }
  const candidates = joinLists(semantic, lexical, table)
  return {
    ...context,
    candidates,
    definition: definition(candidates, context),
    codeName: codeName(candidates, context),
    coverage: coverage(candidates, context),
    fileStem: fileStem(candidates, context),
    abbreviation: abbreviation(candidates, context),
    folder: folder(candidates, context),
    demotion: demotion(candidates, context),
  }
}

/** The second half of `rank`: weighs and sorts. */
export function order(measured: Measured, weights: RankingWeights, limit: number): RankedUnit[] {
  const { table, query } = measured
  const route = weights.routes[query.route]
  const candidates = fuse(measured.candidates, route)
  const boosts = [
    { name: 'definition', weight: route.definition, values: measured.definition },
    { name: 'codeName', weight: weights.codeName, values: measured.codeName },
    { name: 'coverage', weight: weights.coverage, values: measured.coverage },
    { name: 'fileStem', weight: weights.fileStem, values: measured.fileStem },
    { name: 'abbreviation', weight: weights.abbreviation, values: measured.abbreviation },
    { name: 'folder', weight: weights.folder, values: measured.folder },
    { name: 'coherence', weight: weights.coherence, values: coherence(candidates, measured) },
  ]
  const sums = new Float64Array(candidates.length)
  for (let i = 0; i < sums.length; i++) sums[i] = candidates[i]!.semantic + candidates[i]!.lexical
  for (const { weight, values } of boosts) {
    for (let i = 0; i < sums.length; i++) sums[i]! += weight * values[i]!
  }
  const scored = candidates.map(({ unit }, index): ScoredCandidate => {
    const demotion = measured.demotion[index]! ** weights.demotion
    return { unit, score: sums[index]! * demotion, index, demotion, duplicate: 1 }
  })
  scored.sort(byScore)
  const factors = duplicatesOf(scored, table, weights.duplicate)
  scored.forEach((entry, i) => {
    entry.duplicate = factors[i]!
    entry.score *= entry.duplicate
  })
  if (factors.some((factor) => factor !== 1)) scored.sort(byScore)
  return spreadFiles(scored, table, weights.unitsAFile)
    .slice(0, limit)
    .map(({ unit, score, index, demotion, duplicate }) => {
      const { semantic, lexical } = candidates[index]!
      const signals: RankedUnit['signals'] = { semantic, lexical }
      for (const { name, weight, values } of boosts) signals[name] = weight * values[index]!
      if (demotion !== 1) signals.demotion = demotion
      if (duplicate !== 1) signals.duplicate = duplicate
      return { unit, score, signals }
    })
}

interface ScoredCandidate extends ScoredUnit {
  /** Of the candidate, whichever place this has. */
  index: number
  demotion: number
  duplicate: number
}

/** Weighs the two scores and scales them so that the best candidate's sum is 1, whichever lists it is in. */
function fuse(candidates: readonly Candidate[], weights: RouteWeights): Candidate[] {
  let best = 0
  for (const { semantic, lexical } of candidates) {
    best = Math.max(best, weights.semantic * semantic + weights.lexical * lexical)
  }
  const share = (weight: number) => (best > 0 ? weight / best : 0)
  const [meaning, words] = [share(weights.semantic), share(weights.lexical)]
  return candidates.map(({ unit, file, semantic, lexical }) => ({
    unit,
    file,
    semantic: meaning * semantic,
    lexical: words * lexical,
  }))
}

/** Ties by unit, so that equal inputs give equal lists. */
const byScore = (a: ScoredUnit, b: ScoredUnit): number => b.score - a.score || a.unit - b.unit
