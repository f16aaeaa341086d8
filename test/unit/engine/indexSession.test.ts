import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { createHarness, type SessionHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { recordingLog } from '../index/support.ts'

const FILES = {
  'net/retry.go': 'package net\n\nfunc Retry() {\n\tconnect()\n\tbackoff()\n}\n',
  'auth/password.go': 'package auth\n\nfunc HashPassword() {\n\tbcrypt()\n\tsalt()\n}\n',
}

/** An index of `FILES`, closed, with a second harness on it whose log is recorded. */
async function built() {
  const first = await createHarness()
  writeFiles(first.folder, FILES)
  await first.update()
  first.session.close()
  const { folder, directory } = first
  const filesBelow = (extension: string) =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(extension))
      .map((file) => path.join(directory, file))
  const reopened = async () => {
    const { log, lines } = recordingLog()
    const harness = await createHarness({ folder, directory, log })
    return { harness, errors: () => lines.filter((line) => line.startsWith('error')) }
  }
  return { filesBelow, reopened, folder, directory }
}
const topName = async (harness: SessionHarness, query: string) => (await harness.search(query))[0]?.name
const flipLastByte = (file: string) => {
  const bytes = readFileSync(file)
  bytes[bytes.length - 20]! ^= 1
  writeFileSync(file, bytes)
}

describe('a search in a session', () => {
  it('says what scores are made of where it is asked to', async () => {
    const harness = await createHarness()
    writeFiles(harness.folder, FILES)
    await harness.update()
    const params = {
      query: 'connect backoff',
      limit: 5,
      mode: 'all',
      nIvfProbe: 8,
      nFullScores: 4096,
      rows: {},
    } as const
    expect(harness.session.search(params)[0]).not.toHaveProperty('signals')
    const [plain, signed] = [params, { ...params, withSignals: true }].map((each) => harness.session.search(each))
    expect(signed![0]!.signals).toHaveProperty('lexical')
    expect(signed!.map(({ signals: _, ...hit }) => hit)).toEqual(plain)
  })
})

