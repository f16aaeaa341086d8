import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contentKey } from '../../../server/src/base/hash.ts'
import { nullLog } from '../../../server/src/base/log.ts'
import { LexicalFiles } from '../../../server/src/index/lexicalFiles.ts'
import { collectDocs } from '../../../server/src/index/plaid/collect.ts'
import { runAll } from '../../../server/src/index/plaid/sliced.ts'
import { UnitDocs } from '../../../server/src/index/plaid/unitDocs.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { makeDocs, openStore } from './plaid/support.ts'
import { codeOf } from './support.ts'

const DIM = 16
const manifestOf = (folder: string) => readFileSync(path.join(folder, 'manifest.json'), 'utf8')

/** Runs `work` while no file can be made in `folder`: a file stands in its place. */
function withoutRoom(folder: string, work: () => void): void {
  renameSync(folder, `${folder}.away`)
  writeFileSync(folder, 'not a folder')
  try {
    work()
  } finally {
    rmSync(folder)
    renameSync(`${folder}.away`, folder)
  }
}

/** Runs `work` while files can be written but no manifest can replace the one before. */
function withoutManifest(folder: string, work: () => void): void {
  const file = path.join(folder, `manifest.json.${process.pid}.tmp`)
  mkdirSync(file)
  try {
    work()
  } finally {
    rmSync(file, { recursive: true, force: true })
  }
}

describe.each([
  ['no file can be written', withoutRoom],
  ['the manifest cannot be written', withoutManifest],
])('a commit while %s', (_, failing) => {
  const vectors = () => {
    const folder = path.join(temporaryFolder(), 'vectors')
    return { folder, store: openStore(folder, DIM) }
  }
  const docs = (prefix: string, nDocs = 30) => makeDocs({ nDocs, dim: DIM, prefix, nTypes: 40 })
  /** The failed commit leaves the folder as it was; the next one makes everything durable. */
  function check(folder: string, commit: () => void) {
    const [before, manifest] = [readdirSync(folder).sort(), manifestOf(folder)]
    failing(folder, () => expect(commit).toThrow())
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(manifestOf(folder)).toBe(manifest)
    failing(folder, () => expect(commit).toThrow())
    commit()
    expect(manifestOf(folder)).not.toBe(manifest)
  }

  it('loses no spooled vectors', () => {
    const { folder, store } = vectors()
    const [first, second] = [docs('first'), docs('second')]
    store.add(first)
    store.commit()
    store.add(second)
    check(folder, () => store.commit())
    const again = openStore(folder, DIM)
    expect([...first.keys, ...second.keys].filter((key) => !again.has(key))).toEqual([])
  })

  it('loses no quantised vectors, merges included', () => {
    const { folder, store } = vectors()
    store.add(docs('first'))
    store.train(1000)
    const added = Array.from({ length: 6 }, (_, i) => docs(`later${i}`, 5))
    for (const batch of added) {
      store.add(batch)
      check(folder, () => store.commit())
    }
    const again = openStore(folder, DIM)
    expect(again.nDocs).toBe(60)
    expect(added.flatMap(({ keys }) => keys).filter((key) => again.docId(key) !== store.docId(key))).toEqual([])
    expect(again.tokens(59)!.rows).toEqual(store.tokens(59)!.rows)
  })

  it('keeps what was spooled where the first codec cannot be committed', () => {
    const { folder, store } = vectors()
    const first = docs('first')
    store.add(first)
    store.commit()
    failing(folder, () => expect(() => store.train(1000)).toThrow())
    expect(openStore(folder, DIM).has(first.keys[7]!)).toBe(true)
  })

  it('trains and commits once there is room', () => {
    const { folder, store } = vectors()
    const first = docs('first')
    store.add(first)
    store.commit()
    failing(folder, () => expect(() => store.train(1000)).toThrow())
    store.train(1000)
    store.commit()
    const again = openStore(folder, DIM)
    expect(first.keys.filter((key) => again.docId(key) < 0)).toEqual([])
  })

  it('drops no docs but at the next try', () => {
    const { folder, store } = vectors()
    store.add(docs('first'))
    store.train(1000)
    const wanted = docs('first').keys.filter((_, i) => i % 3 === 0)
    const units = () => {
      const used = Int32Array.from(wanted, (key) => store.docId(key))
      return new UnitDocs(used, new Int32Array(used.length).fill(-1), store.nDocs)
    }
    check(folder, () => void runAll(collectDocs(store, 0, units)))
    for (const each of [store, openStore(folder, DIM)]) {
      expect(each.nDocs).toBe(10)
      expect(wanted.map((key) => each.docId(key))).toEqual(wanted.map((_, i) => i))
    }
  })

  it('drops no words but at the next try', () => {
    const folder = path.join(temporaryFolder(), 'lexical')
    const files = LexicalFiles.open(folder, nullLog)
    const words = Array.from({ length: 12 }, (_, i) => `word${i}`)
    for (const word of words) files.store.add(contentKey(word), { terms: [word, 'all'], counts: Uint8Array.of(1, 2) })
    files.commit()
    const isUsed = (doc: number) => doc % 4 === 0
    check(folder, () => {
      const dropped = [...files.collect(0, () => isUsed)].map(({ length }) => length)
      // Steps in the middle of a segment drop none.
      expect(dropped.filter((n) => n > 0)).toEqual([9])
    })
    for (const each of [files, LexicalFiles.open(folder, nullLog)]) {
      expect(each.store.nDocs).toBe(3)
      expect([...each.store.postings('all')!.docs]).toEqual([0, 1, 2])
      expect([0, 4, 8].map((i) => [...each.store.postings(`word${i}`)!.docs])).toEqual([[0], [1], [2]])
      expect(each.store.postings('word1')).toBeUndefined()
      expect(each.store.docId(contentKey('word8'))).toBe(2)
    }
  })

  it('loses no words, though files were to be joined', () => {
    const folder = path.join(temporaryFolder(), 'lexical')
    const files = LexicalFiles.open(folder, nullLog)
    const words = Array.from({ length: 12 }, (_, i) => `word${i}`)
    const add = (word: string) => files.store.add(contentKey(word), { terms: [word], counts: Uint8Array.of(1) })
    add('start')
    files.commit()
    for (const word of words) {
      add(word)
      check(folder, () => files.commit())
    }
    const again = LexicalFiles.open(folder, nullLog)
    expect(words.filter((word) => again.store.postings(word)?.docs.length !== 1)).toEqual([])
    expect(words.filter((word) => again.store.docId(contentKey(word)) === undefined)).toEqual([])
  })
})

