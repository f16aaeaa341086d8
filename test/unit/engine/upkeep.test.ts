import { readdirSync, renameSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../../server/src/index/manifest.ts'
import { readCodec } from '../../../server/src/index/plaid/codecFile.ts'
import { manyUnits } from '../../support/manyUnits.ts'
import { createHarness, type HarnessOptions, type SessionHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'
import { recordingLog } from '../index/support.ts'

/** An index that was trained on a few functions and has grown to twenty times as many. */
async function grown(options: HarnessOptions = {}): Promise<SessionHarness> {
  const harness = await createHarness(options)
  writeFiles(harness.folder, { 'first.go': 'package first\n\nfunc readFirst() {\n\topen(file, seek, cache)\n}\n' })
  await harness.update()
  writeFiles(harness.folder, manyUnits(300, 24))
  await harness.update()
  return harness
}

const storeOf = ({ directory }: SessionHarness) =>
  path.join(directory, readdirSync(directory).find((name) => name.startsWith('vectors-'))!)
function nCentroids(harness: SessionHarness): number {
  const store = storeOf(harness)
  return readCodec(path.join(store, readManifest(store).codec!)).codec.nCentroids
}
const namesOf = async (harness: SessionHarness) => (await harness.search('open seek cache')).map((hit) => hit.name)

describe('upkeep of an index', () => {
  it('is done slice by slice while the thread is idle; searches come between', async () => {
    const harness = await grown()
    const before = nCentroids(harness)
    const found = await namesOf(harness)
    expect(found[0]).toBe('readFirst')
    let nSlices = 0
    for (; harness.session.idle() === 'more'; nSlices++) {
      if (nSlices % 20 === 0) expect((await namesOf(harness))[0]).toBe('readFirst')
    }
    expect(nSlices).toBeGreaterThan(20)
    expect(nCentroids(harness)).toBeGreaterThan(before)
    expect(harness.session.idle()).toBe('done')
    harness.reopen()
    expect((await namesOf(harness))[0]).toBe('readFirst')
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
  })

  it('goes on where texts come in the middle of it', async () => {
    const harness = await grown()
    for (let i = 0; i < 30; i++) expect(harness.session.idle()).toBe('more')
    writeFiles(harness.folder, { 'late.go': 'package late\n\nfunc drawLate() {\n\tpaint(canvas, brush)\n}\n' })
    await harness.update()
    while (harness.session.idle() === 'more');
    expect((await harness.search('paint canvas brush'))[0]?.name).toBe('drawLate')
    harness.reopen()
    expect((await harness.search('paint canvas brush'))[0]?.name).toBe('drawLate')
    expect(harness.session.stats().nPendingFiles).toBe(0)
  })

  it('that fails is told to the log and changes nothing; it can be tried again', async () => {
    const { log, lines } = recordingLog()
    const harness = await grown({ log })
    const found = await namesOf(harness)
    const before = nCentroids(harness)
    const store = storeOf(harness)
    renameSync(store, `${store}.away`)
    const outcomes: string[] = []
    do outcomes.push(harness.session.idle())
    while (outcomes.at(-1) === 'more')
    expect(outcomes.at(-1)).toBe('failed')
    expect(lines.filter((line) => line.startsWith('error')).join()).toContain('Upkeep of the index failed')
    expect(await namesOf(harness)).toEqual(found)
    renameSync(`${store}.away`, store)
    while (harness.session.idle() === 'more');
    expect(nCentroids(harness)).toBeGreaterThan(before)
  })

  it('is left to the one who writes', async () => {
    const harness = await grown()
    const reader = await createHarness({ folder: harness.folder, directory: harness.directory })
    expect(reader.session.stats().isWriter).toBe(false)
    expect(reader.session.idle()).toBe('done')
    expect(reader.session.upkeep()).toEqual({ outcome: 'done', share: 1 })
  })
})

describe('a run that is asked for upkeep', () => {
  it('does what is due, and says how far it is', async () => {
    const harness = await grown()
    const before = nCentroids(harness)
    const shares: number[] = []
    await harness.update({
      upkeep: true,
      onProgress: ({ phase, upkeepShare }) => phase === 'upkeep' && shares.push(upkeepShare!),
    })
    expect(nCentroids(harness)).toBeGreaterThan(before)
    expect(shares.slice(0, -1)).toEqual(shares.slice(0, -1).sort((a, b) => a - b))
    expect(Math.max(...shares)).toBeGreaterThan(0.9)
    const again: string[] = []
    await harness.update({ upkeep: true, onProgress: ({ phase }) => again.push(phase) })
    expect(again).not.toContain('upkeep')
  })

  it('can be cancelled in the middle: what it had before stays', async () => {
    const harness = await grown()
    const before = nCentroids(harness)
    const files = readdirSync(storeOf(harness)).sort()
    const stop = new AbortController()
    let nSteps = 0
    const run = harness.update({
      upkeep: true,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === 'upkeep' && ++nSteps === 10 && stop.abort(),
    })
    await expect(run).rejects.toThrow(/cancel/i)
    expect(nSteps).toBe(10)
    harness.session.close()
    expect(readdirSync(storeOf(harness)).sort()).toEqual(files)
    harness.reopen()
    expect(nCentroids(harness)).toBe(before)
    expect((await namesOf(harness))[0]).toBe('readFirst')
  })
})
