import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { seededRandom } from '../../../server/src/base/random.ts'
import { bundleEntry } from '../../support/bundle.ts'
import type { CrashPlace } from '../../support/crashWork.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { upgradeWork } from '../../support/upgradeWork.ts'

const N_FILES = 24
const UNITS_A_FILE = 40
const N_UNITS = N_FILES * UNITS_A_FILE
const MOST_KILLS = 6

/** Runs the child until it ends, or is killed a moment after so many batches. Gives the texts that it encoded. */
async function run(childFile: string, place: CrashPlace, kill?: { afterBatches: number; delayMs: number }) {
  const child = spawn(process.execPath, [childFile, JSON.stringify(place)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let nBatches = 0
  let nTexts = 0
  let isDone = false
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'done') isDone = true
    else nTexts += Number(line.split(' ')[1])
    if (kill && ++nBatches === kill.afterBatches) setTimeout(() => child.kill('SIGKILL'), kill.delayMs)
  }
  await ended
  return { nTexts, isDone }
}

it('an upgrade that is killed again and again loses no unit, and comes to its end', async () => {
  const childFile = await bundleEntry('test/support/upgradeChild.ts')
  const root = temporaryFolder()
  const place = {
    folder: path.join(root, 'source'),
    directory: path.join(root, 'index'),
    kernelDirectory: path.resolve(import.meta.dirname, '../../../server/dist'),
  }
  const line = (file: number, i: number) =>
    `unit${file}x${i} courier dispatches parcel number ${file * UNITS_A_FILE + i}`
  const textOf = (file: number) => Array.from({ length: UNITS_A_FILE }, (_, i) => line(file, i)).join('\n')
  const files = Object.fromEntries(Array.from({ length: N_FILES }, (_, i) => [`file${i}.txt`, `${textOf(i)}\n`]))
  writeFiles(place.folder, files)
  await upgradeWork(place).buildBefore()

  const seed = Date.now() % 100_000
  const random = seededRandom(seed)
  let isDone = false
  let nUpgraded = 0
  let nKills = 0
  while (!isDone) {
    const kill = { afterBatches: 1 + Math.floor(random() * 4), delayMs: Math.floor(random() * 40) }
    ;({ isDone } = await run(childFile, place, nKills < MOST_KILLS ? kill : undefined))
    if (!isDone) nKills++

    const { open, search, session } = upgradeWork(place)
    const { nUnits, nPendingFiles, nUnitsUpgraded = nUnits } = open()
    expect({ nUnits, nPendingFiles }, `seed ${seed}`).toEqual({ nUnits: N_UNITS, nPendingFiles: 0 })
    // Everything is found, each unit once, whichever model answers for it.
    const found = (await search('courier dispatches parcel')).map((hit) => `${hit.path}:${hit.startLine}`)
    expect(new Set(found).size, `seed ${seed}`).toBe(found.length)
    expect(found).toHaveLength(500)
    for (const [file, i] of [
      [0, 0],
      [N_FILES - 1, 7],
    ] as const) {
      expect((await search(line(file, i)))[0], `seed ${seed}`).toMatchObject({
        path: `file${file}.txt`,
        startLine: i + 1,
      })
    }
    expect(nUnitsUpgraded, `seed ${seed}`).toBeGreaterThanOrEqual(nUpgraded)
    nUpgraded = nUnitsUpgraded
    session.close()
  }
  expect(nUpgraded).toBe(N_UNITS)
  expect(nKills).toBeGreaterThan(0)
}, 120_000)
