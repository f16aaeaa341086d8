import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../server/src/base/random.ts'
import { mergeStores, type StoreHits } from '../../../server/src/engine/mergeStores.ts'
import type { ScoredUnit } from '../../../server/src/index/types.ts'

/** Noise around `centre`, and hits that stand so many spreads above it. */
function store({ centre, spread, above, from = 0 }: Noise & { above: number[]; from?: number }): StoreHits {
  const random = seededRandom(7)
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3)
  const background = Array.from({ length: 96 }, () => centre + spread * normal())
  return { hits: above.map((z, i) => ({ unit: from + i, score: centre + spread * z })), background }
}

interface Noise {
  centre: number
  spread: number
}

const units = (hits: readonly ScoredUnit[]) => hits.map(({ unit }) => unit)

const COLBERT: Noise = { centre: 0.55, spread: 0.04 }
const SMALL: Noise = { centre: 0.2, spread: 0.09 }

describe('hits of several stores', () => {
  it('stay as they are where only one store has any', () => {
    const { hits } = store({ ...COLBERT, above: [5, 3] })
    expect(mergeStores([{ hits, background: [] }])).toEqual(hits)
    expect(
      mergeStores([
        { hits: [], background: [] },
        { hits, background: [] },
      ]),
    ).toEqual(hits)
    expect(mergeStores([])).toEqual([])
  })

  it('are ordered by how far each stands above what is unrelated in its own store', () => {
    const merged = mergeStores([
      store({ ...COLBERT, above: [6, 4, 1] }),
      store({ ...SMALL, above: [5, 3, 0], from: 10 }),
    ])
    expect(units(merged)).toEqual([0, 10, 1, 11, 2, 12])
  })

  it('leave a store that has nothing to say at the end, though its best hit is its best', () => {
    const merged = mergeStores([
      store({ ...SMALL, above: [5, 4, 3] }),
      store({ ...COLBERT, above: [1.2, 1, 0.5], from: 10 }),
    ])
    expect(units(merged)).toEqual([0, 1, 2, 10, 11, 12])
  })

  it('of a store with a handful of units are compared, too', () => {
    const most = store({ ...COLBERT, above: [4, 1] })
    for (const rest of [[], [0.52], [0.52, 0.5]]) {
      const good = { hits: [{ unit: 10, score: 0.9 }], background: [0.9, ...rest] }
      expect(units(mergeStores([good, most]))).toEqual([10, 0, 1])
      const bad = { hits: [{ unit: 10, score: 0.53 }], background: [0.53, ...rest] }
      expect(units(mergeStores([most, bad]))).toEqual([0, 1, 10])
    }
  })

  it('keep their order within a store, and none is lost or told twice', () => {
    const scores = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 30 })
    const list = fc.record({ scores, background: scores })
    fc.assert(
      fc.property(fc.array(list, { maxLength: 4 }), (lists) => {
        let next = 0
        const given = lists.map(({ scores, background }) => ({
          background,
          hits: [...scores].sort((a, b) => b - a).map((score) => ({ unit: next++, score })),
        }))
        const merged = mergeStores(given)
        expect(units(merged).sort((a, b) => a - b)).toEqual(Array.from({ length: next }, (_, i) => i))
        for (const { hits } of given) {
          const own = new Set(units(hits))
          expect(units(merged).filter((unit) => own.has(unit))).toEqual(units(hits))
        }
      }),
    )
  })
})
