import { describe, expect, it, onTestFinished } from 'vitest'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import { openDatabase } from '../../../server/src/index/sqlite.ts'
import { createHarness, type HarnessOptions, type SessionHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'
import { GRAMMARS_DIRECTORY } from '../chunk/check.ts'

const func = (name: string, word: string) =>
  `func ${name}() {\n${Array.from({ length: 6 }, (_, i) => `\t${word}.step(${i}, "some words of ${word}")`).join('\n')}\n}\n`
const FILES = {
  'a.go': `package a\n\n${func('First', 'alpha')}\n${func('Second', 'beta')}`,
  'b.go': `package b\n\n${func('Third', 'gamma')}`,
  'README.md': '# Sample\n\nColours of the chart are chosen by hand.\n',
}

/** Other rules: `Second` has a line more at its end, and is called another name. */
async function otherChunker(): Promise<Chunker> {
  const real = await createChunker({ grammarsDirectory: GRAMMARS_DIRECTORY })
  return {
    ...real,
    async chunkFile(file, bytes) {
      const cut = await real.chunkFile(file, bytes)
      const units = cut.units.map((unit) =>
        unit.name === 'Second' ? { ...unit, name: 'Other', text: `${unit.text}\n// as other rules have it` } : unit,
      )
      return { ...cut, units }
    },
  }
}

/** An index made by the rules `old`, and the same folder opened by those of `options`. */
async function upgraded(options: HarnessOptions = {}) {
  const old = await createHarness({ rules: 'old' })
  writeFiles(old.folder, FILES)
  await old.update()
  old.session.close()
  const { folder, directory } = old
  const now = await createHarness({ rules: 'new', folder, directory, ...options })
  return { now, nBefore: old.encoded.length }
}
const rulesOf = (harness: SessionHarness) => harness.session.files({}).map((row) => `${row.path} ${row.rules}`)
const named = async (harness: SessionHarness, query: string) =>
  (await harness.search(query)).filter(({ path }) => path === 'a.go').map(({ name }) => name)

describe('an index made by other rules', () => {
  it('is only marked where every file gives the same units', async () => {
    const { now } = await upgraded()
    expect(await now.update()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
    const before = now.units()
    expect(await now.upgrade()).toMatchObject({ nFilesRecut: 3, nUnitsEncoded: 0 })
    expect(now.encoded).toEqual([])
    expect(rulesOf(now).sort()).toEqual(['README.md new', 'a.go new', 'b.go new'])
    expect(now.units()).toEqual(before)
    now.reopen()
    expect(rulesOf(now).sort()).toEqual(['README.md new', 'a.go new', 'b.go new'])
    expect(await now.upgrade()).toMatchObject({ nFilesRecut: 0 })
  })

  it('answers from its old rows until new texts are encoded, and encodes no others', async () => {
    const during: string[][] = []
    const { now } = await upgraded({
      chunker: await otherChunker(),
      beforeEncode: async () => void during.push(await named(now, 'beta step')),
    })
    expect(await now.upgrade()).toMatchObject({ nFilesRecut: 3, nUnitsEncoded: 1 })
    expect(now.encoded).toEqual([expect.stringContaining('as other rules have it')])
    expect(during).toEqual([expect.arrayContaining(['First', 'Second'])])
    expect(await named(now, 'beta step')).toEqual(expect.arrayContaining(['First', 'Other']))
    expect(await named(now, 'beta step')).not.toContain('Second')
    expect(now.session.stats()).toMatchObject({ nPendingFiles: 0 })
  })

  it('goes on where it was stopped, and leaves alone what was saved meanwhile', async () => {
    let stop = true
    const { now } = await upgraded({
      chunker: await otherChunker(),
      beforeEncode: async (texts) => {
        if (!texts.some((text) => text.includes('as other rules'))) return
        writeFiles(now.folder, { 'b.go': `package b\n\n${func('Fourth', 'delta')}` })
        await now.update({ paths: ['b.go'] })
        if (stop) throw new Error('stopped')
      },
    })
    await expect(now.upgrade()).rejects.toThrow('stopped')
    expect(rulesOf(now).sort()).toEqual(['README.md old', 'a.go old', 'b.go new'])
    stop = false
    expect(await now.upgrade()).toMatchObject({ nFilesRecut: 2 })
    expect(now.units().filter((each) => each.startsWith('b.go:'))).toEqual(['b.go:3 Fourth'])
    expect(rulesOf(now).sort()).toEqual(['README.md new', 'a.go new', 'b.go new'])
  })

  it('goes back and forth between two versions without encoding anything twice', async () => {
    const { now } = await upgraded({ chunker: await otherChunker() })
    await now.upgrade()
    now.session.close()
    const { folder, directory } = now
    for (const rules of ['old', 'new', 'old']) {
      const chunker = rules === 'new' ? await otherChunker() : undefined
      const again = await createHarness({ rules, folder, directory, ...(chunker && { chunker }) })
      expect(await again.update()).toMatchObject({ nFilesChanged: 0 })
      expect(await again.upgrade()).toMatchObject({ nFilesRecut: 3 })
      expect(again.encoded).toEqual([])
      expect(await named(again, 'beta step')).toContain(rules === 'old' ? 'Second' : 'Other')
      again.session.close()
    }
  })

  it('is taken for one of other rules where an older version wrote, which knows of none', async () => {
    const { now } = await upgraded()
    await now.upgrade()
    const database = openDatabase(`${now.directory}/catalog.sqlite`)
    onTestFinished(() => database.close())
    database.exec("UPDATE files SET rules = NULL, ctime_ms = NULL, inode = NULL WHERE path = 'a.go'")
    database.exec("UPDATE units SET lines_hash = NULL, head_hash = NULL WHERE name = 'Second'")
    now.reopen()
    expect(await now.update()).toMatchObject({ nFilesChanged: 0 })
    expect(await now.upgrade()).toMatchObject({ nFilesRecut: 1, nUnitsEncoded: 0 })
    const [outline] = now.session.outlines({ paths: ['a.go'] })
    for (const unit of outline!.units) expect(unit).toMatchObject({ linesHash: expect.any(Number) })
  })
})
