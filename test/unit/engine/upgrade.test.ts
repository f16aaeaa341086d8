import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Encoder } from '../../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { storeDirectory } from '../../../server/src/engine/openParts.ts'
import type { PipelineProgress } from '../../../server/src/ingest/pipeline.ts'
import { createHarness, type HarnessOptions, type SessionHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const OLD = createFakeEncoder({ dim: 32 })
const NEW = createFakeEncoder({ dim: 48 })
const both = (encoder: Encoder) => ({ code: encoder, docs: encoder })

const N_FILES = 160
const wordOf = (i: number) => `${'bcdfghjklm'[i % 10]}${'aeiou'[i % 5]}${'npqrst'[i % 6]}a${'vwxz'[i % 4]}o`
const FILES = Object.fromEntries(
  Array.from({ length: N_FILES }, (_, i) => [
    `src/file${i}.ts`,
    `export function ${wordOf(i)}${i}() {\n  return courier.dispatch('${wordOf(i + 7)}')\n}\n`,
  ]),
)

/** An index that the old model has seen all of, opened with the new one. */
async function opened(options: HarnessOptions = {}): Promise<SessionHarness> {
  const first = await createHarness({ encoders: both(OLD) })
  writeFiles(first.folder, FILES)
  await first.update()
  first.session.close()
  const { folder, directory } = first
  return again({ folder, directory, ...options })
}

const again = (options: HarnessOptions) => createHarness({ encoders: both(NEW), previous: both(OLD), ...options })

/** An upgrade that is given up once so many texts were encoded. */
async function interrupted(harness: SessionHarness, nTexts: number): Promise<void> {
  const stop = new AbortController()
  const onProgress = () => harness.encoded.length >= nTexts && stop.abort()
  await expect(harness.upgrade({ signal: stop.signal, onProgress })).rejects.toThrow()
}

/** Every file is found by meaning, once. */
async function findsAll(harness: SessionHarness): Promise<void> {
  const { session } = harness
  const rows = { rows: { code: await NEW.encodeQuery('courier dispatch') } }
  const previousRows = { code: await OLD.encodeQuery('courier dispatch') }
  const params = { query: 'courier dispatch', limit: 500, mode: 'semantic', nIvfProbe: 64, nFullScores: 4096 } as const
  const paths = session.search({ ...params, ...rows, previousRows }).map((hit) => hit.path)
  expect([...paths].sort()).toEqual(Object.keys(FILES).sort())
}

/** Units that the new model answers for; undefined once it has all. */
const upgraded = (harness: SessionHarness) => harness.session.stats().nUnitsUpgraded

describe('while a model takes over from another', () => {
  it('the old one answers before the new one has seen anything', async () => {
    const harness = await opened()
    expect(harness.session.stats()).toMatchObject({ nUnits: N_FILES, nPendingFiles: 0, nUnitsUpgraded: 0 })
    await harness.update()
    expect(harness.encoded).toEqual([])
    expect((await harness.search(wordOf(3), 'semantic'))[0]?.path).toMatch(/^src\/file/)
    await findsAll(harness)
  })

  it('both answer, each for its own units: none twice, none missing', async () => {
    const harness = await opened()
    const { session } = harness
    // A large folder's codec is trained long before the end.
    const train = session.train.bind(session)
    session.train = (params) => train({ ...params, final: true })
    const counts: number[] = []
    const checks: Promise<void>[] = []
    const onProgress = () => {
      counts.push(upgraded(harness)!)
      checks.push(findsAll(harness))
    }
    await harness.upgrade({ onProgress })
    await Promise.all(checks)
    expect(counts.some((n) => n > 0 && n < N_FILES)).toBe(true)
    await findsAll(harness)
  })

  it('what is edited meanwhile can be found at once, through the old one', async () => {
    const harness = await opened()
    writeFiles(harness.folder, { 'src/file7.ts': 'export function unheardOf() {\n  return zeppelin()\n}\n' })
    await harness.update({ paths: ['src/file7.ts'] })
    expect(harness.encoded.some((text) => text.includes('zeppelin'))).toBe(true)
    expect(harness.session.stats()).toMatchObject({ nPendingFiles: 0, nUnitsUpgraded: 0 })
    expect((await harness.search('zeppelin', 'semantic'))[0]?.path).toBe('src/file7.ts')
    await harness.upgrade()
    expect((await harness.search('zeppelin', 'semantic'))[0]?.path).toBe('src/file7.ts')
  })

  it('files in use are encoded first, the others as they were changed', async () => {
    const harness = await opened()
    const used = ['src/file41.ts', 'src/file12.ts']
    await harness.upgrade({ recent: () => used })
    const bodies = harness.encoded.filter((text) => text.includes('courier'))
    expect(bodies[0]).toContain(`${wordOf(41)}41(`)
    expect(bodies[1]).toContain(`${wordOf(12)}12(`)
  })

  it('progress counts what has been reached, of all units', async () => {
    const harness = await opened()
    await interrupted(harness, 120)
    const seen: PipelineProgress[] = []
    await harness.upgrade({ onProgress: (progress) => seen.push(progress) })
    const counts = seen
      .filter(({ phase }) => phase === 'upgrading')
      .map(({ nUnits, nUnitsDone }) => [nUnitsDone, nUnits])
    expect(counts.every(([done, all]) => all === N_FILES && done! <= N_FILES)).toBe(true)
    expect(counts.at(-1)).toEqual([N_FILES, N_FILES])
  })
})

describe('an upgrade', () => {
  it('encodes everything once, and lets the old model go when nothing is left', async () => {
    const harness = await opened()
    const report = await harness.upgrade()
    expect(report).toMatchObject({ nUnitsEncoded: N_FILES, isComplete: true })
    expect(new Set(harness.encoded).size).toBe(harness.encoded.length)
    expect(upgraded(harness)).toBeUndefined()
    await findsAll(harness)
    const { folder, directory } = harness
    expect(existsSync(storeDirectory(directory, OLD.model.fingerprint))).toBe(true)
    harness.session.close()
    const alone = await createHarness({ folder, directory, encoders: both(NEW) })
    expect((await alone.update()).nUnitsEncoded).toBe(0)
  })

  it('that is stopped goes on where it was, and loses nothing', async () => {
    let harness = await opened()
    let nEncoded = 0
    for (const nTexts of [90, 100]) {
      await interrupted(harness, nTexts)
      nEncoded += harness.encoded.length
      harness.session.close()
      const { folder, directory } = harness
      harness = await again({ folder, directory })
      expect(harness.session.stats()).toMatchObject({ nUnits: N_FILES, nPendingFiles: 0 })
      await findsAll(harness)
    }
    await harness.upgrade()
    nEncoded += harness.encoded.length
    // A body and a context for each file.
    expect(nEncoded).toBe(2 * N_FILES)
    await findsAll(harness)
  })

  it('that is given up for the old model leaves that as it was', async () => {
    const harness = await opened()
    await interrupted(harness, 120)
    harness.session.close()
    const { folder, directory } = harness
    const back = await createHarness({ folder, directory, encoders: both(OLD) })
    expect((await back.update()).nUnitsEncoded).toBe(0)
    back.session.close()
    const forward = await again({ folder, directory })
    await forward.upgrade()
    expect(forward.encoded.length).toBeLessThan(2 * N_FILES)
    await findsAll(forward)
  })

  it('to a third model in the middle of one to the second takes over from the first', async () => {
    const harness = await opened()
    await interrupted(harness, 120)
    harness.session.close()
    const { folder, directory } = harness
    const third = createFakeEncoder({ dim: 24 })
    const other = await again({ folder, directory, encoders: both(third) })
    expect(other.session.stats()).toMatchObject({ nUnits: N_FILES, nPendingFiles: 0, nUnitsUpgraded: 0 })
    await other.upgrade()
    expect(upgraded(other)).toBeUndefined()
    other.session.close()
    const second = await again({ folder, directory, previous: both(third) })
    await second.upgrade()
    expect(second.encoded.length).toBeLessThan(2 * N_FILES)
    await findsAll(second)
  })

  it('of code alone leaves the vectors of documentation alone', async () => {
    const first = await createHarness({ encoders: both(OLD) })
    writeFiles(first.folder, { ...FILES, 'docs/guide.md': '# Guide\n\nHow a courier dispatches parcels.\n' })
    await first.update()
    first.session.close()
    const { folder, directory } = first
    const harness = await again({ folder, directory, encoders: { code: NEW, docs: OLD } })
    expect(harness.session.stats().nUnitsUpgraded).toBe(1)
    await harness.upgrade()
    expect(harness.encoded.some((text) => text.includes('parcels'))).toBe(false)
    expect((await harness.search('courier dispatches parcels', 'semantic'))[0]?.path).toBe('docs/guide.md')
  })

  it('leaves the vectors of the old model on disk until their room is wanted', async () => {
    const harness = await opened()
    await harness.upgrade({ unusedLimitBytes: 2 ** 30 })
    const old = storeDirectory(harness.directory, OLD.model.fingerprint)
    expect(existsSync(old)).toBe(true)
    const { sizeBytes, unusedBytes } = harness.session.stats()
    expect(unusedBytes).toBeGreaterThan(0)
    await harness.update({ unusedLimitBytes: 1000 })
    expect(existsSync(old)).toBe(false)
    expect(harness.session.stats()).toMatchObject({ unusedBytes: 0, sizeBytes: sizeBytes - unusedBytes })
    await findsAll(harness)
  })

  it('drops nothing of the old model before it is complete, whatever room that takes', async () => {
    const harness = await opened()
    await interrupted(harness, 120)
    await harness.update({ unusedLimitBytes: 0 })
    expect(harness.session.stats()).toMatchObject({ nPendingFiles: 0, unusedBytes: 0 })
    await findsAll(harness)
  })
})
