import { renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Chunker, chunkWithoutParser, createChunker } from '../../../server/src/chunk/chunker.ts'
import { diskFull } from '../../../server/src/contract/errorCodes.ts'
import type { PipelineProgress } from '../../../server/src/ingest/pipeline.ts'
import { createHarness, type SessionHarness } from '../../support/sessionHarness.ts'
import { strangeFiles } from '../../support/strangeFiles.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const func = (name: string, ...words: string[]) =>
  `func ${name}() {\n${words.map((word) => `\t${word}()\n\tsteps = append(steps, ${word})`).join('\n')}\n\treturn\n}\n`
const FILES = {
  'net/retry.go': `package net\n\n${func('Retry', 'connect', 'backoff')}`,
  'auth/password.go': `package auth\n\n${func('HashPassword', 'bcrypt', 'salt')}\n${func('Verify', 'compare', 'digest')}`,
  'README.md': '# Sample\n\nColours of the chart are chosen by hand.\n',
}
const withFiles = async (options: Parameters<typeof createHarness>[0] = {}) => {
  const harness = await createHarness(options)
  writeFiles(harness.folder, FILES)
  return harness
}
const topPath = async (harness: SessionHarness, query: string) => (await harness.search(query))[0]?.path
const pathsFound = async (harness: SessionHarness, query: string) =>
  (await harness.search(query)).map((hit) => hit.path)

