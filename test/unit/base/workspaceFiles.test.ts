import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readRegularFile, readRegularFileSync } from '../../../server/src/base/regularFile.ts'
import { isInside, WorkspaceFiles } from '../../../server/src/base/workspaceFiles.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const onPosix = describe.skipIf(process.platform === 'win32')

let area: string
let root: string

beforeEach(() => {
  area = realpathSync(mkdtempSync(path.join(tmpdir(), 'lateral-files-')))
  root = path.join(area, 'root')
  writeFiles(area, {
    'root/a.ts': 'inside\n',
    'root/src/deep/b.ts': 'deep é\n',
    'outside/a.ts': 'SECRET\n',
    'outside/deep/b.ts': 'SECRET\n',
  })
})
afterEach(() => rmSync(area, { recursive: true, force: true }))

/** Whatever way a file is read, and by whatever means of the system the way to it is proven, the answer is the same. */
async function check(relative: string, expected: string, maxBytes = 1000): Promise<void> {
  for (const asksDescriptors of [process.platform === 'linux', false]) {
    const files = new WorkspaceFiles(root, asksDescriptors)
    const text = files.readTextSync(relative, maxBytes)
    const bytes = files.readSync(relative, maxBytes)
    const later = await files.read(relative, maxBytes)
    expect(typeof text === 'string' ? text : text.text).toBe(expected)
    expect(typeof bytes === 'string' ? bytes : bytes.bytes.toString()).toBe(expected)
    expect(typeof later === 'string' ? later : later.bytes.toString()).toBe(expected)
  }
}

describe('WorkspaceFiles', () => {
  it('reads regular files, with what is known of them', async () => {
    await check('a.ts', 'inside\n')
    await check('src/deep/b.ts', 'deep é\n')
    const content = new WorkspaceFiles(root).readSync('a.ts', 100)
    expect(content).toMatchObject({ stats: { size: 7 } })
    expect(new WorkspaceFiles(root).statSync('a.ts')).toMatchObject({ size: 7 })
  })

  it('names what is not there, no file or too large', async () => {
    await check('none.ts', 'gone')
    await check('a.ts/b', 'gone')
    await check('src', 'not-a-file')
    await check('a.ts', 'too-large', 6)
    await check('a.ts', 'inside\n', 7)
    truncateSync(path.join(root, 'a.ts'), 2 ** 40)
    await check('a.ts', 'too-large')
  })

  it('never leaves the folder by its words', async () => {
    for (const way of [
      '../outside/a.ts',
      'src/../../outside/a.ts',
      path.join(area, 'outside/a.ts'),
      '',
      '.',
      'a.ts/',
    ]) {
      await check(way, 'outside')
      expect(new WorkspaceFiles(root).statSync(way)).toBe('outside')
    }
    await check('src\0/a.ts', 'outside')
    expect(isInside('..a/...b/.c')).toBe(true)
  })

  it('takes any text for a path, and answers only from inside', async () => {
    const part = fc.constantFrom('..', '.', '', 'src', 'deep', 'a.ts', 'b.ts', 'outside', '\0', '\\', '~', 'é')
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const files = new WorkspaceFiles(root)
        const answers = [files.readSync(parts.join('/'), 100), await files.read(parts.join('/'), 100)]
        for (const answer of answers)
          expect(typeof answer === 'string' ? '' : answer.bytes.toString()).not.toMatch('SECRET')
      }),
    )
  })
})

