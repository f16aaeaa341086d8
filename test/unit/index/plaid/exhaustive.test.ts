import { expect, it } from 'vitest'
import { Bitset } from '../../../../server/src/base/bitset.ts'
import { UnitDocs } from '../../../../server/src/index/plaid/unitDocs.ts'
import { exactScores, makeDocs, openStore, rowsOf, withFolder } from './support.ts'

it('scores every unit where it is told to, and only the likely ones where it is told not to', () => {
  withFolder((folder) => {
    const dim = 32
    const docs = makeDocs({ nDocs: 1500, dim })
    const store = openStore(folder, dim)
    store.add(docs)
    store.train(0)
    const { searcher, lists } = store.searchable()!
    const vectors = rowsOf(docs, 17, dim)
    const search = (n: number, exhaustive?: boolean) =>
      searcher.search({ vectors, nTokens: vectors.length / dim, dim }, lists, UnitDocs.identity(store.nDocs), {
        k: 1500,
        nIvfProbe: 1,
        nFullScores: 64,
        accept: Bitset.of(
          1500,
          Array.from({ length: n }, (_, i) => i),
        ),
        ...(exhaustive !== undefined && { exhaustive }),
      })
    // More units than are scored in full by themselves, and fewer.
    expect(search(1500, true)).toHaveLength(1500)
    expect(search(1500, true)[0]!.unit).toBe(17)
    expect(search(1500, false).length).toBeLessThan(1500)
    expect(search(500, false).length).toBeLessThan(500)
    expect(search(500)).toEqual(search(500, true))
    // The score of a unit is the same however it was found, and close to the exact one.
    const full = new Map(search(1500, true).map(({ unit, score }) => [unit, score]))
    for (const { unit, score } of search(1500, false)) expect(score).toBe(full.get(unit))
    const exact = exactScores(vectors, docs, dim)
    expect(Math.abs(full.get(99)! - exact[99]!)).toBeLessThan(0.05)
  })
})
