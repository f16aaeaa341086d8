import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bitset } from '../../../server/src/base/bitset.ts'
import { joinPlaces, placesOf, unitsAt, unitsByPath } from '../../../server/src/engine/unitPlaces.ts'
import { folderOf } from '../search/support.ts'

const { view, put, label, unit } = folderOf({
  'b.ts': [{ name: 'b1' }, { name: 'b2' }],
  'a/z.ts': [{ name: 'z1' }, { name: 'z2' }, { name: 'z3' }],
  'a.ts': [{ name: 'a1' }],
})
const all = [...view.live]

describe('places of units', () => {
  it('lead back to the units, in any order and joined', () =>
    fc.assert(
      fc.property(fc.shuffledSubarray(all), fc.shuffledSubarray(all), (some, others) => {
        const places = placesOf(view, some)
        expect(new Set(places.paths).size).toBe(places.paths.length)
        expect([...unitsAt(view, places)].sort()).toEqual([...some].sort())
        const half = Uint32Array.from({ length: some.length >> 1 }, (_, i) => i)
        const joined = joinPlaces(
          { places, chosen: half },
          { places: placesOf(view, others), chosen: Uint32Array.from(others.keys()) },
        )
        expect(new Set(unitsAt(view, joined))).toEqual(new Set([...some.slice(0, half.length), ...others]))
      }),
    ))

  it('are listed by path and line, as many as are wanted', () => {
    const list = (accept: Bitset, limit?: number) => unitsByPath(view, accept, limit).map(label).join(' ')
    expect(list(view.live)).toBe('z1 z2 z3 a1 b1 b2')
    expect(list(view.live, 2)).toBe('z1 z2')
    expect(list(Bitset.of(view.size, [unit('b2'), unit('z2')]))).toBe('z2 b2')
  })

  it('lead nowhere once a unit has moved', () => {
    const places = placesOf(view, [unit('b1'), unit('b2'), unit('a1')])
    put('b.ts', [{ name: 'b1' }, { name: 'b2', nLines: 9 }])
    view.removeFile('a.ts')
    expect([...unitsAt(view, places)].map(label)).toEqual(['b1'])
  })
})
