import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bitset } from '../../../server/src/base/bitset.ts'

const sizes = fc.integer({ min: 0, max: 130 })
const withMembers = sizes.chain((size) =>
  fc.record({
    size: fc.constant(size),
    a: fc.uniqueArray(fc.nat(Math.max(0, size - 1)), { maxLength: size }),
    b: fc.uniqueArray(fc.nat(Math.max(0, size - 1)), { maxLength: size }),
  }),
)
const ascending = (numbers: Iterable<number>) => [...numbers].sort((x, y) => x - y)

describe('Bitset', () => {
  it('is a set of small integers', () =>
    fc.assert(
      fc.property(withMembers, ({ size, a, b }) => {
        const bits = Bitset.of(size, a)
        for (const member of b) bits.clear(member)
        const set = new Set(a.filter((member) => !b.includes(member)))
        expect([...bits]).toEqual(ascending(set))
        expect(bits.count()).toBe(set.size)
        for (let i = 0; i < size + 40; i++) expect(bits.has(i)).toBe(set.has(i))
      }),
    ))

  it('combines as sets do, in place, and leaves the other alone', () =>
    fc.assert(
      fc.property(withMembers, ({ size, a, b }) => {
        const [left, right] = [Bitset.of(size, a), Bitset.of(size, b)]
        expect([...left.clone().and(right)]).toEqual(ascending(a.filter((each) => b.includes(each))))
        expect([...left.clone().or(right)]).toEqual(ascending(new Set([...a, ...b])))
        expect([...left.clone().andNot(right)]).toEqual(ascending(a.filter((each) => !b.includes(each))))
        expect([...left.clone().not().not()]).toEqual([...left])
        expect(left.clone().not().count()).toBe(size - a.length)
        expect([...left]).toEqual(ascending(a))
        expect([...right]).toEqual(ascending(b))
      }),
    ))

  it('sets ranges that start and end anywhere', () =>
    fc.assert(
      fc.property(fc.nat(130), fc.nat(130), (from, to) => {
        const bits = new Bitset(131)
        bits.setRange(from, to)
        const expected = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
        expect([...bits]).toEqual(expected)
      }),
    ))

  it('is full with every size', () =>
    fc.assert(
      fc.property(sizes, (size) => {
        expect(Bitset.full(size).count()).toBe(size)
      }),
    ))
})
