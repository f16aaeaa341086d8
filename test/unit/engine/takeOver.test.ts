import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { takeOver } from '../../../server/src/engine/takeOver.ts'
import type { ScoredUnit } from '../../../server/src/index/types.ts'

const hits = (...pairs: [unit: number, score: number][]): ScoredUnit[] =>
  pairs.map(([unit, score]) => ({ unit, score }))
const units = (list: readonly ScoredUnit[]) => list.map(({ unit }) => unit)

const BEFORE = hits([1, 0.9], [2, 0.8], [3, 0.7], [4, 0.6], [5, 0.5])

describe('hits while one model takes over from another', () => {
  it('are those of the old one before the new one has reached anything', () => {
    expect(takeOver(BEFORE, [], () => false)).toEqual(BEFORE)
  })

  it('are in the order of the new one once it has reached everything', () => {
    const now = hits([4, 12], [1, 11], [5, 10], [2, 9], [3, 8])
    expect(units(takeOver(BEFORE, now, () => true))).toEqual([4, 1, 5, 2, 3])
  })

  it('leave the places of reached units to those units, and their order to the new model', () => {
    const reached = new Set([1, 3, 4])
    const merged = takeOver(BEFORE, hits([4, 0.31], [3, 0.3], [1, 0.2]), (unit) => reached.has(unit))
    expect(merged).toEqual(hits([4, 0.9], [2, 0.8], [3, 0.7], [1, 0.6], [5, 0.5]))
  })

  it('have reached units that only one of the models found, after those that the new one did', () => {
    const reached = (unit: number) => unit === 1 || unit === 4 || unit === 9
    expect(units(takeOver(BEFORE, hits([4, 7]), reached))).toEqual([4, 2, 3, 1, 5])
    expect(units(takeOver(BEFORE, hits([4, 7], [1, 6], [9, 5]), reached))).toEqual([4, 2, 3, 1, 5, 9])
  })

  it('are those of the new one where the old one cannot be asked any more', () => {
    expect(takeOver([], hits([4, 12], [1, 11]), () => true)).toEqual(hits([4, 12], [1, 11]))
  })

  it('name each unit once and lose none, best first', () => {
    const ids = fc.uniqueArray(fc.nat(60), { maxLength: 40 })
    const scored = (list: number[]) => list.map((unit, i) => ({ unit, score: 1 - i / 100 }))
    fc.assert(
      fc.property(ids, ids, ids, (before, after, reachedUnits) => {
        const reached = new Set(reachedUnits)
        const now = scored(after.filter((unit) => reached.has(unit)))
        const merged = takeOver(scored(before), now, (unit) => reached.has(unit))
        expect(new Set(units(merged)).size).toBe(merged.length)
        expect(new Set(units(merged))).toEqual(new Set([...before, ...units(now)]))
        expect(merged.every(({ score }, i) => i === 0 || score <= merged[i - 1]!.score)).toBe(true)
      }),
    )
  })
})
