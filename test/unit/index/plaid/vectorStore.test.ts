import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Bitset } from '../../../../server/src/base/bitset.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { UnitDocs } from '../../../../server/src/index/plaid/unitDocs.ts'
import type { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { exactScores, makeDocs, openStore, rowsOf, withFolder } from './support.ts'

const DIM = 48

function search(store: VectorStore, query: Float32Array, accept?: Bitset, k = 10, nIvfProbe = 8, nFullScores = 4096) {
  const units = UnitDocs.identity(store.nDocs)
  const { searcher, lists } = store.searchable()!
  return searcher.search({ vectors: query, nTokens: query.length / DIM, dim: DIM }, lists, units, {
    k,
    nIvfProbe,
    nFullScores,
    accept: accept ?? Bitset.full(store.nDocs),
  })
}

function filled(folder: string, docs: NewDocs): VectorStore {
  const store = openStore(folder, DIM)
  store.add(docs)
  store.train(docs.vectors.length / DIM)
  return store
}

describe('the vector store', () => {
  it('finds what exact scoring finds', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 3000, dim: DIM })
      const store = filled(folder, docs)
      let found = 0
      for (let doc = 0; doc < 40; doc++) {
        const query = rowsOf(docs, doc * 7, DIM)
        const exact = exactScores(query, docs, DIM)
        const wanted = exact
          .map((_, i) => i)
          .sort((a, b) => exact[b]! - exact[a]!)
          .slice(0, 10)
        const hits = search(store, query)
        expect(hits[0]!.unit).toBe(doc * 7)
        expect(Math.abs(hits[0]!.score - 1)).toBeLessThan(0.05)
        found += hits.filter((hit) => wanted.includes(hit.unit)).length
      }
      expect(found / 400).toBeGreaterThan(0.8)
    }))

  it('answers the same after reopening, and knows every key', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 300, dim: DIM })
      const first = filled(folder, docs)
      const query = rowsOf(docs, 5, DIM)
      const again = openStore(folder, DIM)
      expect(search(again, query)).toEqual(search(first, query))
      expect(docs.keys.every((key, i) => again.docId(key) === i)).toBe(true)
      expect(again.docId('AAAAAAAAAAAAAAAAAAAAAA')).toBe(-1)
      expect(again.sizeBytes).toBe(first.sizeBytes)
    }))

  it('finds docs added later at once, across commits and merges', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 300, dim: DIM })
      filled(folder, docs)
      for (let batch = 0; batch < 9; batch++) {
        const store = openStore(folder, DIM)
        const more = makeDocs({ nDocs: 20, dim: DIM, seed: 50 + batch, prefix: `later${batch}` })
        store.add(more)
        expect(search(store, rowsOf(more, 3, DIM))[0]!.unit).toBe(300 + batch * 20 + 3)
        store.commit()
      }
      const store = openStore(folder, DIM)
      expect(store.nDocs).toBe(480)
      expect(readdirSync(folder).filter((file) => file.endsWith('.vec')).length).toBeLessThan(5)
    }))

  it('keeps spooled docs over a restart and trains on them then', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 100, dim: DIM })
      const first = openStore(folder, DIM)
      first.add(docs)
      first.commit()
      expect(first.searchable()).toBeUndefined()
      const second = openStore(folder, DIM)
      expect(second.has(docs.keys[42]!)).toBe(true)
      second.train(1000)
      expect(second.docId(docs.keys[42]!)).toBe(42)
      expect(readdirSync(folder).some((file) => file.endsWith('.spool'))).toBe(false)
    }))

  it('stores a key once', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 50, dim: DIM })
      const store = filled(folder, docs)
      store.add(docs)
      expect(store.nDocs).toBe(50)
    }))

  it('keeps within a filter, whole lists or exhaustive, and returns k hits where k exist', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 6000, dim: DIM })
      const store = filled(folder, docs)
      for (const share of [2, 1000]) {
        const members = Array.from({ length: 6000 / share }, (_, i) => i * share)
        const hits = search(store, rowsOf(docs, 1, DIM), Bitset.of(6000, members), 6)
        expect(hits.length).toBe(6)
        expect(hits.every((hit) => hit.unit % share === 0)).toBe(true)
      }
    }))

  it('scores a unit by its body and context together', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 4, dim: DIM })
      const store = filled(folder, docs)
      const query = Float32Array.of(...rowsOf(docs, 0, DIM), ...rowsOf(docs, 1, DIM))
      const units = new UnitDocs(Int32Array.of(0, 1, 0), Int32Array.of(-1, -1, 1), 4)
      const { searcher, lists } = store.searchable()!
      const hits = searcher.search({ vectors: query, nTokens: query.length / DIM, dim: DIM }, lists, units, {
        k: 3,
        nIvfProbe: 8,
        nFullScores: 64,
        accept: Bitset.full(3),
      })
      expect(hits[0]!.unit).toBe(2)
      expect(hits[0]!.score).toBeGreaterThan(0.95)
    }))

  it('drops a damaged segment, keeps the others, and takes its docs again', () =>
    withFolder((folder) => {
      const docs = makeDocs({ nDocs: 300, dim: DIM })
      const store = filled(folder, docs)
      const more = makeDocs({ nDocs: 20, dim: DIM, seed: 9, prefix: 'more' })
      store.add(more)
      store.commit()
      const victim = path.join(
        folder,
        readdirSync(folder)
          .filter((file) => file.endsWith('.vec'))
          .sort()
          .at(-1)!,
      )
      const bytes = readFileSync(victim)
      bytes[bytes.length - 40]! ^= 1
      writeFileSync(victim, bytes)
      const again = openStore(folder, DIM)
      expect(again.nDocs).toBe(300)
      expect(again.has(more.keys[0]!)).toBe(false)
      again.add(more)
      again.commit()
      expect(openStore(folder, DIM).nDocs).toBe(320)
    }))

  it('refuses a newer format by name', () =>
    withFolder((folder) => {
      writeFileSync(path.join(folder, 'manifest.json'), '{"formatVersion": 99, "segments": []}')
      expect(() => openStore(folder, DIM)).toThrow(/format 99/)
    }))
})
