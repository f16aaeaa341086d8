import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultSettings } from '../../../server/src/contract/settings.schema.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

describe('a folder that was built', () => {
  it('finds by meaning and by words, filters, and relates', async () => {
    const { open } = await engineOn(PROJECT)
    const opened = await open()
    const report = await opened.build()
    expect(report).toMatchObject({ nFiles: 4, nFilesChanged: 4, nUnitsReused: 0, skipped: [] })
    expect(report.nUnitsEncoded).toBe(report.nUnits)
    expect((await found(opened, 'retry a failed network request'))[0]).toBe('src/net/attempts.py call_with_backoff')
    expect((await found(opened, 'HashPassword', { mode: 'lexical' }))[0]).toBe('src/auth/credentials.go HashPassword')
    expect((await found(opened, 'defaults of missing configuration', { mode: 'semantic' }))[0]).toMatch(/readSettings/)

    const files = async (query: string) => [...new Set((await opened.search(query)).hits.map((hit) => hit.path))].sort()
    expect(await files('password dir:src/auth')).toEqual(['src/auth/credentials.go'])
    expect(await files('file lang:typescript')).toEqual(['src/settings.ts'])
    expect(await files('colours kind:section')).toEqual(['docs/charts.md'])
    expect(new Set((await opened.search('colours', { space: 'docs' })).hits.map((hit) => hit.space))).toEqual(
      new Set(['docs']),
    )
    expect((await opened.search('password', { limit: 2 })).hits).toHaveLength(2)

    const related = await opened.related('src/auth/credentials.go', 5)
    expect(related.hits[0]?.name).toBe('VerifyPassword')
    expect(related.hits.map((hit) => hit.name)).not.toContain('HashPassword')
    expect((await opened.related('src/nowhere.go', 1)).hits).toEqual([])
    expect(await opened.unitAt('src/settings.ts', 2)).toEqual({ name: 'readSettings', nameLine: 1 })

    await expect(opened.search('x kind:nonsense')).rejects.toMatchObject({ code: 'E_QUERY' })
    await expect(opened.search('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'CancelledError' })
    const partial: string[][] = []
    await opened.search('HashPassword', { onPartial: (hits) => partial.push(hits.map((hit) => hit.name)) })
    expect(partial).toHaveLength(1)
    expect(partial[0]![0]).toBe('HashPassword')
  })

  it('follows edits, renames and deletions, encoding only what is new', async () => {
    const { open, write, folder } = await engineOn(PROJECT)
    const opened = await open()
    await opened.build()
    write({
      'src/auth/credentials.go': `${PROJECT['src/auth/credentials.go']}
// Lock shuts an account out after too many wrong guesses.
func Lock(account Account, guesses int) {
	account.LockedUntil = later(guesses)
}
`,
    })
    const edited = await opened.build({ paths: ['src/auth/credentials.go'] })
    expect(edited).toMatchObject({ nFilesChanged: 1, nUnitsEncoded: 1 })
    expect(edited.nUnitsReused).toBe(edited.nUnits - 1)
    expect((await found(opened, 'too many failed logins'))[0]).toBe('src/auth/credentials.go Lock')

    renameSync(path.join(folder, 'src/auth'), path.join(folder, 'src/login'))
    expect(await opened.build()).toMatchObject({ nFilesChanged: 1, nFilesRemoved: 1, nUnitsEncoded: 0 })
    expect((await found(opened, 'too many failed logins'))[0]).toBe('src/login/credentials.go Lock')

    rmSync(path.join(folder, 'src/login/credentials.go'))
    expect(await found(opened, 'too many failed logins')).not.toContain('src/login/credentials.go Lock')
    await opened.build({ paths: ['src/login/credentials.go'] })
    expect(await opened.status()).toMatchObject({ nFiles: 3, nPendingFiles: 0, phase: 'ready', fraction: 1 })
  })

  it('is opened again with nothing to encode and the same answers', async () => {
    const { open, engine } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    const query = 'read the configuration file'
    const before = await found(first, query)
    await first.close()
    const second = await open()
    expect(await found(second, query)).toEqual(before)
    expect(await second.build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0, nTokensEncoded: 0 })
    expect(await found(second, query)).toEqual(before)
    await engine.dispose()
    await expect(second.search(query)).rejects.toThrow()
  })

  it('is encoded anew with another pool factor, and answers meanwhile', async () => {
    const { open } = await engineOn(PROJECT)
    const query = 'try again after growing pauses'
    const build = async (poolFactor: 1 | 2) => {
      const opened = await open({ 'index.poolFactor': poolFactor })
      const { nUnitsEncoded } = await opened.build()
      const check = async () => {
        const [best] = await found(opened, query, { mode: 'semantic' })
        expect(best).toBe('src/net/attempts.py call_with_backoff')
      }
      await check()
      const upgrade = await opened.upgrade()
      await check()
      const { nTokens } = await opened.status()
      await opened.close()
      return { nUnitsEncoded, upgrade, nTokens }
    }
    const plain = await build(1)
    const pooled = await build(2)
    expect(pooled).toMatchObject({ nUnitsEncoded: 0, upgrade: { isComplete: true } })
    expect(pooled.nTokens).toBeLessThan(plain.nTokens * 0.9)
    expect(await build(2)).toEqual({ ...pooled, upgrade: undefined })
  })

  it('answers with what the editor holds', async () => {
    const { open } = await engineOn(PROJECT)
    const opened = await open()
    await opened.build()
    const file = 'src/net/attempts.py'
    const text = PROJECT[file]!.replace('time.sleep(2 ** attempt)', 'pause_before_next(attempt)')
    opened.setOpenText(file, text)
    const { hits } = await opened.search('call_with_backoff pause_before_next')
    expect(hits.find((hit) => hit.path === file)?.snippet).toContain('pause_before_next')
    opened.setOpenText('docs/charts.md', '# Charts\n')
    expect(await found(opened, 'An axis starts at zero')).not.toContain('docs/charts.md Axes')
    opened.setOpenText('docs/charts.md', undefined)
    expect(await found(opened, 'An axis starts at zero')).toContain('docs/charts.md Axes')
  })

  it('is gone once cleared, and can be built again', async () => {
    const { open, storage } = await engineOn(PROJECT)
    const opened = await open()
    const first = await opened.build()
    await opened.clear()
    expect(await opened.status()).toMatchObject({ nFiles: 0, nTokens: 0, sizeBytes: 0 })
    expect(await found(opened, 'password')).toEqual([])
    const [index] = readdirSync(path.join(storage, 'indexes'))
    expect(readdirSync(path.join(storage, 'indexes', index!), { recursive: true })).not.toContain('000001.codec')
    expect(await opened.build()).toMatchObject({ nUnitsEncoded: first.nUnitsEncoded })
  })
})

describe('opening a folder', () => {
  it('refuses what cannot be read', async () => {
    const { engine } = await engineOn({})
    const nowhere = path.join(temporaryFolder(), 'nowhere')
    await expect(engine.openFolder(nowhere, defaultSettings)).rejects.toMatchObject({ code: 'E_FOLDER' })
    writeFileSync(nowhere, 'a file')
    await expect(engine.openFolder(nowhere, defaultSettings)).rejects.toMatchObject({ code: 'E_FOLDER' })
    if (process.getuid?.() === 0) return
    const shut = path.join(temporaryFolder(), 'shut')
    mkdirSync(shut, { mode: 0o000 })
    await expect(engine.openFolder(shut, defaultSettings)).rejects.toMatchObject({ code: 'E_FOLDER' })
    chmodSync(shut, 0o700)
  })

  it('fails for a folder that goes away, and says so in its state', async () => {
    const { open, folder } = await engineOn(PROJECT)
    const opened = await open()
    await opened.build()
    rmSync(folder, { recursive: true })
    await expect(opened.build()).rejects.toMatchObject({ code: 'E_FOLDER' })
    expect(await opened.status()).toMatchObject({ phase: 'error', error: { code: 'E_FOLDER' } })
    expect(await found(opened, 'password')).toEqual([])
  })

  it('takes every way to a folder for the same', async () => {
    const { engine, folder, open } = await engineOn(PROJECT)
    const first = await open()
    await first.build()
    await first.close()
    const link = path.join(temporaryFolder(), 'link')
    symlinkSync(folder, link)
    const opened = await engine.openFolder(link, defaultSettings)
    expect(opened.folder).toBe(folder)
    expect(await opened.build()).toMatchObject({ nFiles: 4, nUnitsEncoded: 0 })
  })

  it('refuses a model that is not there', async () => {
    const { open } = await engineOn(PROJECT)
    await expect(open({ 'model.code': path.join(temporaryFolder(), 'none') })).rejects.toMatchObject({
      code: 'E_MODEL_MISSING',
    })
    expect(await (await open()).build()).toMatchObject({ nFiles: 4 })
  })
})
