import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { collectDocs, unusedBytes } from '../../../../server/src/index/plaid/collect.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { runAll } from '../../../../server/src/index/plaid/sliced.ts'
import { UnitDocs } from '../../../../server/src/index/plaid/unitDocs.ts'
import type { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { temporaryFolder } from '../../../support/temporaryFolder.ts'
import { makeDocs, openStore } from './support.ts'

const DIM = 48
const batch = (prefix: string, nDocs: number, seed = 3) => makeDocs({ nDocs, dim: DIM, prefix, seed })

function trained(docs: NewDocs): VectorStore {
  const store = openStore(temporaryFolder(), DIM)
  store.add(docs)
  store.train(docs.vectors.length / DIM)
  return store
}
/** Units that refer to these keys, in the store as it is now. */
const unitsOf = (store: VectorStore, keys: readonly string[]) => () => {
  const docs = Int32Array.from(keys, (key) => store.docId(key))
  return new UnitDocs(docs, new Int32Array(docs.length).fill(-1), store.nDocs)
}
const vectorsOf = (store: VectorStore, keys: readonly string[]) =>
  keys.map((key) => store.tokens(store.docId(key))?.rows)
const vectorFiles = ({ directory }: VectorStore) => readdirSync(directory).filter((file) => file.endsWith('.vec'))

describe('a collection', () => {
  /** What is kept has its vectors as before, in memory and on disk, and nothing is left of the rest. */
  function check(store: VectorStore, kept: readonly string[], run: (units: () => UnitDocs) => void) {
    const before = vectorsOf(store, kept)
    run(unitsOf(store, kept))
    for (const each of [store, openStore(store.directory, DIM)]) {
      expect(vectorsOf(each, kept)).toEqual(before)
      expect(each.nDocs).toBe(kept.length)
      expect(unusedBytes(each, unitsOf(each, kept)())).toBe(0)
    }
  }

  it('keeps what is used, in all segments', () => {
    const docs = batch('first', 120)
    const store = trained(docs)
    const more = batch('more', 30, 8)
    store.add(more)
    store.commit()
    const kept = [...docs.keys.filter((_, i) => i % 2 === 0), ...more.keys.slice(20)]
    check(store, kept, (units) => void runAll(collectDocs(store, 0, units)))
  })

  it('removes the file of a segment of which nothing is used', () => {
    const docs = batch('first', 120)
    const store = trained(docs)
    store.add(batch('more', 30, 8))
    store.commit()
    check(store, docs.keys, (units) => void runAll(collectDocs(store, 0, units)))
    expect(vectorFiles(store).length).toBe(1)
    check(store, [], (units) => void runAll(collectDocs(store, 0, units)))
    expect(vectorFiles(store)).toEqual([])
    store.add(docs)
    store.commit()
    expect(openStore(store.directory, DIM).nDocs).toBe(120)
  })

  it('ends where the segment is joined with others meanwhile', () => {
    const docs = batch('first', 40)
    const store = trained(docs)
    const units = unitsOf(store, docs.keys.slice(0, 20))
    const work = collectDocs(store, 0, units)
    expect(work.next().done).toBe(false)
    for (let i = 0; i < 4; i++) {
      store.add(batch(`more${i}`, 40, i))
      store.commit()
    }
    expect(work.next()).toMatchObject({ done: true, value: 0 })
    expect(openStore(store.directory, DIM).nDocs).toBe(200)
    expect(vectorFiles(store).length).toBe(store.segments().length)
  })

  it('makes training anew that is under way give up, and the next one ends', () => {
    const store = trained(batch('first', 50))
    const more = batch('more', 950)
    store.add(more)
    store.commit()
    const training = store.upkeep()!
    training.next()
    check(store, more.keys, (units) => void runAll(collectDocs(store, 0, units)))
    runAll(training)
    expect(store.nDocs).toBe(950)
    expect(openStore(store.directory, DIM).nDocs).toBe(950)
    runAll(store.upkeep()!)
    const again = openStore(store.directory, DIM)
    expect(more.keys.map((key) => again.docId(key))).toEqual(more.keys.map((_, i) => i))
    expect(vectorFiles(again).length).toBe(again.segments().length)
  })
})
