import { linkSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createHarness, type SessionHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const goFile = (name: string, round: number) =>
  `package ${name}\n\n${Array.from({ length: 12 }, (_, i) => `func part${i}Of${name}() {\n\tround${round}step${i}()\n\tend${round}()\n}\n`).join('\n')}`
const filesOf = (round: number) =>
  Object.fromEntries(['net', 'auth', 'draw'].map((name) => [`${name}.go`, goFile(name, round)]))

/** An index of files that were replaced as a whole, twice: what the first rounds had is in no file any more. */
async function churned(options: { limitBytes?: number } = {}): Promise<SessionHarness> {
  const harness = await createHarness()
  for (const round of [1, 2, 3]) {
    writeFiles(harness.folder, filesOf(round))
    await harness.update(options.limitBytes === undefined ? {} : { unusedLimitBytes: options.limitBytes })
  }
  return harness
}
/** What is there is found and complete, also after a restart. */
async function expectWhole(harness: SessionHarness, round = 3): Promise<void> {
  for (const restart of [false, true]) {
    if (restart) harness.reopen()
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
    expect(harness.session.stats()).toMatchObject({ nFiles: 3, nUnits: 36, nPendingFiles: 0 })
    for (const i of [0, 7, 11]) {
      const [hit] = await harness.search(`part${i}Ofauth round${round}step${i}`)
      expect(hit).toMatchObject({ path: 'auth.go', name: `part${i}Ofauth` })
      const [lexical] = harness.session.search({
        query: `part${i}Ofdraw`,
        limit: 1,
        mode: 'lexical',
        nIvfProbe: 8,
        nFullScores: 4096,
        rows: {},
      })
      expect(lexical).toMatchObject({ path: 'draw.go', name: `part${i}Ofdraw` })
    }
  }
}
const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vec|lex)$/.test(file))

describe('texts that are in no file any more', () => {
  it('stay for a quick return while they are within the limit', async () => {
    const harness = await churned({ limitBytes: 2 ** 30 })
    const { unusedBytes, sizeBytes } = harness.session.stats()
    expect(unusedBytes).toBeGreaterThan(sizeBytes / 3)
    writeFiles(harness.folder, filesOf(1))
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 3 })
  })

  it('go where they take more, and only they', async () => {
    const harness = await churned()
    const before = harness.session.stats()
    await harness.update({ unusedLimitBytes: 0 })
    const after = harness.session.stats()
    expect(after.unusedBytes).toBe(0)
    expect(after.sizeBytes).toBeLessThan(before.sizeBytes * 0.7)
    await expectWhole(harness)
    expect(harness.session.stats().nTokens).toBe(after.nTokens)
  })

  it('go oldest first, down to three quarters of the limit', async () => {
    const harness = await churned()
    const limitBytes = Math.round(harness.session.stats().unusedBytes * 0.8)
    await harness.update({ unusedLimitBytes: limitBytes })
    const { unusedBytes } = harness.session.stats()
    expect(unusedBytes).toBeLessThan(limitBytes)
    expect(unusedBytes).toBeGreaterThan(limitBytes * 0.6)
    writeFiles(harness.folder, filesOf(2))
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0 })
    writeFiles(harness.folder, filesOf(1))
    expect((await harness.update()).nUnitsEncoded).toBeGreaterThan(0)
    await expectWhole(harness, 1)
  })

  it('stay where they come back while they are dropped', async () => {
    const harness = await churned()
    const { session } = harness
    let isDone = session.collect({ limitBytes: 0, restart: true })
    expect(isDone).toBe(false)
    writeFiles(harness.folder, filesOf(1))
    await harness.update()
    for (let i = 0; i < 50 && !isDone; i++) isDone = session.collect({ limitBytes: 0, restart: false })
    expect(isDone).toBe(true)
    await harness.update()
    await expectWhole(harness, 1)
  })

  it('go for those who only read the index, too', async () => {
    const harness = await churned()
    const { folder, directory } = harness
    const reader = await createHarness({ folder, directory })
    const query = 'part7Ofauth round3step7'
    expect((await reader.search(query))[0]).toMatchObject({ path: 'auth.go', name: 'part7Ofauth' })
    await harness.update({ unusedLimitBytes: 0 })
    expect((await reader.search(query))[0]).toMatchObject({ path: 'auth.go', name: 'part7Ofauth' })
    expect(reader.session.stats().unusedBytes).toBe(0)
  })

  it('are all there when it is given up half-way', async () => {
    const harness = await churned()
    const files = filesIn(harness.directory)
    harness.session.collect({ limitBytes: 0, restart: true })
    harness.reopen()
    expect(filesIn(harness.directory).sort()).toEqual(files.sort())
    await expectWhole(harness)
  })

  it('stay in segments that another index shares, while most of those is used here', async () => {
    const harness = await createHarness()
    writeFiles(harness.folder, filesOf(1))
    await harness.update()
    writeFiles(harness.folder, { 'net.go': goFile('net', 2) })
    await harness.update()
    const held = path.join(temporaryFolder(), 'held')
    const [shared] = filesIn(harness.directory)
      .filter((file) => file.endsWith('.vec'))
      .map((file) => path.join(harness.directory, file))
    linkSync(shared!, held)
    await harness.update({ unusedLimitBytes: 0 })
    expect(statSync(shared!).ino).toBe(statSync(held).ino)
    writeFiles(harness.folder, { 'auth.go': goFile('auth', 2) })
    await harness.update({ unusedLimitBytes: 0 })
    expect(statSync(held).nlink).toBe(1)
    expect(harness.session.stats().unusedBytes).toBe(0)
  })
})
