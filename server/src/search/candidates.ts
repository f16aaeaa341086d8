import type { ScoredUnit, UnitTable } from '../index/types.ts'
import type { QueryProfile } from './profile.ts'

/** A unit on its way through the ranking. */
export interface Candidate {
  unit: number
  file: number
  /** Scores by the two lists, calibrated and, once fused, weighted; 0 where the unit is not in a list. */
  semantic: number
  lexical: number
}

export interface RankContext {
  table: UnitTable
  query: QueryProfile
}

/**
 * A reason to rank a unit higher. Called once with all candidates, answers with a value from 0 (says nothing) to 1
 * for each of them, in their order. Pure; no signal sees another's value.
 */
export type Signal = (candidates: readonly Candidate[], context: RankContext) => Float32Array

/** A value for each of a list, in its order. `Float32Array.from` takes several times as long. */
export function valuesOf<T>(list: readonly T[], value: (each: T) => number): Float32Array {
  const values = new Float32Array(list.length)
  for (let i = 0; i < list.length; i++) values[i] = value(list[i]!)
  return values
}

/** The units of both lists, each once, with calibrated scores. Both lists are best first and may be empty. */
export function joinLists(
  semantic: readonly ScoredUnit[],
  lexical: readonly ScoredUnit[],
  table: UnitTable,
): Candidate[] {
  const byUnit = new Map<number, Candidate>()
  const at = (unit: number): Candidate => {
    let candidate = byUnit.get(unit)
    if (!candidate) {
      candidate = { unit, file: table.file[unit]!, semantic: 0, lexical: 0 }
      byUnit.set(unit, candidate)
    }
    return candidate
  }
  const meaning = calibrateSemantic(semantic)
  semantic.forEach(({ unit }, i) => {
    at(unit).semantic = meaning[i]!
  })
  const words = calibrateLexical(lexical)
  lexical.forEach(({ unit }, i) => {
    at(unit).lexical = words[i]!
  })
  return [...byUnit.values()]
}

/**
 * Cosine sums start far above zero and their range differs from query to query and model to model, so they are
 * measured against the floor of unrelated units, for which the list's own tail stands.
 */
export function calibrateSemantic(list: readonly ScoredUnit[]): Float32Array {
  const best = list[0]?.score ?? 0
  const floor = list[Math.min(list.length, FLOOR_RANK) - 1]?.score ?? 0
  return valuesOf(list, ({ score }) => (best > floor ? Math.max(0, (score - floor) / (best - floor)) : 1))
}

/** BM25 is 0 where no word is shared, so the share of the best says it all. */
export function calibrateLexical(list: readonly ScoredUnit[]): Float32Array {
  const best = list[0]?.score ?? 0
  return valuesOf(list, ({ score }) => (best > 0 ? score / best : 0))
}

/** Fixed, so that asking for more candidates does not change the scores of the first ones. */
const FLOOR_RANK = 200
