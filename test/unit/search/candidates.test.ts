import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { calibrateLexical, calibrateSemantic, joinLists } from '../../../server/src/search/candidates.ts'
import { folderOf } from './support.ts'

const scored = (scores: number[]) => scores.map((score, unit) => ({ unit, score }))
const descending = fc
  .array(fc.double({ min: 0, max: 40, noNaN: true }), { maxLength: 30 })
  .map((scores) => scores.sort((a, b) => b - a))

describe('calibration', () => {
  it('measures meaning from the floor of the list', () =>
    expect([...calibrateSemantic(scored([12, 11, 10]))]).toEqual([1, 0.5, 0]))
  it('measures words from nothing', () => expect([...calibrateLexical(scored([8, 4, 1]))]).toEqual([1, 0.5, 0.125]))
  it('trusts a lone hit, and hits that are all alike', () => {
    expect([...calibrateSemantic(scored([3]))]).toEqual([1])
    expect([...calibrateSemantic(scored([3, 3]))]).toEqual([1, 1])
  })

  it.each([
    ['semantic', calibrateSemantic],
    ['lexical', calibrateLexical],
  ])('keeps the %s order within 0..1, best at 1', (_, calibrate) =>
    fc.assert(
      fc.property(descending, (scores) => {
        const values = [...calibrate(scored(scores))]
        expect(values.every((value, i) => value >= 0 && value <= 1 && (i === 0 || value <= values[i - 1]!))).toBe(true)
        if (scores[0]! > 0) expect(values[0]).toBe(1)
      }),
    ),
  )

  it('does not change the first hits when more are asked for', () => {
    const all = scored(Array.from({ length: 500 }, (_, i) => 1000 - i))
    expect(calibrateSemantic(all).slice(0, 200)).toEqual(calibrateSemantic(all.slice(0, 200)))
  })
})

describe('joinLists', () => {
  it('has each unit once, with both scores', () => {
    const { view } = folderOf({ 'a.ts': [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
    const semantic = [
      { unit: 0, score: 9 },
      { unit: 1, score: 5 },
    ]
    const lexical = [
      { unit: 2, score: 4 },
      { unit: 0, score: 2 },
    ]
    expect(joinLists(semantic, lexical, view)).toEqual([
      { unit: 0, file: 0, semantic: 1, lexical: 0.5 },
      { unit: 1, file: 0, semantic: 0, lexical: 0 },
      { unit: 2, file: 0, semantic: 0, lexical: 1 },
    ])
  })
})