describe('a damaged index', () => {
  /** What was done to a file is named in the log; the next build makes it whole, encoding `encodes` or nothing. */
  async function check(extension: string, damage: (file: string) => void, encodes: 'all' | 'nothing') {
    const index = await built()
    const [victim] = index.filesBelow(extension)
    damage(victim!)
    const { harness, errors } = await index.reopened()
    expect(errors().join('\n')).toContain(path.basename(victim!))
    const report = await harness.update()
    expect(report.nUnitsEncoded > 0).toBe(encodes === 'all')
    expect(await topName(harness, 'bcrypt salt')).toBe('HashPassword')
    expect(harness.session.stats()).toMatchObject({ nFiles: 2, nPendingFiles: 0 })
    harness.session.close()
    const third = await index.reopened()
    expect(third.errors()).toEqual([])
    expect(await third.harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
  }

  it('encodes a damaged vector segment again', () => check('.vec', flipLastByte, 'all'))
  it('encodes a missing vector segment again', () => check('.vec', (file) => rmSync(file), 'all'))
  it('trains a damaged codec again', () => check('.codec', flipLastByte, 'all'))
  it('trains a missing codec again', () => check('.codec', (file) => rmSync(file), 'all'))
  it('reads the words of a damaged lexical segment again', () => check('.lex', flipLastByte, 'nothing'))
  it('reads the words of a missing lexical segment again', () => check('.lex', (file) => rmSync(file), 'nothing'))
  it('scans again for a damaged catalog', () =>
    check('.sqlite', (file) => writeFileSync(file, Buffer.alloc(20_000, 'x')), 'nothing'))
  it('scans again for a catalog that was cut short', () =>
    check('.sqlite', (file) => truncateSync(file, 5000), 'nothing'))

  it.each(['lexical', 'vectors-'])('makes the store of a damaged manifest again: %s', async (store) => {
    const index = await built()
    for (const file of index.filesBelow('manifest.json')) if (file.includes(store)) writeFileSync(file, '{}')
    const { harness, errors } = await index.reopened()
    expect(errors()).toEqual([expect.stringContaining('manifest.json')])
    await harness.update()
    expect(await topName(harness, 'bcrypt salt')).toBe('HashPassword')
  })

  it('is left alone where it is newer, and the right to write is given back', async () => {
    const index = await built()
    for (const file of index.filesBelow('manifest.json')) writeFileSync(file, '{"formatVersion": 99, "segments": []}')
    await expect(index.reopened()).rejects.toMatchObject({ code: 'E_INDEX_FORMAT' })
    expect(index.filesBelow('.vec')).not.toEqual([])
    const lock = WriterLock.tryAcquire(index.directory)
    expect(lock).toBeDefined()
    lock?.release()
  })
})

describe('two sessions on one index', () => {
  async function pair() {
    const writer = await createHarness()
    writeFiles(writer.folder, FILES)
    const { folder, directory } = writer
    const reader = await createHarness({ folder, directory })
    return { writer, reader, folder }
  }

  it('have one writer; the other sees what it commits', async () => {
    const { writer, reader, folder } = await pair()
    await expect(reader.update()).rejects.toMatchObject({
      code: 'E_LOCKED',
      message: expect.stringContaining('process'),
    })
    await writer.update()
    expect(reader.session.stats()).toMatchObject({ nFiles: 2, isWriter: false })
    expect(await topName(reader, 'bcrypt salt')).toBe('HashPassword')
    writeFiles(folder, { 'net/retry.go': FILES['net/retry.go'].replace('\n\n', '\n\n\n\n') })
    await writer.update()
    expect((await reader.search('connect backoff'))[0]).toMatchObject({ name: 'Retry', nameLine: 5 })
    expect(reader.session.unitAt({ path: 'net/retry.go', line: 6 })).toEqual({ name: 'Retry', nameLine: 5 })
  })

  it('pass the right to write on when one closes', async () => {
    const { writer, reader } = await pair()
    await writer.update()
    writer.session.close()
    expect(await reader.update()).toMatchObject({ nUnitsEncoded: 0 })
    expect(reader.session.stats().isWriter).toBe(true)
  })
})

describe('a session', () => {
  it('cannot be used before it is open or after it is closed', async () => {
    const harness = await createHarness()
    harness.session.close()
    harness.session.close()
    expect(() => harness.session.stats()).toThrow('not open')
    expect(() => harness.session.acquireWriter()).toThrow('not open')
  })

  it('gives the right to write back though its last commit fails', async () => {
    const directory = path.join(temporaryFolder(), 'index')
    const harness = await createHarness({ directory })
    writeFiles(harness.folder, FILES)
    await harness.update()
    harness.session.applyFiles({ files: [], removed: [] })
    const { space, key } = { space: 'code' as const, key: 'k'.repeat(22) }
    harness.session.putVectors({ space, keys: [key], rows: [new Float32Array(32).fill(Math.sqrt(1 / 32))] })
    rmSync(path.join(directory, readdirSync(directory).find((name) => name.startsWith('vectors-'))!), {
      recursive: true,
    })
    expect(() => harness.session.close()).toThrow(/a folder is not there/)
    const lock = WriterLock.tryAcquire(directory)
    expect(lock).toBeDefined()
    lock?.release()
  })

  it('shows the right units after its table was laid out afresh', async () => {
    const harness = await createHarness()
    const fileOf = (swap: boolean) => {
      const lines = Array.from({ length: 2500 }, (_, i) => `func Name${i}Of() {\n\tword${i}()\n\tother${i}()\n}\n`)
      return `package a\n\n${(swap ? lines.reverse() : lines).join('\n')}`
    }
    writeFiles(harness.folder, { 'a.go': fileOf(false) })
    await harness.update()
    for (let i = 1; i < 12; i++) {
      writeFiles(harness.folder, { 'a.go': fileOf(i % 2 === 1) })
      await harness.update({ paths: ['a.go'] })
      await harness.search('word7 other7')
    }
    expect((await harness.search('word7 other7'))[0]).toMatchObject({
      name: 'Name7Of',
      startLine: 2500 * 5 - 7 * 5 - 2,
    })
  }, 30_000)
})
