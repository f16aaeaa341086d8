import path from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { collectDocs } from '../../../../server/src/index/plaid/collect.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { runAll } from '../../../../server/src/index/plaid/sliced.ts'
import { UnitDocs } from '../../../../server/src/index/plaid/unitDocs.ts'
import type { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { exactScores, joinDocs, makeDocs, openStore, rowsOf, searchDocs, withFolder } from './support.ts'

const DIM = 32
/** What two codecs may make of one mean cosine. */
const TOLERANCE = 0.06
/** The same where one of them was trained on texts of another kind: in stores as small as these no upkeep mends that. */
const TOLERANCE_OF_KINDS = 0.12

/** Batches of texts, of one kind or of another, and what may come between them. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 120 }), world: fc.constantFrom(7, 7, 7, 8) }) },
  { weight: 2, arbitrary: fc.record({ drop: fc.integer({ min: 2, max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant('commit' as const) },
  { weight: 1, arbitrary: fc.constant('train' as const) },
  { weight: 1, arbitrary: fc.constant('reopen' as const) },
  { weight: 1, arbitrary: fc.constant('upkeep' as const) },
)

it(
  'a store that followed any script of changes finds what one built at once finds, with the same scores',
  () =>
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (script) =>
        withFolder((folder) => {
          const live = new Map<string, NewDocs>()
          let store = openStore(path.join(folder, 'followed'), DIM)
          let nAdded = 0
          for (const each of [{ add: 80, world: 7 }, ...script, { add: 40, world: 7 }, 'train' as const]) {
            if (each === 'commit') store.commit()
            else if (each === 'train') store.train(store.nSpooledTokens)
            else if (each === 'upkeep') {
              const work = store.upkeep()
              if (work) runAll(work)
            } else if (each === 'reopen') {
              store.commit()
              store.close()
              store = openStore(path.join(folder, 'followed'), DIM)
            } else if ('add' in each) {
              const docs = makeDocs({
                nDocs: each.add,
                dim: DIM,
                seed: nAdded,
                prefix: `at${nAdded}`,
                world: each.world,
              })
              nAdded += each.add
              store.add(docs)
              docs.keys.forEach((key, i) => {
                live.set(key, { keys: [key], lengths: docs.lengths.slice(i, i + 1), vectors: rowsOf(docs, i, DIM) })
              })
            } else if (store.hasCodec) {
              for (const [i, key] of [...live.keys()].entries()) if (i % each.drop === 0) live.delete(key)
              runAll(collectDocs(store, 0, () => unitsOf(store, live)))
            }
          }
          const isOfKinds = script.some((each) => typeof each === 'object' && 'add' in each && each.world !== 7)
          const tolerance = isOfKinds ? TOLERANCE_OF_KINDS : TOLERANCE
          const all = joinDocs([...live.values()])
          const whole = openStore(path.join(folder, 'whole'), DIM)
          whole.add(all)
          whole.train(all.vectors.length / DIM)
          expect(all.keys.filter((key) => store.docId(key) < 0)).toEqual([])
          for (let i = 0; i < all.keys.length; i += Math.ceil(all.keys.length / 6)) {
            const query = rowsOf(all, i, DIM)
            const exact = new Map(exactScores(query, all, DIM).map((score, doc) => [all.keys[doc]!, score]))
            for (const each of [store, whole]) expect([...hitsOf(each, all, query).keys()][0]).toBe(all.keys[i])
            expectSame(hitsOf(store, all, query), hitsOf(whole, all, query), exact, tolerance)
          }
        }),
      ),
      { numRuns: 8, endOnFailure: true },
    ),
  60_000,
)

/** The docs of what is live, each a unit. */
function unitsOf(store: VectorStore, live: ReadonlyMap<string, unknown>): UnitDocs {
  const docs = Int32Array.from(live.keys(), (key) => store.docId(key))
  return new UnitDocs(docs, new Int32Array(docs.length).fill(-1), store.nDocs)
}

/** Scores of the best ten of the live docs, by key. */
function hitsOf(store: VectorStore, { keys }: NewDocs, query: Float32Array): Map<string, number> {
  const live = new Map(keys.map((key) => [store.docId(key), key]))
  const hits = searchDocs(store, query, DIM, store.nDocs).filter(({ unit }) => live.has(unit))
  return new Map(hits.slice(0, 10).map(({ unit, score }) => [live.get(unit)!, score]))
}

/** Alike but for docs whose scores are too near to one another to be told apart. */
function expectSame(
  a: Map<string, number>,
  b: Map<string, number>,
  exact: Map<string, number>,
  tolerance: number,
): void {
  expect(a.size).toBe(b.size)
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const last = Math.min(...other.values())
    for (const [key, score] of one) {
      expect(Math.abs(score - exact.get(key)!)).toBeLessThan(tolerance)
      if (other.has(key)) expect(Math.abs(score - other.get(key)!)).toBeLessThan(tolerance)
      else expect(score - last).toBeLessThan(tolerance)
    }
  }
}
