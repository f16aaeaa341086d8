import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../../server/src/base/log.ts'
import { VectorStore } from '../../../../server/src/index/plaid/vectorStore.ts'
import { KERNEL_DIRECTORY, makeDocs, openStore, rowsOf, searchDocs, withFolder } from './support.ts'

const DIM = 64

function filled(folder: string, nDocs: number) {
  const docs = makeDocs({ nDocs, dim: DIM, seed: 5 })
  const store = openStore(folder, DIM)
  store.add(docs)
  store.train(store.nTokens)
  store.commit()
  store.close()
  return docs
}

const openLimited = (folder: string, memoryLimitBytes: number, log = createLog('error', () => {})) =>
  VectorStore.open({
    directory: folder,
    kernelDirectory: KERNEL_DIRECTORY,
    dim: DIM,
    log,
    memoryLimitBytes,
    pagedFromBytes: 0,
  })

describe('residuals in files', () => {
  it('give the same hits whatever the memory limit is', () =>
    withFolder((folder) => {
      const docs = filled(folder, 1500)
      const limits = [Infinity, 200_000, 1]
      const stores = limits.map((limit) => openLimited(folder, limit))
      for (const doc of [0, 17, 700, 1499]) {
        const [all, ...others] = stores.map((store) => searchDocs(store, rowsOf(docs, doc, DIM), DIM))
        expect(all![0]!.unit).toBe(doc)
        for (const hits of others) expect(hits).toEqual(all)
      }
      expect(stores[0]!.memoryBytes.paged).toBeGreaterThan(400_000)
      expect(stores[1]!.memoryBytes.paged).toBeLessThanOrEqual(200_000)
      for (const store of stores) store.close()
    }))

  it('are read when a search wants them, not when the index is opened', () =>
    withFolder((folder) => {
      const docs = filled(folder, 300)
      const store = openLimited(folder, Infinity)
      expect(store.memoryBytes.paged).toBe(0)
      searchDocs(store, rowsOf(docs, 3, DIM), DIM)
      expect(store.memoryBytes.paged).toBeGreaterThan(0)
      store.close()
    }))

  it('that are damaged are named, search goes on, and their segment can be dropped', () =>
    withFolder((folder) => {
      const docs = filled(folder, 300)
      const name = readdirSync(folder).find((file) => file.endsWith('.vec'))!
      const bytes = readFileSync(path.join(folder, name))
      bytes[bytes.length - 40]! ^= 4
      writeFileSync(path.join(folder, name), bytes)
      const lines: string[] = []
      const store = openLimited(
        folder,
        Infinity,
        createLog('error', (_, line) => lines.push(line)),
      )
      expect(searchDocs(store, rowsOf(docs, 3, DIM), DIM)[0]!.unit).toBe(3)
      while (store.checkSome()) {}
      expect(lines).toEqual([expect.stringContaining(name)])
      expect(store.dropDamaged()).toBe(true)
      expect(store.has(docs.keys[3]!)).toBe(false)
      store.add(docs)
      store.commit()
      store.close()
      const again = openLimited(folder, Infinity)
      expect(again.has(docs.keys[3]!)).toBe(true)
      again.close()
    }))
})
