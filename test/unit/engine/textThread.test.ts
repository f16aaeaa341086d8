import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contentKey } from '../../../server/src/base/hash.ts'
import { scanTexts, type TextScanAnswer, type TextScanParams } from '../../../server/src/engine/textScan.ts'
import { TextThread } from '../../../server/src/engine/textThread.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { strangeFiles } from '../../support/strangeFiles.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const WORKER = path.resolve(import.meta.dirname, '../../../server/dist/textWorker.js')

/** A folder of texts, and what a scan for the query's conditions in some lines of them needs. */
function textsOf(files: Record<string, string>) {
  const folder = temporaryFolder()
  writeFiles(folder, files)
  const scanOf = (query: string, ...places: string[]): Omit<TextScanParams, 'shared'> => {
    const rows = places.map((place) => place.match(/^(.*):(\d+)-(\d+)$/)!.slice(1))
    const paths = [...new Set(rows.map(([file]) => file!))]
    return {
      folder,
      conditions: parseQuery(query).conditions,
      places: {
        paths,
        contentHashes: paths.map((file) => contentKey(Buffer.from(files[file] ?? ''))),
        stats: [],
        path: Uint32Array.from(rows, ([file]) => paths.indexOf(file!)),
        startLine: Uint32Array.from(rows, ([, start]) => Number(start)),
        endLine: Uint32Array.from(rows, ([, , end]) => Number(end)),
      },
      present: [],
      openTexts: new Map(),
      maxFileSizeBytes: 1_000_000,
      stopAfter: Number.POSITIVE_INFINITY,
      budgetMs: 5000,
    }
  }
  return { folder, scanOf }
}

function threadWith(stuckMs?: number): TextThread {
  const thread = new TextThread(WORKER, stuckMs)
  onTestFinished(() => thread.end())
  return thread
}

const shown = ({ chosen, lines }: TextScanAnswer) => [...chosen].map((i, n) => `${i}@${lines[n]}`).join(' ')
const inProcess = (params: Omit<TextScanParams, 'shared'>, now: () => number = () => 0) =>
  scanTexts({ ...params, shared: new Int32Array(3) }, now)

describe('a scan of texts', () => {
  it('chooses the units whose lines meet the conditions, in their order', () => {
    const scan = textsOf(FILES).scanOf('"retry" -"never"', 'b.go:1-2', 'a.go:1-2', 'a.go:3-4', 'c.go:1-9', 'a.go:9-10')
    expect(shown(inProcess(scan))).toBe('0@2 1@1')
  })

  it.skipIf(process.platform === 'win32')('reads regular files of the folder only', () => {
    for (const { name, put } of strangeFiles()) {
      const { folder, scanOf } = textsOf({ 'a.go': 'retry', 'b.go': 'retry' })
      put(path.join(folder, 'a.go'))
      const scan = scanOf('"retry"', 'a.go:1-1', 'b.go:1-1', '../a.go:1-1', '/etc/hosts:1-1')
      expect([name, shown(inProcess(scan))]).toEqual([name, '1@1'])
    }
  })

  it('can leave out what is around a smaller unit that has the match', () => {
    const { scanOf } = textsOf({ 'a.ts': 'class A {\n  one() {\n    x\n  }\n  two() {\n    x\n  }\n}', 'b.ts': 'x' })
    const places = ['a.ts:1-8', 'a.ts:2-4', 'a.ts:5-7', 'b.ts:1-1']
    const innermost = (query: string, stopAfter = 9) =>
      shown(inProcess({ ...scanOf(query, ...places), innermost: true, stopAfter }))
    expect(innermost('"x"')).toBe('1@3 2@6 3@1')
    expect(innermost('"x"', 1)).toBe('1@3 2@6')
    expect(innermost('"class"')).toBe('0@1')
    expect(innermost('/class|x/')).toBe('0@1 1@3 2@6 3@1')
    expect(innermost('/x/ "two"')).toBe('0@3 2@6')
    expect(innermost('-"two"')).toBe('1@2 3@1')
  })

  it('believes an open text rather than the disk', () => {
    const scan = textsOf(FILES).scanOf('"retry"', 'a.go:1-2', 'b.go:1-2', 'c.go:1-1')
    const openTexts = new Map([
      ['a.go', 'nothing'],
      ['c.go', 'to retry'],
    ])
    expect(shown(inProcess({ ...scan, openTexts }))).toBe('1@2 2@1')
  })

  it('stops when it has enough, and when its time is over', () => {
    const scan = textsOf(FILES).scanOf('"retry"', 'a.go:1-2', 'b.go:1-2', 'a.go:3-4')
    expect(inProcess({ ...scan, stopAfter: 2 })).toMatchObject({ isComplete: true, chosen: Uint32Array.of(0, 1) })
    let ticks = 0
    const answer = inProcess({ ...scan, budgetMs: 2 }, () => ticks++)
    expect(answer).toMatchObject({ isComplete: false, chosen: Uint32Array.of(0, 1) })
  })

  it('answers from a thread as it does here', async () => {
    const thread = threadWith()
    const { scanOf } = textsOf(FILES)
    const scans = ['"retry"', '/^re/', '-"never"'].map((query) => scanOf(query, 'a.go:1-2', 'a.go:3-4', 'b.go:1-2'))
    const answers = await Promise.all(scans.map((scan) => thread.scan(scan)))
    expect(answers).toEqual(scans.map((scan) => inProcess(scan)))
  })
})

describe('the thread that scans texts', () => {
  it('stops an expression that never ends, says which it was, and goes on with the next', async () => {
    const { scanOf } = textsOf({ 'a.txt': `b${'a'.repeat(40)}c`, 'b.txt': 'aab' })
    const thread = threadWith(100)
    const slow = thread.scan(scanOf('"a" /(a+)+$/', 'a.txt:1-1'))
    const next = thread.scan(scanOf('/(a+)+b/', 'b.txt:1-1'))
    await expect(slow).rejects.toMatchObject({ code: 'E_QUERY', message: expect.stringContaining('column 5') })
    expect(shown(await next)).toBe('0@1')
  })

  it('gives up a scan that nobody waits for', async () => {
    const { scanOf } = textsOf({ 'a.txt': `b${'a'.repeat(40)}c`, 'b.txt': 'aab' })
    const thread = threadWith(100)
    const abort = new AbortController()
    const slow = thread.scan(scanOf('/(a+)+$/', 'a.txt:1-1'), abort.signal)
    const queued = thread.scan(scanOf('/a/', 'a.txt:1-1'), abort.signal)
    setTimeout(() => abort.abort(), 20)
    for (const scan of [slow, queued]) await expect(scan).rejects.toMatchObject({ name: 'CancelledError' })
    expect(shown(await thread.scan(scanOf('/a/', 'b.txt:1-1')))).toBe('0@1')
  })
})

const FILES = {
  'a.go': 'retry(x)\nonce\nnever retry\nretry',
  'b.go': 'one\nto retry',
}