describe('a disk that is really full', () => {
  /** A disk of 4 MB; undefined where this process may not mount one. */
  function smallDisk(): string | undefined {
    const folder = temporaryFolder()
    if (process.platform !== 'linux') return undefined
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'none', folder]).status !== 0) return undefined
    onTestFinished(() => void spawnSync('umount', ['-l', folder]))
    return folder
  }
  const fileOf = (i: number) =>
    `package a\n\n${[0, 1, 2].map((n) => `func Name${i}x${n}() {\n\tword${i}()\n\tother${n}()\n}\n`).join('\n')}`

  it('stops the build with E_DISK_FULL while searches go on, and costs nothing once there is room', async (test) => {
    const disk = smallDisk()
    if (!disk) return test.skip()
    const harness = await createHarness({ directory: path.join(disk, 'index') })
    writeFiles(harness.folder, { 'a.go': fileOf(1) })
    await harness.update()
    const ballast = path.join(disk, 'ballast')
    const fill = (sizeBytes: number) => codeOf(() => writeFileSync(ballast, Buffer.alloc(sizeBytes), { flag: 'a' }))
    while (fill(4096) === 'nothing');
    writeFiles(harness.folder, Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`b${i}.go`, fileOf(100 + i)])))
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_DISK_FULL' })
    expect((await harness.search('Name1x2'))[0]).toMatchObject({ path: 'a.go', name: 'Name1x2' })
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_DISK_FULL' })
    rmSync(ballast)
    await harness.update()
    harness.reopen()
    expect(harness.session.stats()).toMatchObject({ nFiles: 41, nPendingFiles: 0 })
    expect((await harness.search('Name120x1'))[0]).toMatchObject({ path: 'b20.go' })
    expect(await harness.update()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
  })

  it.for([0, 1, 2, 3, 8, 9, 10, 12, 20])('can be opened and searched with %i free pages', async (nFree, test) => {
    const disk = smallDisk()
    if (!disk) return test.skip()
    const first = await createHarness({ directory: path.join(disk, 'index') })
    writeFiles(first.folder, { 'a.go': fileOf(1) })
    await first.update()
    first.session.close()
    for (const log of ['-wal', '-shm']) rmSync(path.join(first.directory, `catalog.sqlite${log}`), { force: true })
    const ballast = path.join(disk, 'ballast')
    while (codeOf(() => writeFileSync(ballast, Buffer.alloc(4096), { flag: 'a' })) === 'nothing');
    truncateSync(ballast, statSync(ballast).size - nFree * 4096)
    const again = await createHarness({ folder: first.folder, directory: first.directory })
    expect((await again.search('Name1x2'))[0]).toMatchObject({ path: 'a.go', name: 'Name1x2' })
  })
})