onPosix('What a strange folder may hold', () => {
  it('is no way out, and links inside are not followed either', async () => {
    symlinkSync(path.join(area, 'outside/a.ts'), path.join(root, 'out.ts'))
    symlinkSync('a.ts', path.join(root, 'in.ts'))
    symlinkSync('loop', path.join(root, 'loop'))
    symlinkSync(path.join(area, 'outside'), path.join(root, 'folder'))
    symlinkSync('src', path.join(root, 'same'))
    symlinkSync('/dev/zero', path.join(root, 'zero'))
    symlinkSync('/proc/self/environ', path.join(root, 'environ'))
    for (const link of ['out.ts', 'in.ts', 'loop', 'folder', 'zero', 'environ', 'same/deep/b.ts'])
      await check(link, 'link')
    await check('folder/a.ts', 'outside')
    await check('folder/deep/b.ts', 'outside')
    expect(new WorkspaceFiles(root).statSync('folder/a.ts')).toBe('outside')
    expect(await new WorkspaceFiles(root).list('folder')).not.toBeInstanceOf(Array)
  })

  it('is not waited for: FIFOs, sockets, devices', async () => {
    execFileSync('mkfifo', [path.join(root, 'fifo')])
    await check('fifo', 'not-a-file')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path.join(root, 'socket'), resolve))
    try {
      await check('socket', 'not-a-file')
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    if (process.getuid?.() !== 0) return
    execFileSync('mknod', [path.join(root, 'device'), 'c', '1', '5'])
    await check('device', 'not-a-file')
  })

  it('leads nowhere once a folder on the way becomes a link', async () => {
    for (const asksDescriptors of [process.platform === 'linux', false]) {
      const files = new WorkspaceFiles(root, asksDescriptors)
      expect(files.readTextSync('src/deep/b.ts', 100)).toMatchObject({ text: 'deep é\n' })
      renameSync(path.join(root, 'src'), path.join(root, 'kept'))
      symlinkSync(path.join(area, 'outside'), path.join(root, 'src'))
      expect(files.readTextSync('src/deep/b.ts', 100)).toBe('outside')
      expect(files.readSync('src/deep/b.ts', 100)).toBe('outside')
      expect(await files.read('src/deep/b.ts', 100)).toBe('outside')
      expect(await files.list('src/deep')).toBe('outside')
      await new Promise((resolve) => setTimeout(resolve, 30))
      expect(files.statSync('src/deep/b.ts')).toBe('outside')
      unlinkSync(path.join(root, 'src'))
      renameSync(path.join(root, 'kept'), path.join(root, 'src'))
    }
  })

  it('counts as left where the root itself becomes a link, and may be a link from the start', async () => {
    const files = new WorkspaceFiles(root)
    renameSync(root, path.join(area, 'kept'))
    symlinkSync(path.join(area, 'outside'), root)
    await check('a.ts', 'outside')
    expect(files.readSync('a.ts', 100)).toBe('outside')
    expect(await files.list('')).toBe('outside')
    expect(new WorkspaceFiles(realpathSync(root)).readTextSync('a.ts', 100)).toMatchObject({ text: 'SECRET\n' })
  })

  it('lists folders', async () => {
    for (const asksDescriptors of [process.platform === 'linux', false]) {
      const files = new WorkspaceFiles(root, asksDescriptors)
      const names = async (folder: string) => {
        const entries = await files.list(folder)
        return typeof entries === 'string' ? entries : entries.map((entry) => `${entry.name} ${entry.isDirectory()}`)
      }
      expect(await names('')).toEqual(['a.ts false', 'src true'])
      expect(await names('src/deep')).toEqual(['b.ts false'])
      expect(await names('none')).toBe('gone')
      expect(await names('../outside')).toBe('outside')
    }
  })

  it('is never read from outside while a thread exchanges a folder for a link', async () => {
    mkdirSync(path.join(root, 'other/deep'), { recursive: true })
    const worker = new Worker(HAMMER, { eval: true, workerData: { root, outside: path.join(area, 'outside') } })
    try {
      await new Promise((resolve) => worker.once('message', resolve))
      const files = new WorkspaceFiles(root)
      const seen = new Set<string>()
      for (const untilMs = performance.now() + 700; performance.now() < untilMs; ) {
        const answers = [files.readTextSync('src/deep/b.ts', 100), await files.read('src/deep/b.ts', 100)]
        const entries = await files.list('src')
        if (typeof entries !== 'string') expect(entries.map((entry) => entry.name)).not.toContain('a.ts')
        for (const each of answers) {
          seen.add(typeof each === 'string' ? each : 'text' in each ? each.text : each.bytes.toString())
        }
      }
      expect([...seen].filter((each) => each.includes('SECRET'))).toEqual([])
      expect([...seen]).toContain('deep é\n')
    } finally {
      await worker.terminate()
    }
  })
})

onPosix('readRegularFile', () => {
  it('follows links to a regular file, and to nothing else', async () => {
    symlinkSync(path.join(area, 'outside/a.ts'), path.join(root, 'out.ts'))
    symlinkSync('/dev/zero', path.join(root, 'zero'))
    execFileSync('mkfifo', [path.join(root, 'fifo')])
    const both = async (name: string, maxBytes = 100) => {
      const answers = [
        readRegularFileSync(path.join(root, name), maxBytes),
        await readRegularFile(path.join(root, name), maxBytes),
      ].map((each) => (typeof each === 'string' ? each : each.bytes.toString()))
      expect(answers[1]).toBe(answers[0])
      return answers[0]
    }
    expect(await both('out.ts')).toBe('SECRET\n')
    expect(await both('out.ts', 3)).toBe('too-large')
    expect(await both('zero')).toBe('not-a-file')
    expect(await both('fifo')).toBe('not-a-file')
    expect(await both('src')).toBe('not-a-file')
    expect(await both('none')).toBe('gone')
  })
})

const HAMMER = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  const { root, outside } = workerData
  parentPort.postMessage('started')
  for (;;) {
    renameSync(root + '/src', root + '/kept')
    symlinkSync(outside, root + '/src')
    unlinkSync(root + '/src')
    renameSync(root + '/kept', root + '/src')
  }
`
