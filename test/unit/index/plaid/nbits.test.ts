import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openVectorSegment } from '../../../../server/src/index/plaid/segmentFile.ts'
import { makeDocs, openStore, recallAt10, rowsOf, searchDocs, withFolder } from './support.ts'

const DIM = 48

describe.each([
  [1, 0.4],
  [2, 0.7],
  [4, 0.85],
] as const)('a store of %i bits', (nbits, leastRecall) => {
  it('takes that many a dimension on disk and answers the same once opened again', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 600, dim: DIM })
      const more = makeDocs({ nDocs: 20, dim: DIM, seed: 9, prefix: 'more' })
      const store = openStore(folder, DIM, nbits)
      store.add(docs)
      store.train(docs.vectors.length / DIM)
      store.add(more)
      store.commit()
      const again = openStore(folder, DIM, nbits)
      for (const query of [rowsOf(docs, 5, DIM), rowsOf(more, 3, DIM)]) {
        expect(searchDocs(again, query, DIM)).toEqual(searchDocs(store, query, DIM))
      }
      expect(again.tokens(600)).toEqual(store.tokens(600))
      const meta = metaOf(folder)
      expect(meta.nbits).toBe(nbits)
      expect(meta.residualBytes).toBe((meta.nTokens * DIM * nbits) / 8)
      expect(recallAt10(again, docs, DIM, 20)).toBeGreaterThan(leastRecall)
    }))
})

it('keeps the bits it was trained with when opened with other settings', () =>
  withFolder((folder) => {
    const docs = makeDocs({ nDocs: 100, dim: DIM })
    const store = openStore(folder, DIM, 2)
    store.add(docs)
    store.train(docs.vectors.length / DIM)
    const again = openStore(folder, DIM, 4)
    again.add(makeDocs({ nDocs: 100, dim: DIM, seed: 3, prefix: 'more' }))
    again.commit()
    expect(metaOf(folder).nbits).toBe(2)
  }))

/** Of the store's first segment. */
function metaOf(folder: string) {
  const file = readdirSync(folder).find((name) => name.endsWith('.vec'))!
  const reader = openVectorSegment(path.join(folder, file))
  const meta = { ...reader.meta, residualBytes: reader.sectionBytes('residuals') }
  reader.close()
  return meta
}
