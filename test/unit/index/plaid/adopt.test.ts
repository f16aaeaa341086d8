import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { nullLog } from '../../../../server/src/base/log.ts'
import { linkOrCopy } from '../../../../server/src/index/linkOrCopy.ts'
import { adoptDocs } from '../../../../server/src/index/plaid/adopt.ts'
import type { NewDocs } from '../../../../server/src/index/plaid/newDocs.ts'
import { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { temporaryFolder } from '../../../support/temporaryFolder.ts'
import { KERNEL_DIRECTORY, makeDocs, openStore } from './support.ts'

const DIM = 32
const DOCS = makeDocs({ nDocs: 200, dim: DIM })

function storeOf(docs: NewDocs): VectorStore {
  const store = openStore(temporaryFolder(), DIM)
  store.add(docs)
  store.train(docs.vectors.length / DIM)
  return store
}
/** Docs that `store` takes of what it wants, looking into `from`. */
function adopt(store: VectorStore, from: string | string[], wanted: readonly string[]): number {
  let nDocs = 0
  for (const n of adoptDocs(store, [from].flat(), new Set(wanted), nullLog)) nDocs += n
  store.commit()
  return nDocs
}
const vectorFiles = (directory: string) => readdirSync(directory).filter((file) => file.endsWith('.vec'))
const rowsOf = (store: VectorStore, key: string) => store.tokens(store.docId(key))!.rows
function expectSame(store: VectorStore, other: VectorStore, keys: readonly string[]) {
  for (const each of [store, openStore(store.directory, DIM)]) {
    for (const key of keys) expect(rowsOf(each, key)).toEqual(rowsOf(other, key))
  }
}

describe('docs of another store', () => {
  it('come as its files where most of them are wanted', () => {
    const source = storeOf(DOCS)
    const store = openStore(temporaryFolder(), DIM)
    expect(adopt(store, source.directory, DOCS.keys.slice(50))).toBe(200)
    const [file] = vectorFiles(store.directory)
    expect(statSync(path.join(store.directory, file!)).nlink).toBe(2)
    expectSame(store, source, DOCS.keys)
  })

  it('come alone where few of a segment are wanted', () => {
    const source = storeOf(DOCS)
    const store = openStore(temporaryFolder(), DIM)
    adopt(store, source.directory, DOCS.keys)
    source.add(makeDocs({ nDocs: 100, dim: DIM, prefix: 'more', seed: 5 }))
    source.commit()
    const wanted = makeDocs({ nDocs: 30, dim: DIM, prefix: 'more', seed: 5 }).keys
    const before = store.nDocs
    expect(adopt(store, source.directory, wanted)).toBe(30)
    expect(store.nDocs).toBe(before + 30)
    expectSame(store, source, wanted)
  })

  it('are found once, though segments overlap', () => {
    const source = storeOf(DOCS)
    const store = openStore(temporaryFolder(), DIM)
    adopt(store, source.directory, DOCS.keys)
    const own = makeDocs({ nDocs: 40, dim: DIM, prefix: 'more', seed: 6 })
    store.add(own)
    source.add(own)
    source.add(makeDocs({ nDocs: 60, dim: DIM, prefix: 'other', seed: 7 }))
    source.commit()
    const wanted = makeDocs({ nDocs: 60, dim: DIM, prefix: 'other', seed: 7 }).keys
    adopt(store, source.directory, wanted)
    expectSame(store, source, [...DOCS.keys, ...own.keys, ...wanted])
  })

  it('are of no use under another codec', () => {
    const source = storeOf(DOCS)
    const store = storeOf(makeDocs({ nDocs: 300, dim: DIM, prefix: 'own', seed: 9 }))
    expect(adopt(store, source.directory, DOCS.keys)).toBe(0)
    expect(DOCS.keys.some((key) => store.has(key))).toBe(false)
  })

  it('bring no codec that was made for little of what is wanted', () => {
    const source = storeOf(makeDocs({ nDocs: 20, dim: DIM }))
    const store = openStore(temporaryFolder(), DIM)
    expect(adopt(store, source.directory, DOCS.keys)).toBe(0)
    expect(store.hasCodec).toBe(false)
  })

  it('bring no codec with other bits than are wanted', () => {
    const source = storeOf(DOCS)
    const directory = temporaryFolder()
    const store = VectorStore.open({ directory, dim: DIM, nbits: 2, kernelDirectory: KERNEL_DIRECTORY, log: nullLog })
    expect(adopt(store, source.directory, DOCS.keys)).toBe(0)
    expect(readdirSync(directory)).toEqual([])
  })

  it('come raw from a store without a codec, and are quantised with the own one', () => {
    const spooled = openStore(temporaryFolder(), DIM)
    spooled.add(DOCS)
    spooled.commit()
    const bare = openStore(temporaryFolder(), DIM)
    expect(adopt(bare, spooled.directory, DOCS.keys.slice(0, 7))).toBe(7)
    expect(bare.has(DOCS.keys[3]!)).toBe(true)
    const trained = storeOf(makeDocs({ nDocs: 300, dim: DIM, prefix: 'own', seed: 9 }))
    expect(adopt(trained, spooled.directory, DOCS.keys)).toBe(200)
    expect(trained.docId(DOCS.keys[199]!)).toBe(499)
  })

  it('with a codec that is taken over, also what waits raw', () => {
    const source = storeOf(DOCS)
    const store = openStore(temporaryFolder(), DIM)
    const own = makeDocs({ nDocs: 9, dim: DIM, prefix: 'own', seed: 9 })
    store.add(own)
    store.commit()
    adopt(store, source.directory, DOCS.keys)
    const again = openStore(store.directory, DIM)
    expect([...own.keys, ...DOCS.keys].every((key) => again.docId(key) >= 0)).toBe(true)
    expect(readdirSync(store.directory).some((file) => file.endsWith('.spool'))).toBe(false)
  })

  const each = (extension: string, damage: (file: string) => void) => (directory: string) => {
    for (const file of readdirSync(directory)) if (file.endsWith(extension)) damage(path.join(directory, file))
  }
  it.each<[string, (directory: string) => void]>([
    ['gone', (directory) => rmSync(directory, { recursive: true })],
    ['without its segments', each('.vec', (file) => rmSync(file))],
    ['cut short', each('.vec', (file) => truncateSync(file, 999))],
    ['without its codec', each('.codec', (file) => rmSync(file))],
  ])('are left where the other store is %s', (_, damage) => {
    const source = storeOf(DOCS)
    damage(source.directory)
    const store = openStore(temporaryFolder(), DIM)
    expect(adopt(store, source.directory, DOCS.keys)).toBe(0)
    store.add(DOCS)
    store.train(1000)
    expect(openStore(store.directory, DIM).nDocs).toBe(200)
  })

  it('are taken though the other store writes its files anew meanwhile', () => {
    const source = storeOf(makeDocs({ nDocs: 40, dim: DIM }))
    const batches = Array.from({ length: 4 }, (_, i) => makeDocs({ nDocs: 40, dim: DIM, prefix: `batch${i}`, seed: i }))
    for (const batch of batches.slice(0, 2)) {
      source.add(batch)
      source.commit()
    }
    const wanted = [...makeDocs({ nDocs: 40, dim: DIM }).keys, ...batches.slice(0, 2).flatMap(({ keys }) => keys)]
    const store = openStore(temporaryFolder(), DIM)
    const work = adoptDocs(store, [source.directory], new Set(wanted), nullLog)
    work.next()
    const before = vectorFiles(source.directory)
    for (const batch of batches.slice(2)) {
      source.add(batch)
      source.commit()
    }
    expect(vectorFiles(source.directory)).not.toContain(before[0])
    for (const _ of work);
    expectSame(store, source, wanted)
  })

  it('are searched for in every other store', () => {
    const source = storeOf(DOCS)
    const middle = openStore(temporaryFolder(), DIM)
    adopt(middle, source.directory, DOCS.keys)
    const extra = makeDocs({ nDocs: 30, dim: DIM, prefix: 'extra', seed: 12 })
    middle.add(extra)
    middle.commit()
    const store = openStore(temporaryFolder(), DIM)
    adopt(store, [source.directory, middle.directory], [...DOCS.keys, ...extra.keys])
    expectSame(store, middle, [...DOCS.keys, ...extra.keys])
    expect(store.nDocs).toBe(230)
  })
})

describe('a file that is shared', () => {
  it.skipIf(!existsSync('/dev/shm'))('is copied where file systems differ', () => {
    const from = path.join(temporaryFolder(), 'from')
    const to = `/dev/shm/lateral-test-${process.pid}`
    linkOrCopy(import.meta.filename, from)
    try {
      linkOrCopy(from, to)
      expect(readFileSync(to).equals(readFileSync(import.meta.filename))).toBe(true)
    } finally {
      rmSync(to, { force: true })
    }
  })

  it('is not written into where a name is used again', () => {
    const folder = temporaryFolder()
    const [a, b, c] = ['a', 'b', 'c'].map((name) => path.join(folder, name))
    linkOrCopy(import.meta.filename, a!)
    linkOrCopy(a!, b!)
    linkOrCopy(b!, c!)
    linkOrCopy(import.meta.filename, b!)
    expect(readFileSync(c!).equals(readFileSync(import.meta.filename))).toBe(true)
  })

  it('that is missing is a failure that leaves nothing', () => {
    const folder = temporaryFolder()
    expect(() => linkOrCopy(path.join(folder, 'none'), path.join(folder, 'to'))).toThrow(/ENOENT/)
    expect(readdirSync(folder)).toEqual([])
  })
})