describe('updateIndex', () => {
  it('indexes a folder, and finds nothing to do the second time', async () => {
    const harness = await withFiles()
    const first = await harness.update()
    expect(first).toMatchObject({ nFiles: 3, nFilesChanged: 3, nFilesRemoved: 0, skipped: [] })
    expect(first.nUnitsEncoded).toBeGreaterThan(3)
    expect(await topPath(harness, 'bcrypt salt')).toBe('auth/password.go')
    expect(await harness.update()).toMatchObject({ nFiles: 3, nFilesChanged: 0, nUnitsEncoded: 0, nTokensEncoded: 0 })
    harness.reopen()
    expect(await harness.update()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
    expect(await topPath(harness, 'bcrypt salt')).toBe('auth/password.go')
  })

  it('encodes what an edit changed, and no more', async () => {
    const harness = await withFiles()
    await harness.update()
    const before = harness.encoded.length
    writeFiles(harness.folder, {
      'auth/password.go': `${FILES['auth/password.go']}\n${func('Pepper', 'argon', 'mill')}`,
    })
    expect(await harness.update({ paths: ['auth/password.go'] })).toMatchObject({ nFilesChanged: 1, nUnitsEncoded: 1 })
    expect(harness.encoded.slice(before)).toEqual([expect.stringContaining('func Pepper')])
    expect((await harness.search('argon mill'))[0]).toMatchObject({ path: 'auth/password.go', name: 'Pepper' })
  })

  it.skipIf(process.platform === 'win32')(
    'passes over whatever is no file, also where one was, and says so',
    async () => {
      for (const { name, reason, put } of strangeFiles()) {
        const harness = await withFiles()
        await harness.update()
        put(path.join(harness.folder, 'auth/password.go'))
        await harness.update()
        expect([name, await pathsFound(harness, 'bcrypt salt')]).toEqual([
          name,
          expect.not.arrayContaining(['auth/password.go']),
        ])
        if (reason) expect([name, harness.session.stats().skipped]).toEqual([name, { [reason]: 1 }])
        rmSync(path.join(harness.folder, 'auth/password.go'), { recursive: true })
        writeFiles(harness.folder, FILES)
        harness.session.close()
        harness.reopen()
        await harness.update()
        expect([name, await topPath(harness, 'bcrypt salt')]).toEqual([name, 'auth/password.go'])
        expect(harness.session.stats().skipped).toEqual({})
      }
    },
  )

  it('encodes no body of a file that was renamed or moved', async () => {
    const harness = await withFiles()
    await harness.update()
    renameSync(path.join(harness.folder, 'auth'), path.join(harness.folder, 'login'))
    const report = await harness.update()
    expect(report).toMatchObject({ nFilesChanged: 1, nFilesRemoved: 1, nUnitsEncoded: 0 })
    expect(report.nTokensEncoded).toBeGreaterThan(0)
    expect(await pathsFound(harness, 'bcrypt salt')).not.toContain('auth/password.go')
    expect(await topPath(harness, 'bcrypt salt')).toBe('login/password.go')
  })

  it('looks no further than at a new time where the content is the same', async () => {
    const harness = await withFiles()
    await harness.update()
    utimesSync(path.join(harness.folder, 'README.md'), 1000, 1000)
    expect(await harness.update()).toMatchObject({ nFilesChanged: 0 })
    expect(harness.session.files({ paths: ['README.md'] })[0]).toMatchObject({ mtimeMs: 1_000_000 })
  })

  it('sees an edit that left size and time as they were', async () => {
    const harness = await withFiles()
    await harness.update()
    const file = path.join(harness.folder, 'net/retry.go')
    const { atime, mtime } = statSync(file)
    await sleep(20)
    writeFiles(harness.folder, { 'net/retry.go': FILES['net/retry.go'].replace('Retry', 'Again') })
    utimesSync(file, atime, mtime)
    expect(await harness.update()).toMatchObject({ nFilesChanged: 1 })
    expect(harness.units()).toContain('net/retry.go:3 Again')
  })

  it('reads a file again once where its index does not know its change time, or has its inode made up', async () => {
    const harness = await withFiles()
    await harness.update()
    const [row] = harness.session.files({ paths: ['README.md'] })
    // It changed just before it was read.
    expect(row!.ctimeMs).toBeUndefined()
    const later = Date.now() + 10_000
    await harness.update({ now: () => later })
    const [known] = harness.session.files({ paths: ['README.md'] })
    expect(known).toMatchObject({ ctimeMs: expect.any(Number), inode: row!.inode })
    harness.session.touchFiles([{ ...known!, inode: 7 }])
    expect(await harness.update({ now: () => later })).toMatchObject({ nFilesChanged: 0 })
    expect(harness.session.files({ paths: ['README.md'] })[0]).toMatchObject({ inode: 0 })
  })

  it('forgets a deleted file, and a deleted folder', async () => {
    const harness = await withFiles()
    await harness.update()
    rmSync(path.join(harness.folder, 'auth'), { recursive: true })
    expect(await harness.update({ paths: ['auth'] })).toMatchObject({ nFilesRemoved: 1 })
    expect(await pathsFound(harness, 'bcrypt salt')).not.toContain('auth/password.go')
    for (const name of ['net', 'README.md']) rmSync(path.join(harness.folder, name), { recursive: true })
    expect(await harness.update()).toMatchObject({ nFiles: 0, nFilesRemoved: 2, nUnitsEncoded: 0 })
    expect(harness.session.stats()).toMatchObject({ nFiles: 0, nUnits: 0, nPendingFiles: 0 })
  })

  it('has nothing to say of an empty folder', async () => {
    const harness = await createHarness()
    expect(await harness.update()).toMatchObject({ nFiles: 0, nUnitsEncoded: 0, skipped: [] })
    expect(await harness.search('anything')).toEqual([])
  })

  it('makes the first file of a folder findable by meaning', async () => {
    const harness = await createHarness()
    await harness.update()
    writeFiles(harness.folder, { 'net/retry.go': FILES['net/retry.go'] })
    await harness.update({ paths: ['net/retry.go'] })
    expect(harness.session.stats()).toMatchObject({ needsTraining: false, nPendingFiles: 0 })
    expect((await harness.search('backoff'))[0]!.signals).toHaveProperty('semantic')
  })

  it('says at every run what cannot be searched, and why', async () => {
    const harness = await createHarness()
    writeFiles(harness.folder, {
      'ok.go': FILES['net/retry.go'],
      'bytes.go': Uint8Array.from({ length: 300 }, (_, i) => i % 7),
      'latin.go': Uint8Array.of(...Buffer.from('package a // '), 0xe9, 0xff, 0x20, 0xe8, 0x0a),
      'huge.go': Buffer.alloc(5 * 1024 * 1024, 'word '),
      'logo.png': Uint8Array.of(1, 2, 3),
    })
    const outcomes = [
      { path: 'bytes.go', outcome: 'binary' },
      { path: 'huge.go', outcome: 'too-large' },
      { path: 'latin.go', outcome: 'not-utf8' },
      { path: 'logo.png', outcome: 'binary' },
    ]
    const skippedBy = async (given = {}) =>
      (await harness.update(given)).skipped.sort((a, b) => (a.path < b.path ? -1 : 1))
    expect(await skippedBy()).toEqual(outcomes)
    expect(await skippedBy()).toEqual(outcomes)
    expect(await skippedBy({ paths: ['latin.go', 'huge.go'] })).toEqual([outcomes[1], outcomes[2]])
    writeFiles(harness.folder, { 'latin.go': FILES['net/retry.go'] })
    expect(await skippedBy()).toEqual(outcomes.filter((each) => each.path !== 'latin.go'))
  })

  it('forgets a file that went between scan and reading', async () => {
    const harness = await withFiles()
    await harness.update()
    writeFiles(harness.folder, { 'README.md': '# Other\n' })
    const onProgress = ({ nFiles }: PipelineProgress) => {
      if (nFiles > 0) rmSync(path.join(harness.folder, 'README.md'), { force: true })
    }
    expect(await harness.update({ onProgress })).toMatchObject({ nFilesChanged: 0, nFilesRemoved: 1 })
    expect(harness.session.files({ paths: ['README.md'] })).toEqual([])
  })

  it('reports phases in order and counts that only grow', async () => {
    const harness = await withFiles()
    const seen: PipelineProgress[] = []
    await harness.update({ onProgress: (progress) => seen.push(progress) })
    const phases = ['scanning', 'chunking', 'encoding', 'writing']
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(phases)
    expect(seen.map(({ phase }) => phases.indexOf(phase))).toEqual(
      [...seen.map(({ phase }) => phases.indexOf(phase))].sort(),
    )
    for (const phase of phases) {
      const own = seen.filter((progress) => progress.phase === phase)
      const done = own.map((progress) => progress.nFilesDone)
      expect(done).toEqual([...done].sort((a, b) => a - b))
      for (const { nFiles, nFilesDone, nUnits, nUnitsDone } of own) {
        expect(nFilesDone).toBeLessThanOrEqual(nFiles)
        expect(nUnitsDone).toBeLessThanOrEqual(nUnits)
      }
    }
    expect(seen.at(-1)).toMatchObject({ nFiles: 3, nFilesDone: 3, etaSeconds: 0 })
    const again: PipelineProgress[] = []
    await harness.update({ onProgress: (progress) => again.push(progress) })
    expect(again.at(-1)).toMatchObject({ phase: 'chunking', nFiles: 3, nFilesDone: 3 })
  })
})

/** Many small files, so that there are several batches. */
const manyFiles = (nFiles: number, from = 0) =>
  Object.fromEntries(
    Array.from({ length: nFiles }, (_, i) => [
      `many/f${from + i}.go`,
      `package many\n\n${func(`F${from + i}`, `word${from + i}`)}`,
    ]),
  )

describe('an update that is stopped', () => {
  it('keeps what is done and does the rest at the next run', async () => {
    const controller = new AbortController()
    let nBatches = 0
    const harness = await createHarness({
      beforeEncode: async () => {
        // Four are under way at once: by then two are done.
        if (++nBatches === 6) controller.abort()
        await sleep(1)
      },
    })
    writeFiles(harness.folder, manyFiles(300))
    await expect(harness.update({ signal: controller.signal })).rejects.toMatchObject({ name: 'CancelledError' })
    const nDone = harness.encoded.length
    expect(nDone).toBeGreaterThan(0)
    expect(harness.session.stats()).toMatchObject({ nFiles: 300, nPendingFiles: 300 })
    expect(await topPath(harness, 'word250')).toBe('many/f250.go')
    harness.reopen()
    await harness.update()
    expect(harness.session.stats()).toMatchObject({ nFiles: 300, nPendingFiles: 0 })
    expect(new Set(harness.encoded).size).toBe(harness.encoded.length)
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0 })
  })

  it('ends at once while a file is being cut', async () => {
    const stuck: Chunker = { chunkFile: () => new Promise(() => {}), dispose() {} }
    const harness = await withFiles({ chunker: stuck })
    const controller = new AbortController()
    const update = harness.update({ signal: controller.signal })
    setTimeout(() => controller.abort(), 50)
    await expect(update).rejects.toMatchObject({ name: 'CancelledError' })
  })

  /** A run that is stopped before anything is encoded, so that the next one has to cut every file again. */
  async function stoppedBeforeEncoding(options: Parameters<typeof createHarness>[0] = {}) {
    const harness = await withFiles(options)
    const controller = new AbortController()
    const gate = async () => controller.abort()
    await expect(harness.update({ signal: controller.signal, gate })).rejects.toThrow('Cancelled')
    expect(harness.encoded).toEqual([])
    return harness
  }

  it('follows a file that changes between its two passes', async () => {
    const harness = await stoppedBeforeEncoding()
    const onProgress = ({ phase, nFilesDone }: PipelineProgress) => {
      if (phase !== 'encoding' || nFilesDone > 0) return
      writeFiles(harness.folder, { 'net/retry.go': `package net\n\n${func('Dial', 'socket')}` })
      rmSync(path.join(harness.folder, 'README.md'))
    }
    await harness.update({ onProgress })
    expect(harness.units()).toContain('net/retry.go:3 Dial')
    expect(await topPath(harness, 'socket')).toBe('net/retry.go')
    expect(await harness.update()).toMatchObject({ nFilesRemoved: 1, nFilesChanged: 0, nUnitsEncoded: 0 })
    expect(harness.session.stats()).toMatchObject({ nPendingFiles: 0 })
  })

  it('is finished by a chunker that cuts otherwise', async () => {
    let isOld = true
    const grammarsDirectory = path.resolve(import.meta.dirname, '../../../server/dist/grammars')
    const own = await createChunker({ grammarsDirectory })
    const chunker: Chunker = {
      chunkFile: (file, bytes) => (isOld ? chunkWithoutParser(file, bytes) : own.chunkFile(file, bytes)),
      dispose: () => own.dispose(),
    }
    const harness = await stoppedBeforeEncoding({ chunker })
    isOld = false
    await harness.update()
    expect(harness.session.stats()).toMatchObject({ nPendingFiles: 0 })
    expect(harness.session.files({ paths: ['net/retry.go'] })[0]).toMatchObject({ outcome: 'ok' })
  })
})

