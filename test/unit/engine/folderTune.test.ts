import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createChunker } from '../../../server/src/chunk/chunker.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { type TuneDeps, tuneFolder } from '../../../server/src/engine/folderTune.ts'
import { manyUnits } from '../../support/manyUnits.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

const CURRENT = { nIvfProbe: 8, nFullScores: 4096 }
const grammarsDirectory = path.resolve(import.meta.dirname, '../../../server/dist/grammars')

/** A built index of `nUnits` and what tuning needs of it, with the questions that were asked. */
async function indexOf(nUnits: number): Promise<TuneDeps & { asked: string[] }> {
  const harness = await createHarness()
  const { folder, index } = harness
  if (nUnits > 0) {
    writeFiles(folder, manyUnits(nUnits, 100))
    await harness.update()
  }
  const chunker = await createChunker({ grammarsDirectory })
  onTestFinished(() => chunker.dispose())
  const fake = createFakeEncoder()
  const asked: string[] = []
  const encoder = {
    ...fake,
    encodeQuery: (text: string) => {
      asked.push(text)
      return fake.encodeQuery(text)
    },
  }
  return { folder, index, chunker, encoders: { code: encoder, docs: encoder }, asked }
}

describe('tuning', () => {
  it('measures every effort on questions from the index', async () => {
    const deps = await indexOf(1200)
    const progress: string[] = []
    const report = await tuneFolder(deps, CURRENT, {
      nQueries: 8,
      onProgress: ({ nQueriesDone, nQueries }) => progress.push(`${nQueriesDone}/${nQueries}`),
    })
    expect(report).toMatchObject({ nQueries: 8, current: CURRENT, recallDistance: 0.01 })
    expect(report.nUnits).toBeGreaterThan(1024)
    expect(report.measured).toContainEqual(expect.objectContaining(CURRENT))
    for (const { recall, p50Ms, p95Ms } of report.measured) {
      expect(recall).toBeGreaterThan(0.2)
      expect(recall).toBeLessThanOrEqual(1)
      expect(p50Ms).toBeGreaterThan(0)
      expect(p95Ms).toBeGreaterThanOrEqual(p50Ms)
    }
    // Nearly every cell and unit is looked at.
    expect(report.measured.at(-1)!.recall).toBeGreaterThan(0.95)
    expect(report.measured).toContainEqual(expect.objectContaining(report.recommended))
    expect(report.exactP50Ms).toBeGreaterThan(0)
    expect(progress).toEqual(Array.from({ length: 9 }, (_, i) => `${i}/8`))

    expect(new Set(deps.asked).size).toBe(8)
    const words = deps.asked.map((question) => question.split(' ').length)
    expect(Math.min(...words)).toBeGreaterThanOrEqual(3)
    expect(Math.max(...words)).toBeLessThanOrEqual(12)

    const first = deps.asked.splice(0)
    const again = await tuneFolder(deps, CURRENT, { nQueries: 8 })
    expect(deps.asked).toEqual(first)
    expect(again.measured.map(({ recall }) => recall)).toEqual(report.measured.map(({ recall }) => recall))
    deps.asked.length = 0
    await tuneFolder(deps, CURRENT, { nQueries: 2, seed: 2 })
    expect(deps.asked).not.toEqual(first.slice(0, 2))
  }, 30_000)

  it('stops between two questions', async () => {
    const deps = await indexOf(1200)
    const controller = new AbortController()
    const { signal } = controller
    const tuning = tuneFolder(deps, CURRENT, {
      nQueries: 100,
      signal,
      onProgress: ({ nQueriesDone }) => nQueriesDone === 1 && controller.abort(),
    })
    await expect(tuning).rejects.toMatchObject({ name: 'CancelledError' })
    expect(deps.asked.length).toBeLessThanOrEqual(2)
    await expect(tuneFolder(deps, CURRENT, { signal })).rejects.toMatchObject({ name: 'CancelledError' })
  })

  it('measures nothing where every search is exact anyway', async () => {
    const report = await tuneFolder(await indexOf(30), CURRENT, {})
    expect(report).toMatchObject({
      nQueries: 0,
      measured: [],
      skipped: expect.stringMatching(/up to [\d,]+ units every search is exact/),
    })
    expect(report.recommended).toBeUndefined()
  })

  it('measures nothing before there is an index', async () => {
    const { skipped } = await tuneFolder(await indexOf(0), CURRENT, {})
    expect(skipped).toMatch(/no index/)
  })
})
