import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { WorkspaceFiles } from '../../../server/src/base/workspaceFiles.ts'
import type { FileRow } from '../../../server/src/index/types.ts'
import { findChanges, findChangesOf, readContent } from '../../../server/src/ingest/changes.ts'
import { statOf } from '../../../server/src/ingest/fileStat.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const OPTIONS = { useIgnoreFiles: true, exclude: [], maxFileSizeBytes: 1000 }

/** What the index would know of these files as they are on disk. */
function rowsOf(folder: string, paths: string[]): FileRow[] {
  return paths.map((file) => {
    const stat = statOf(statSync(path.join(folder, file)))
    return { path: file, ...stat, contentHash: '', language: 'go', outcome: 'ok', nUnits: 1 }
  })
}
const gone = (file: string): FileRow => ({ ...rowsOf('/', [''])[0]!, path: file })

interface Expected {
  suspects?: string[]
  removed?: string[]
  skipped?: string[]
}

/** Changes of `paths`, or of the whole folder, are as expected. */
async function check(folder: string, known: FileRow[], paths: string[] | undefined, expected: Expected) {
  const changes = paths ? await findChangesOf(folder, paths, known, OPTIONS) : await findChanges(folder, known, OPTIONS)
  expect({
    suspects: changes.suspects.map((file) => file.path).sort(),
    removed: [...changes.removed].sort(),
    skipped: changes.skipped.map((each) => `${each.path} ${each.outcome}`),
  }).toEqual({ suspects: [], removed: [], skipped: [], ...expected })
}

describe('findChanges', () => {
  it('finds new, changed and removed files', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'same.go': 'a', 'size.go': 'a', 'time.go': 'a', 'new.go': 'a', 'big.go': 'a'.repeat(1001) })
    const [same, size, time] = rowsOf(folder, ['same.go', 'size.go', 'time.go'])
    const known = [same!, { ...size!, sizeBytes: 7 }, { ...time!, mtimeMs: 7 }, gone('gone.go'), gone('big.go')]
    await check(folder, known, undefined, {
      suspects: ['new.go', 'size.go', 'time.go'],
      removed: ['big.go', 'gone.go'],
      skipped: ['big.go too-large'],
    })
  })
  it('finds what has other contents with the same size and time', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'edited.go': 'a', 'replaced.go': 'a', 'same.go': 'a' })
    const known = rowsOf(folder, ['edited.go', 'replaced.go', 'same.go'])
    await sleep(20)
    const { atime, mtime } = statSync(path.join(folder, 'edited.go'))
    writeFiles(folder, { 'edited.go': 'b', 'other.go': 'b' })
    renameSync(path.join(folder, 'other.go'), path.join(folder, 'replaced.go'))
    for (const file of ['edited.go', 'replaced.go']) utimesSync(path.join(folder, file), atime, mtime)
    await check(folder, known, undefined, { suspects: ['edited.go', 'replaced.go'] })
    await check(folder, known, ['edited.go', 'same.go'], { suspects: ['edited.go'] })
  })
  it('finds nothing in an empty folder', async () => check(temporaryFolder(), [], undefined, {}))
  it('refuses a folder that is not there', () =>
    expect(findChanges(path.join(temporaryFolder(), 'nowhere'), [], OPTIONS)).rejects.toMatchObject({
      code: 'E_FOLDER',
    }))
})

describe('findChangesOf', () => {
  it('looks at the given files only', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'a.go': 'a', 'b.go': 'b' })
    await check(folder, [gone('c.go')], ['a.go', 'c.go', 'a.go'], { suspects: ['a.go'], removed: ['c.go'] })
    await check(folder, rowsOf(folder, ['a.go']), ['a.go'], {})
  })

  it('takes what was below a folder along with it', async () => {
    const folder = temporaryFolder()
    await check(folder, [gone('src/a.go'), gone('src/x/b.go'), gone('src-c.go')], ['src'], {
      removed: ['src/a.go', 'src/x/b.go'],
    })
  })

  it('compares what is below a folder that is there', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'src/a.go': 'a', 'src/x/b.go': 'b', 'other.go': 'c' })
    await check(folder, [...rowsOf(folder, ['src/a.go']), gone('src/old.go')], ['src', 'src/x', 'src/x/b.go'], {
      suspects: ['src/x/b.go'],
      removed: ['src/old.go'],
    })
  })

  it('sees a file where a folder was, and a folder where a file was', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'src.go': 'now a file', 'lib.go/b.go': 'b' })
    await check(folder, [gone('src.go/a.go'), gone('lib.go')], ['src.go', 'lib.go'], {
      suspects: ['lib.go/b.go', 'src.go'],
      removed: ['lib.go', 'src.go/a.go'],
    })
  })

  it('leaves out what a scan leaves out, and says so of large files', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, {
      '.gitignore': 'dist/\n',
      'dist/a.go': 'a',
      'node_modules/b.go': 'b',
      'big.go': 'c'.repeat(1001),
      '.env': 'd',
    })
    const paths = ['dist/a.go', 'node_modules/b.go', 'big.go', '.env', '../outside.go']
    await check(folder, [gone('dist/a.go'), gone('big.go')], paths, {
      removed: ['big.go', 'dist/a.go'],
      skipped: ['big.go too-large'],
    })
  })

  it('goes behind no link, as a scan does not', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'real/a.go': 'a' })
    symlinkSync(path.join(folder, 'real'), path.join(folder, 'link'))
    symlinkSync(path.join(folder, 'real/a.go'), path.join(folder, 'file.go'))
    await check(folder, [], ['link/a.go', 'file.go', 'link', 'real/a.go'], { suspects: ['real/a.go'] })
  })

  it('withdraws on request', () =>
    expect(
      findChangesOf(temporaryFolder(), ['a.go'], [], { ...OPTIONS, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: 'CancelledError' }))

  it('bears paths that no file can have', async () =>
    check(temporaryFolder(), [], ['x'.repeat(300), `${'long/'.repeat(2000)}a.go`, 'nul\0.go'], {}))
})

describe('readContent', () => {
  it('gives bytes and a hash that stands for them, or why there are none', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'a.go': 'same', 'b.go': 'same', 'c.go': 'other' })
    const files = new WorkspaceFiles(folder)
    const contents = await Promise.all(['a.go', 'b.go', 'c.go'].map((file) => readContent(files, file)))
    const [a, b, c] = contents.map((each) => typeof each !== 'string' && { bytes: each.bytes, hash: each.hash })
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
    expect(await readContent(files, 'd.go')).toBe('gone')
    expect(await readContent(files, 'a.go/e.go')).toBe('gone')
    expect(await readContent(files, 'a.go', 3)).toBe('too-large')
    mkdirSync(path.join(folder, 'f.go'))
    expect(await readContent(files, 'f.go')).toBe('not-a-file')
    rmSync(path.join(folder, 'f.go'), { recursive: true })
  })
})