describe('encoding', () => {
  it('has several batches under way, but not many, and lets saves go first', async () => {
    let nUnderWay = 0
    let most = 0
    const urgent: unknown[] = []
    const harness = await createHarness({
      beforeEncode: async (_, options) => {
        urgent.push(options.urgent)
        most = Math.max(most, ++nUnderWay)
        await sleep(10)
        nUnderWay--
      },
    })
    writeFiles(harness.folder, manyFiles(400))
    await harness.update()
    expect(most).toBe(4)
    expect(urgent).not.toContain(true)
    writeFiles(harness.folder, manyFiles(1, 1000))
    await harness.update({ paths: ['many/f1000.go'] })
    expect(urgent.at(-1)).toBe(true)
  })

  it('waits at the gate', async () => {
    const harness = await withFiles()
    let open = () => {}
    const gate = () => new Promise<void>((resolve) => (open = resolve))
    const update = harness.update({ gate })
    await sleep(100)
    expect(harness.encoded).toEqual([])
    expect(await topPath(harness, 'bcrypt')).toBe('auth/password.go')
    const opening = setInterval(() => open(), 5)
    await update
    clearInterval(opening)
    expect(harness.encoded.length).toBeGreaterThan(0)
  })

  it.each(['putVectors', 'applyFiles', 'train', 'commit'] as const)('ends with the failure of %s', async (method) => {
    let isFull = true
    const harness = await withFiles({
      beforeCall: (called) => {
        if (isFull && called === method) throw diskFull('/index')
      },
    })
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_DISK_FULL' })
    await harness.search('bcrypt')
    isFull = false
    await harness.update()
    expect(await topPath(harness, 'bcrypt')).toBe('auth/password.go')
    expect(harness.session.stats()).toMatchObject({ nPendingFiles: 0 })
  })

  it('encodes no further once the index cannot take more', async () => {
    const harness = await createHarness({
      beforeCall: (called) => {
        if (called === 'putVectors') throw diskFull('/index')
      },
      beforeEncode: async () => sleep(10),
    })
    // Half of the texts, since the failure arrives while others are under way.
    writeFiles(harness.folder, manyFiles(1800))
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_DISK_FULL' })
    expect(harness.encoded.length).toBeLessThan(1800)
  })

  it('ends with the failure of the encoder, without waiting for it at every batch', async () => {
    let nBatches = 0
    const harness = await createHarness({
      beforeEncode: () => {
        nBatches++
        throw new Error('out of order')
      },
    })
    writeFiles(harness.folder, manyFiles(600))
    await expect(harness.update()).rejects.toThrow('out of order')
    expect(nBatches).toBeLessThan(6)
  })
})

