import { renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { LiveText, type LiveTextOptions } from '../../../server/src/engine/liveText.ts'
import type { SessionHit } from '../../../server/src/engine/sessionProtocol.ts'
import { hitIn, outlinesOf } from '../../support/liveHits.ts'
import { OUTSIDE_LINE, strangeFiles } from '../../support/strangeFiles.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const ONE = 'func one() {\n\tretry(1)\n}\n'
const TWO = 'func two() {\n\tretry(2)\n}\n'
const FILE = `package a\n\n${ONE}\n${TWO}`

/** A folder with `a.go`, and hits of its two functions as of when it was read. */
function folderOf(content: string | Uint8Array = FILE, options: LiveTextOptions = {}) {
  const folder = temporaryFolder()
  writeFiles(folder, { 'a.go': content })
  const hits = [hitIn(content, 'a.go', 3, 5, 'one'), hitIn(content, 'a.go', 7, 9, 'two')]
  const stale: string[] = []
  const onStale = (file: string) => stale.push(file)
  const live = new LiveText(folder, { outlines: outlinesOf(hits), onStale, ...options })
  return { folder, live, hits, stale, write: (text: string | Uint8Array) => writeFiles(folder, { 'a.go': text }) }
}

const shown = async (live: LiveText, hits: SessionHit[]) =>
  (await live.complete(hits, 'retry')).map((hit) => `${hit.startLine}-${hit.endLine} ${hit.name}: ${hit.snippet}`)
const BOTH = ['3-5 one: retry(1)', '7-9 two: retry(2)']

describe('live text', () => {
  it('knows which open files are saved', async () => {
    const folder = temporaryFolder()
    writeFiles(folder, { 'a.go': 'one\r\n', 'b.go': '\uFEFFtwo', 'c.go': 'three' })
    const live = new LiveText(folder)
    live.setOpenText('a.go', 'one\n')
    live.setOpenText('b.go', 'two')
    live.setOpenText('new.go', 'four')
    expect(await live.openFiles()).toEqual({ open: ['a.go', 'b.go', 'new.go'], unsaved: ['a.go', 'new.go'] })
  })

  it('completes hits with their best line', async () => {
    const { folder, live, hits } = folderOf()
    const [complete] = await live.complete(hits, 'retry')
    expect(complete).toMatchObject({ absolutePath: path.join(folder, 'a.go'), snippet: 'retry(1)', snippetLine: 4 })
    for (const inner of ['signals', 'contentHash', 'linesHash', 'file']) expect(complete).not.toHaveProperty(inner)
  })

  it('cuts a very long line', async () => {
    const text = `retry ${'x'.repeat(5000)}`
    const { live, write } = folderOf()
    write(text)
    expect((await live.complete([hitIn(text, 'a.go', 1, 1)], 'retry'))[0]!.snippet).toHaveLength(200)
  })

  it('leaves out hits of files that are gone, and says so once', async () => {
    const { folder, live, hits, stale } = folderOf()
    rmSync(path.join(folder, 'a.go'))
    expect([await shown(live, hits), await shown(live, hits)]).toEqual([[], []])
    expect(stale).toEqual(['a.go'])
  })

  it('answers no name that is not there any more, though size and time are the same', async () => {
    const { folder, live, hits, stale, write } = folderOf()
    expect(await shown(live, hits)).toEqual(BOTH)
    const { atime, mtime } = statSync(path.join(folder, 'a.go'))
    await sleep(20)
    write(FILE.replace('one', 'uno'))
    utimesSync(path.join(folder, 'a.go'), atime, mtime)
    expect(await shown(live, hits)).toEqual([BOTH[1]])
    expect(stale).toEqual(['a.go'])
  })

  it('carries along what has moved, and reaches to the next thing where the text was edited', async () => {
    const { live, hits, write } = folderOf()
    write(`package a\n\n// new\n${TWO}\n\n${ONE}`)
    expect(await shown(live, hits)).toEqual(['9-11 one: retry(1)', '4-6 two: retry(2)'])
    write(FILE.replace('retry(1)', 'retry(1)\n\tretry(retry)'))
    expect(await shown(live, hits)).toEqual(['3-6 one: retry(retry)', '8-10 two: retry(2)'])
    write(FILE.replace(TWO, 'func two() {\n'))
    expect(await shown(live, hits)).toEqual([BOTH[0], '7-7 two: func two() {'])
  })

  it('counts lines as the chunker does, whatever the encoding and the line ends', async () => {
    const { live, hits, write } = folderOf()
    for (const text of ['\r\n', '\r'].map((end) => FILE.replaceAll('\n', end))) {
      for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`), Buffer.from(`\uFEFF${text}`, 'utf16le')]) {
        write(bytes)
        expect(await shown(live, hits)).toEqual(BOTH)
        const own = [hitIn(bytes, 'a.go', 3, 5, 'one'), hitIn(bytes, 'a.go', 7, 9, 'two')]
        expect(await shown(live, own)).toEqual(BOTH)
      }
    }
    write(Buffer.from([0x66, 0x75, 0x6e, 0x63, 0xff]))
    expect(await shown(live, hits)).toEqual([])
  })

  it('prefers the unsaved text of an open file until it is closed', async () => {
    const { live, hits, stale } = folderOf()
    live.setOpenText('a.go', `// new\r\n${FILE.replace('one', 'uno').replaceAll('\n', '\r\n')}`)
    expect(await shown(live, hits)).toEqual(['8-10 two: retry(2)'])
    live.setOpenText('a.go', '')
    expect(await shown(live, hits)).toEqual([])
    live.setOpenText('a.go', FILE)
    expect(await shown(live, hits)).toEqual(BOTH)
    live.setOpenText('a.go', undefined)
    expect(await shown(live, hits)).toEqual(BOTH)
    expect(stale).toEqual([])
  })

  it('asks for no units of a file that an editor holds without a change, nor twice for the same ones', async () => {
    const content = Buffer.from(`\uFEFF${FILE}`, 'utf16le')
    let nAsked = 0
    const { live, hits } = folderOf(content, {
      outlines: async (paths) => {
        nAsked++
        return outlinesOf(hits)(paths)
      },
    })
    live.setOpenText('a.go', FILE.replaceAll('\n', '\r\n'))
    expect(await shown(live, hits)).toEqual(BOTH)
    expect(nAsked).toBe(0)
    live.setOpenText('a.go', `\n${FILE}`)
    for (let i = 0; i < 3; i++) expect(await shown(live, hits)).toEqual(['4-6 one: retry(1)', '8-10 two: retry(2)'])
    expect(nAsked).toBe(1)
  })

  it('gives the same where reading has no time to itself, and where the index has moved on', async () => {
    for (const options of [{}, { maxBlockedMs: 0 }, { maxBlockedMs: 0, outlines: async () => [] }]) {
      const { folder, live, hits, write } = folderOf(FILE, options)
      writeFiles(folder, { 'b.go': TWO })
      write(`\n${FILE}`)
      const all = [...hits, hitIn(TWO, 'b.go', 1, 3, 'two'), hitIn(TWO, 'c.go', 1, 3, 'two')]
      expect(await shown(live, all)).toEqual(['4-6 one: retry(1)', '8-10 two: retry(2)', '1-3 two: retry(2)'])
    }
  })

  it.skipIf(process.platform === 'win32')('shows nothing of what has come in place of a file', async () => {
    for (const { name, put } of strangeFiles()) {
      const { folder, live, hits } = folderOf()
      const slow = new LiveText(folder, { maxBlockedMs: 0 })
      expect(await shown(live, hits)).toEqual(BOTH)
      put(path.join(folder, 'a.go'))
      for (const each of [live, slow]) expect([name, ...(await shown(each, hits))]).toEqual([name])
      expect(await live.lines('a.go')).toBeUndefined()
    }
  })

  it('shows nothing outside of the folder, by a path or behind a folder that has become a link', async () => {
    const outside = temporaryFolder()
    writeFiles(outside, { 'sub/a.go': OUTSIDE_LINE })
    const { folder, live } = folderOf()
    writeFiles(folder, { 'src/sub/a.go': FILE })
    const way = path.relative(folder, path.join(outside, 'sub/a.go'))
    const paths = ['src/sub/a.go', way, path.join(outside, 'sub/a.go')]
    const hits = paths.map((file) => hitIn(file === paths[0] ? FILE : OUTSIDE_LINE, file, 1, 1))
    expect(await shown(live, hits)).toEqual(['1-1 f: package a'])
    renameSync(path.join(folder, 'src'), path.join(outside, 'src'))
    for (const target of ['', 'src']) {
      symlinkSync(path.join(outside, target), path.join(folder, 'src'), 'junction')
      await sleep(30)
      for (const each of [live, new LiveText(folder, { maxBlockedMs: 0 })]) expect(await shown(each, hits)).toEqual([])
      rmSync(path.join(folder, 'src'))
    }
  })

  it('knows the unit around a line of the present text, and its lines in the index', async () => {
    const { live, write } = folderOf()
    expect(await live.unitAt('a.go', 8)).toMatchObject({ name: 'two', startLine: 7, indexed: { startLine: 7 } })
    write(`\n\n${FILE}`)
    expect(await live.unitAt('a.go', 8)).toBeUndefined()
    expect(await live.unitAt('a.go', 9, 10)).toMatchObject({ name: 'two', startLine: 9, indexed: { startLine: 7 } })
    expect(await live.unitAt('b.go', 1)).toBeUndefined()
  })
})
