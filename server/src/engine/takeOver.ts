import type { ScoredUnit } from '../index/types.ts'

/**
 * Hits while one model takes over from another, best first. `before` is what the old model says of all units. Those that
 * the new one has reached (`isReached`) take as many places as the old model gave them, and the scores of these places;
 * which of them comes first is for the new model to say (`now`, its hits, best first). So units that have been reached
 * are neither better nor worse off than others, however the scores of the two models differ.
 */
export function takeOver(
  before: readonly ScoredUnit[],
  now: readonly ScoredUnit[],
  isReached: (unit: number) => boolean,
): ScoredUnit[] {
  if (before.length === 0) return [...now]
  const places = before.filter(({ unit }) => isReached(unit))
  const found = new Set(now.map(({ unit }) => unit))
  // Where the new model has fewer hits than places, those that it did not find have the last ones.
  const order = [...now, ...places.filter(({ unit }) => !found.has(unit))]
  const least = before.at(-1)?.score ?? 0
  // Units that only the new model has come after all others.
  const merged = order.map(({ unit }, i) => ({ unit, score: places[i]?.score ?? least - (i + 1) * STEP }))
  return [...before.filter(({ unit }) => !isReached(unit)), ...merged].sort(
    (a, b) => b.score - a.score || a.unit - b.unit,
  )
}

const STEP = 1e-6
