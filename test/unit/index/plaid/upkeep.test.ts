import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../../../server/src/index/manifest.ts'
import { readCodec } from '../../../../server/src/index/plaid/codecFile.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { openVectorSegment } from '../../../../server/src/index/plaid/segmentFile.ts'
import { runAll } from '../../../../server/src/index/plaid/sliced.ts'
import type { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { joinDocs, makeDocs, openStore, recallAt10, rowsOf, searchDocs, withFolder } from './support.ts'

const DIM = 48

/** A trained store of `nDocs` docs. */
function filled(folder: string, nDocs: number): { store: VectorStore; docs: NewDocs } {
  const store = openStore(folder, DIM)
  const docs = makeDocs({ nDocs, dim: DIM })
  store.add(docs)
  store.train(docs.vectors.length / DIM)
  return { store, docs }
}

const codecOf = (folder: string) => readCodec(path.join(folder, readManifest(folder).codec!)).codec
const elsewhere = (nDocs: number, seed = 5) => makeDocs({ nDocs, dim: DIM, seed, world: 8, prefix: `else${seed}` })

/** Mean cosine of what is stored to what was put in, over docs `[from, ...)` of the store. */
function fidelity(store: VectorStore, docs: NewDocs, from: number): number {
  let cosines = 0
  let nTokens = 0
  for (let doc = 0; doc < docs.keys.length; doc++) {
    const { rows } = store.tokens(from + doc)!
    const raw = rowsOf(docs, doc, DIM)
    for (let i = 0; i < raw.length; i++) cosines += raw[i]! * rows[i]!
    nTokens += raw.length / DIM
  }
  return cosines / nTokens
}

describe('centroids for outliers', () => {
  it('are appended once texts of another kind have come, and serve those that come after', () =>
    withFolder((folder) => {
      const { store, docs } = filled(folder, 2500)
      expect(store.upkeep()).toBeUndefined()
      const before = codecOf(folder)
      const first = elsewhere(250)
      store.add(first)
      store.commit()
      const opened = openStore(folder, DIM)
      const queries = [rowsOf(docs, 3, DIM), rowsOf(first, 3, DIM)]
      const hits = queries.map((query) => searchDocs(opened, query, DIM, 1))
      runAll(opened.upkeep()!)
      expect(opened.upkeep()).toBeUndefined()
      expect(queries.map((query) => searchDocs(opened, query, DIM, 1))).toEqual(hits)

      const after = codecOf(folder)
      expect(after.nCentroids).toBeGreaterThan(before.nCentroids)
      expect(after.centroids.slice(0, before.centroids.length)).toEqual(before.centroids)
      const second = elsewhere(100, 6)
      opened.add(second)
      opened.commit()
      expect(fidelity(opened, second, 2750)).toBeGreaterThan(fidelity(opened, first, 2500) + 0.003)
      const again = openStore(folder, DIM)
      expect(again.upkeep()).toBeUndefined()
      // The best only: docs that no list holds yet are candidates of every search, once opened again they need not be.
      const query = rowsOf(second, 7, DIM)
      expect(searchDocs(again, query, DIM, 1)).toEqual(searchDocs(opened, query, DIM, 1))
      expect(segmentCentroids(folder)).toContain(before.nCentroids)
      expect(segmentCentroids(folder)).toContain(after.nCentroids)
      expect(readdirSync(folder).filter((file) => file.endsWith('.codec')).length).toBe(1)
    }))
})

describe('training anew', () => {
  it('comes again once the corpus has the size that it was done for', () =>
    withFolder((folder) => {
      const { store } = filled(folder, 30)
      const add = (nDocs: number, seed: number) => {
        store.add(makeDocs({ nDocs, dim: DIM, seed, prefix: `more${seed}` }))
        store.commit()
      }
      add(570, 2)
      runAll(store.upkeep()!)
      const { retrainAtTokens, nCentroids } = codecOf(folder)
      expect(retrainAtTokens! / store.nTokens).toBe(4)
      add(1500, 3)
      expect(store.upkeep()).toBeUndefined()
      add(400, 4)
      runAll(store.upkeep()!)
      expect(codecOf(folder).nCentroids).toBeGreaterThan(nCentroids)
    }))

  it('comes with growth, keeps every doc id, and answers from the old generation until its end', () =>
    withFolder((folder) => {
      const { store, docs } = filled(folder, 50)
      const more = makeDocs({ nDocs: 850, dim: DIM, seed: 3, prefix: 'more' })
      const late = makeDocs({ nDocs: 30, dim: DIM, seed: 4, prefix: 'late' })
      store.add(more)
      store.commit()
      const before = codecOf(folder)
      const query = rowsOf(more, 5, DIM)
      const hits = searchDocs(store, query, DIM)
      const upkeep = store.upkeep()!
      for (let slice = 0; !upkeep.next().done; slice++) {
        if (slice === 3) store.add(late)
        if (slice === 5) store.commit()
        if (slice < 3) expect(searchDocs(store, query, DIM)).toEqual(hits)
      }
      const after = codecOf(folder)
      expect(after.nCentroids).toBeGreaterThan(before.nCentroids)
      expect(store.upkeep()).toBeUndefined()
      for (const opened of [store, openStore(folder, DIM)]) {
        expect(opened.nDocs).toBe(930)
        const all = joinDocs([docs, more, late])
        expect(all.keys.map((key) => opened.docId(key))).toEqual([...all.keys.keys()])
        expect(searchDocs(opened, rowsOf(late, 8, DIM), DIM, 1)[0]!.unit).toBe(908)
        expect(fidelity(opened, all, 0)).toBeGreaterThan(0.97)
      }
      expect(readdirSync(folder).sort()).toEqual(filesOf(folder))
    }))

  it('given up half-way leaves the store and its files as they were', () =>
    withFolder((folder) => {
      const { store } = filled(folder, 50)
      store.add(makeDocs({ nDocs: 850, dim: DIM, seed: 3, prefix: 'more' }))
      store.commit()
      const before = readdirSync(folder).sort()
      const query = rowsOf(makeDocs({ nDocs: 6, dim: DIM, seed: 3 }), 5, DIM)
      const hits = searchDocs(store, query, DIM)
      for (const nSlices of [1, 4, 12, 20]) {
        const upkeep = store.upkeep()!
        for (let slice = 0; slice < nSlices; slice++) expect(upkeep.next().done).toBe(false)
        upkeep.return()
        expect(readdirSync(folder).sort()).toEqual(before)
        expect(searchDocs(store, query, DIM)).toEqual(hits)
      }
      let slices = 0
      expect(() => runAll(store.upkeep()!, () => ++slices > 2)).toThrow(/cancel/i)
      runAll(store.upkeep()!)
      expect(store.upkeep()).toBeUndefined()
    }))

  it('killed half-way leaves the old generation, and its own files go at the next open', () =>
    withFolder((folder) => {
      const { store } = filled(folder, 50)
      store.add(makeDocs({ nDocs: 850, dim: DIM, seed: 3, prefix: 'more' }))
      store.commit()
      const before = readdirSync(folder).sort()
      const upkeep = store.upkeep()!
      let slices = 0
      while (readdirSync(folder).length === before.length) {
        expect(upkeep.next().done).toBe(false)
        expect(slices++).toBeLessThan(1000)
      }
      const again = openStore(folder, DIM)
      expect(readdirSync(folder).sort()).toEqual(before)
      expect(again.nDocs).toBe(900)
      runAll(again.upkeep()!)
    }))
})

it('an index built in many batches, of kinds that come one after another, finds what one built at once finds', () =>
  withFolder((folder) => {
    const batches = Array.from({ length: 24 }, (_, i) =>
      makeDocs({ nDocs: 60, dim: DIM, seed: 100 + i, prefix: `batch${i}`, world: 7 + Math.floor(i / 8) }),
    )
    const all = joinDocs(batches)
    const whole = openStore(path.join(folder, 'whole'), DIM)
    whole.add(all)
    whole.train(all.vectors.length / DIM)
    const grown = path.join(folder, 'grown')
    let nUpkeeps = 0
    for (const batch of batches) {
      const store = openStore(grown, DIM)
      store.add(batch)
      store.train(batch.vectors.length / DIM)
      store.commit()
      const upkeep = store.upkeep()
      if (upkeep) nUpkeeps++
      if (upkeep) runAll(upkeep)
    }
    expect(nUpkeeps).toBeGreaterThan(1)
    const gap = recallAt10(whole, all, DIM, 24) - recallAt10(openStore(grown, DIM), all, DIM, 24)
    expect(gap).toBeLessThan(0.06)
  }))

const segmentCentroids = (folder: string): number[] =>
  readManifest(folder).segments.map(({ file }) => {
    const reader = openVectorSegment(path.join(folder, file))
    reader.close()
    return reader.meta.nCentroids
  })

/** What the manifest names, itself included. */
function filesOf(folder: string): string[] {
  const { codec, segments } = readManifest(folder)
  return [codec!, 'manifest.json', ...segments.map(({ file }) => file)].sort()
}
