import { describe, expect, it, vi } from 'vitest'
import { createHarness } from '../../support/sessionHarness.ts'
import { writeFiles } from '../../support/temporaryFolder.ts'

/** Files with functions of their own and one that all of them have, in folders that share their context. */
const files = (n: number, from = 0) =>
  Object.fromEntries(
    Array.from({ length: n }, (_, i) => [
      `part${i % 7}/file${from + i}.go`,
      `package part\n\nfunc own${from + i}() {\n\tstep${from + i}(input, output)\n}\n\nfunc shared() {\n\tlog(same)\n}\n`,
    ]),
  )

describe('texts of a build', () => {
  /** Builds, with a commit after each batch of vectors, which lets the index forget what it was asked for. */
  async function build(options: { beforeCall?: (method: string) => void } = {}) {
    const harness = await createHarness(options)
    let nowMs = 0
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => (nowMs += 6000))
    try {
      writeFiles(harness.folder, files(250))
      await harness.update()
      expect(harness.session.stats()).toMatchObject({ nFiles: 250, nPendingFiles: 0 })
      writeFiles(harness.folder, files(40, 250))
      await harness.update()
    } finally {
      clock.mockRestore()
    }
    return harness
  }

  it('are encoded once each, however often the index commits, and none is lost', async () => {
    const harness = await build()
    expect(harness.encoded.length).toBe(new Set(harness.encoded).size)
    expect(harness.session.stats()).toMatchObject({ nFiles: 290, nUnits: 580, nPendingFiles: 0 })
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
    harness.reopen()
    expect(await harness.update()).toMatchObject({ nUnitsEncoded: 0, nFilesChanged: 0 })
  })

  it('are asked for ahead of the encoders until there is a codec', async () => {
    const calls: string[] = []
    await build({ beforeCall: (method) => calls.push(method) })
    const first = calls.indexOf('putVectors')
    expect(calls.slice(0, first).filter((method) => method === 'missingDocs').length).toBeGreaterThan(10)
  })

  it('that were asked for when the run failed are asked for again', async () => {
    let nPuts = 0
    const harness = await createHarness({
      beforeCall: (method) => {
        if (method === 'putVectors' && ++nPuts === 2) throw new Error('no room')
      },
    })
    writeFiles(harness.folder, files(200))
    await expect(harness.update()).rejects.toThrow('no room')
    await harness.update()
    expect(harness.session.stats()).toMatchObject({ nFiles: 200, nUnits: 400, nPendingFiles: 0 })
  })
})
