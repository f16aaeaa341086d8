import { rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

describe('the index of a second worktree', () => {
  it('is built without encoding, finds the same, and outlives the first', async () => {
    const first = await engineOn({ ...PROJECT, '.git/config': '', '.git/worktrees/two/commondir': '../..\n' })
    const one = await first.open()
    expect((await one.build()).nUnitsEncoded).toBeGreaterThan(0)
    const folder = temporaryFolder()
    const second = await engineOn(
      { ...PROJECT, '.git': `gitdir: ${path.join(first.folder, '.git/worktrees/two')}\n` },
      { folder, storage: first.storage },
    )
    const two = await second.open()
    const report = await two.build()
    expect(report).toMatchObject({ nUnitsEncoded: 0, nTokensEncoded: 0, nFiles: 4 })
    expect(report.nUnitsReused).toBe(report.nUnits)
    const query = 'try again after a failed connection'
    expect(await found(two, query)).toEqual(await found(one, query))
    await one.close()
    await first.engine.clearFolder(first.folder)
    await two.close()
    const again = await second.open()
    expect(await again.build()).toMatchObject({ nUnitsEncoded: 0 })
    expect(await found(again, query)).toContain('src/net/attempts.py call_with_backoff')
  })

  it('is listed, and is gone with its folder when that is asked for', async () => {
    const { engine, folder, open } = await engineOn(PROJECT)
    const opened = await open()
    await opened.build()
    await opened.close()
    expect(await engine.listIndexes()).toMatchObject([{ folder, isGone: false }])
    expect(await engine.clearGone()).toEqual([])
    rmSync(folder, { recursive: true })
    expect((await engine.clearGone()).map((index) => index.folder)).toEqual([folder])
    expect(await engine.listIndexes()).toEqual([])
  })
})

describe('lateral.index.unusedLimitMb', () => {
  async function unusedAfterEdit(limitMb: number): Promise<number> {
    const { open, folder } = await engineOn(PROJECT)
    const opened = await open({ 'index.unusedLimitMb': limitMb })
    await opened.build()
    writeFiles(folder, { 'docs/charts.md': '# Maps\n\nRivers are blue.\n' })
    await opened.build({ paths: ['docs/charts.md'] })
    return (await opened.status()).unusedBytes
  }

  it('keeps the text of before an edit within the limit', async () =>
    expect(await unusedAfterEdit(1)).toBeGreaterThan(0))
  it('drops it at once without any room', async () => expect(await unusedAfterEdit(0)).toBe(0))
})
