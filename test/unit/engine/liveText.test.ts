import { renameSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { LiveText } from '../../../server/src/engine/liveText.ts'
import type { SessionHit } from '../../../server/src/engine/sessionProtocol.ts'
import { OUTSIDE_LINE, strangeFiles } from '../../support/strangeFiles.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const hit = (file: string, startLine: number, endLine: number): SessionHit => ({
  path: file,
  startLine,
  endLine,
  nameLine: startLine,
  kind: 'function',
  name: 'f',
  container: '',
  language: 'go',
  space: 'code',
  score: 1,
  signals: {},
})
const linesFound = async (live: LiveText, hits: SessionHit[]) =>
  (await live.complete(hits, 'retry')).map((each) => `${each.path}:${each.startLine}-${each.endLine} ${each.snippet}`)

describe('live text', () => {
  const folderOf = (files: Record<string, string>) => {
    const folder = temporaryFolder()
    writeFiles(folder, files)
    return { folder, live: new LiveText(folder) }
  }

  it('knows which open files are saved', async () => {
    const { live } = folderOf({ 'a.go': 'one\r\n', 'b.go': '\uFEFFtwo', 'c.go': 'three' })
    live.setOpenText('a.go', 'one\n')
    live.setOpenText('b.go', 'two')
    live.setOpenText('new.go', 'four')
    expect(await live.openFiles()).toEqual({ open: ['a.go', 'b.go', 'new.go'], unsaved: ['a.go', 'new.go'] })
  })

  it('completes hits with their best line', async () => {
    const { folder, live } = folderOf({ 'src/a.go': 'one\n\tretry(two)\nthree\n' })
    const [complete] = await live.complete([hit('src/a.go', 1, 3)], 'retry')
    expect(complete).toMatchObject({
      absolutePath: path.join(folder, 'src/a.go'),
      snippet: 'retry(two)',
      snippetLine: 2,
    })
    expect(complete).not.toHaveProperty('signals')
  })

  it('leaves out hits in files that are gone, and hits past the end', async () => {
    const { folder, live } = folderOf({ 'a.go': 'one\nretry\nthree', 'b.go': 'one' })
    const hits = [hit('a.go', 2, 9), hit('a.go', 4, 5), hit('b.go', 1, 1), hit('c.go', 1, 1)]
    expect(await linesFound(live, hits)).toEqual(['a.go:2-3 retry', 'b.go:1-1 one'])
    rmSync(path.join(folder, 'b.go'))
    expect(await linesFound(live, hits)).toEqual(['a.go:2-3 retry'])
  })

  it('leaves out hits whose text is deleted in an open file, at its first line too', async () => {
    const { live } = folderOf({ 'a.go': 'one\nretry\nthree', 'b.go': 'one' })
    live.setOpenText('a.go', '')
    live.setOpenText('b.go', '\n\nretry')
    const hits = [hit('a.go', 1, 1), hit('a.go', 2, 3), hit('b.go', 1, 2), hit('b.go', 2, 3)]
    expect(await linesFound(live, hits)).toEqual(['b.go:2-3 retry'])
  })

  it('prefers the unsaved text of an open file until it is closed', async () => {
    const { live } = folderOf({ 'a.go': 'one\nretry\nthree' })
    live.setOpenText('a.go', 'one\r\nretry again\r\n')
    expect(await linesFound(live, [hit('a.go', 1, 3)])).toEqual(['a.go:1-3 retry again'])
    live.setOpenText('a.go', '')
    expect(await linesFound(live, [hit('a.go', 2, 3)])).toEqual([])
    live.setOpenText('a.go', undefined)
    expect(await linesFound(live, [hit('a.go', 2, 3)])).toEqual(['a.go:2-3 retry'])
  })

  it('gives the same where reading has no time to itself', async () => {
    const { folder } = folderOf({ 'a.go': 'one\r\nretry\r\nthree', 'b.go': 'retry' })
    const hits = [hit('b.go', 1, 1), hit('a.go', 1, 3), hit('c.go', 1, 1), hit('b.go', 2, 2)]
    const [soon, late] = [new LiveText(folder), new LiveText(folder, 0)]
    for (const live of [soon, late]) {
      live.setOpenText('b.go', 'retry\nmore')
      expect(await linesFound(live, hits)).toEqual(['b.go:1-1 retry', 'a.go:1-3 retry', 'b.go:2-2 more'])
    }
  })

  it.skipIf(process.platform === 'win32')('shows nothing of what has come in place of a file', async () => {
    for (const { name, put } of strangeFiles()) {
      const { folder, live } = folderOf({ 'a.go': 'retry inside' })
      const slow = new LiveText(folder, 0)
      const hits = [hit('a.go', 1, 1)]
      expect(await linesFound(live, hits)).toEqual(['a.go:1-1 retry inside'])
      put(path.join(folder, 'a.go'))
      for (const each of [live, slow]) expect([name, ...(await linesFound(each, hits))]).toEqual([name])
      expect(await live.lines('a.go')).toBeUndefined()
    }
  })

  it('shows nothing outside of the folder, by a path or behind a folder that has become a link', async () => {
    const outside = temporaryFolder()
    writeFiles(outside, { 'sub/a.go': OUTSIDE_LINE })
    const { folder, live } = folderOf({ 'src/sub/a.go': 'retry inside' })
    const way = path.relative(folder, path.join(outside, 'sub/a.go'))
    const hits = [hit('src/sub/a.go', 1, 1), hit(way, 1, 1), hit(path.join(outside, 'sub/a.go'), 1, 1)]
    expect(await linesFound(live, hits)).toEqual(['src/sub/a.go:1-1 retry inside'])
    renameSync(path.join(folder, 'src'), path.join(outside, 'src'))
    for (const target of ['', 'src']) {
      symlinkSync(path.join(outside, target), path.join(folder, 'src'), 'junction')
      await new Promise((resolve) => setTimeout(resolve, 30))
      for (const each of [live, new LiveText(folder, 0)]) expect(await linesFound(each, hits)).toEqual([])
      rmSync(path.join(folder, 'src'))
    }
  })

  it('cuts a very long line', async () => {
    const { live } = folderOf({ 'a.js': `retry ${'x'.repeat(5000)}` })
    expect((await live.complete([hit('a.js', 1, 1)], 'retry'))[0]!.snippet).toHaveLength(200)
  })
})
