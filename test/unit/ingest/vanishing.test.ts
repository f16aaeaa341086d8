import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { findChanges, findChangesOf } from '../../../server/src/ingest/changes.ts'
import { scanFolder } from '../../../server/src/ingest/scanner.ts'
import { asOrdinaryUser } from '../../support/ordinaryUser.ts'
import { createHarness, type HarnessOptions } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const FILES = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `part${i % 3}/sub/file${i}.go`,
    `package part\n\nfunc Name${i}() {\n\tword${i}()\n\tother()\n}\n`,
  ]),
)
const CHANGED = Object.fromEntries(
  Object.entries(FILES).map(([file, text]) => [file, text.replace('other', 'another')]),
)

/** What a folder becomes when it goes, and how it comes back. */
const WAYS: Record<string, { go(folder: string): void }> = {
  'is renamed away': { go: () => {} },
  'is replaced by a file': { go: (folder) => writeFileSync(folder, 'a file') },
  'is replaced by a link to elsewhere': { go: (folder) => symlinkSync(temporaryFolder(), folder) },
  'is replaced by an empty folder': { go: (folder) => mkdirSync(folder) },
}

/** An index of `FILES` in a folder inside another, so that it can go. */
async function built(options: HarnessOptions = {}) {
  const folder = path.join(temporaryFolder(), 'project')
  mkdirSync(folder)
  writeFiles(folder, FILES)
  const harness = await createHarness({ folder, ...options })
  await harness.update()
  const away = `${folder}.away`
  const go = (way: string) => {
    renameSync(folder, away)
    WAYS[way]!.go(folder)
  }
  const comeBack = () => {
    rmSync(folder, { recursive: true, force: true })
    renameSync(away, folder)
  }
  return { harness, folder, go, comeBack }
}

describe.each(Object.keys(WAYS))('a folder that %s', (way) => {
  const isEmptied = way === 'is replaced by an empty folder'

  it.skipIf(isEmptied)('before a run fails it with E_FOLDER, and loses nothing', async () => {
    const { harness, go, comeBack } = await built()
    const before = harness.units()
    go(way)
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_FOLDER' })
    await expect(harness.update({ paths: Object.keys(FILES) })).rejects.toMatchObject({ code: 'E_FOLDER' })
    expect(harness.units()).toEqual(before)
    comeBack()
    expect(await harness.update()).toMatchObject({ nFilesChanged: 0, nFilesRemoved: 0, nUnitsEncoded: 0 })
    expect(harness.units()).toEqual(before)
  })

  it.runIf(isEmptied || way === 'is renamed away')(
    'at any moment of a run never has its files taken for deleted',
    async () => {
      for (let moment = 1; ; moment++) {
        let nCalls = Number.NEGATIVE_INFINITY
        const { harness, folder, go, comeBack } = await built({
          // Where it is replaced by an empty folder, by that of a disk that is not mounted.
          indexedDevice: () => -1,
          beforeCall: () => {
            if (++nCalls === moment) go(way)
          },
        })
        writeFiles(folder, CHANGED)
        nCalls = 0
        const outcome = await harness.update().catch((error) => error)
        const isOver = nCalls < moment
        nCalls = Number.NEGATIVE_INFINITY
        const nFiles = harness.session.stats().nFiles
        if (!isOver) comeBack()
        expect(nFiles).toBe(12)
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'E_FOLDER' })
        expect(await harness.update()).toMatchObject({ nFilesRemoved: 0 })
        expect(harness.session.stats()).toMatchObject({ nFiles: 12, nPendingFiles: 0 })
        if (isOver) break
      }
    },
  )
})

describe('what cannot be read for a while', () => {
  const options = { useIgnoreFiles: true, exclude: [] }
  /** Rows as an index has them, and the folder that they are of, seen by a user without every right. */
  async function known() {
    const folder = temporaryFolder()
    writeFiles(folder, FILES)
    const { files } = await scanFolder(folder, options)
    const rows = files.map((file) => ({ ...file, contentHash: 'x', language: 'go', outcome: 'ok', nUnits: 1 }))
    chmodSync(folder, 0o755)
    for (const part of ['part0', 'part1', 'part2']) chmodSync(path.join(folder, part), 0o755)
    return { folder, rows }
  }

  it('is not taken for deleted: a folder, by a look at everything and by its name', async () => {
    const { folder, rows } = await known()
    chmodSync(path.join(folder, 'part1'), 0o000)
    const found = await asOrdinaryUser(() => findChanges(folder, rows, options))
    expect(found).toMatchObject({ removed: [], nFiles: 8, skipped: [{ path: 'part1/', outcome: 'unreadable' }] })
    for (const paths of [['part1'], ['part1/sub'], ['part1/sub/file1.go', 'part1/sub/file4.go']]) {
      const named = await asOrdinaryUser(() => findChangesOf(folder, paths, rows, options))
      expect(named.removed).toEqual([])
      expect(named.skipped.map(({ outcome }) => outcome)).toContain('unreadable')
    }
    chmodSync(path.join(folder, 'part1'), 0o755)
    expect(await findChanges(folder, rows, options)).toMatchObject({ removed: [], suspects: [], nFiles: 12 })
  })

  it('does not keep what is really gone beside it', async () => {
    const { folder, rows } = await known()
    chmodSync(path.join(folder, 'part1'), 0o000)
    rmSync(path.join(folder, 'part2'), { recursive: true })
    const { removed } = await asOrdinaryUser(() => findChanges(folder, rows, options))
    expect(removed.sort()).toEqual([
      'part2/sub/file11.go',
      'part2/sub/file2.go',
      'part2/sub/file5.go',
      'part2/sub/file8.go',
    ])
    chmodSync(path.join(folder, 'part1'), 0o755)
  })
})

describe('an empty folder on another disk than before', () => {
  it('is one that is not mounted: nothing is taken for deleted', async () => {
    const { harness, go, comeBack } = await built({ indexedDevice: () => -1 })
    go('is replaced by an empty folder')
    await expect(harness.update()).rejects.toMatchObject({
      code: 'E_FOLDER',
      message: expect.stringMatching(/is empty/),
    })
    comeBack()
    expect(await harness.update()).toMatchObject({ nFilesRemoved: 0, nUnitsEncoded: 0 })
  })

  it('has lost its files where it is on the same disk', async () => {
    const { harness, go } = await built()
    go('is replaced by an empty folder')
    expect(await harness.update()).toMatchObject({ nFilesRemoved: 12 })
  })
})