describe('two updates at once', () => {
  it('leave training to the one that has the whole corpus', async () => {
    let go = () => {}
    const held = new Promise<void>((resolve) => (go = resolve))
    let isFirst = true
    const harness = await createHarness({
      beforeEncode: async () => {
        const waits = isFirst
        isFirst = false
        if (waits) await held
      },
    })
    writeFiles(harness.folder, manyFiles(200))
    const full = harness.update()
    while (isFirst) await sleep(5)
    writeFiles(harness.folder, FILES)
    await harness.update({ paths: Object.keys(FILES) })
    expect(harness.session.stats().needsTraining).toBe(true)
    expect(await topPath(harness, 'bcrypt')).toBe('auth/password.go')
    go()
    await full
    expect(harness.session.stats()).toMatchObject({ needsTraining: false, nPendingFiles: 0, nFiles: 203 })
  })

  it('give the last word to the one that reads a file later', async () => {
    const grammarsDirectory = path.resolve(import.meta.dirname, '../../../server/dist/grammars')
    const own = await createChunker({ grammarsDirectory })
    let reading = () => {}
    const isReading = new Promise<void>((resolve) => (reading = resolve))
    let nCalls = 0
    const chunker: Chunker = {
      async chunkFile(file, bytes) {
        reading()
        if (nCalls++ === 0) await sleep(60)
        return own.chunkFile(file, bytes)
      },
      dispose: () => own.dispose(),
    }
    const harness = await createHarness({ chunker })
    writeFiles(harness.folder, { 'a.go': `package a\n\n${func('Old', 'before')}` })
    const full = harness.update()
    await isReading
    writeFiles(harness.folder, { 'a.go': `package a\n\n${func('New', 'after')}` })
    await Promise.all([full, harness.update({ paths: ['a.go'] })])
    expect(harness.units()).toContain('a.go:3 New')
  })

  it('do not remove what the other has found again', async () => {
    let onFiles = () => {}
    const harness = await withFiles({ beforeCall: (method) => method === 'files' && onFiles() })
    await harness.update()
    rmSync(path.join(harness.folder, 'README.md'))
    let nCalls = 0
    onFiles = () => {
      // After the scan has missed it, an update has seen the file come back.
      if (++nCalls === 2) harness.session.touchFiles([{ path: 'README.md', sizeBytes: 9, mtimeMs: 9 }])
    }
    expect(await harness.update()).toMatchObject({ nFilesRemoved: 0 })
    expect(harness.session.files({ paths: ['README.md'] })).toHaveLength(1)
  })
})
