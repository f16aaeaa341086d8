import { describe, expect, it } from 'vitest'
import { crashingBundles } from '../../support/crashingWorkers.ts'
import { engineOn, found, PROJECT } from '../../support/engineHarness.ts'

const ASKED = '["search",{"query":"HashPassword"'

describe('a folder whose index thread ends in the middle', () => {
  it('asks the question again', async () => {
    const { open } = await engineOn(PROJECT, { bundleDirectory: crashingBundles('indexWorker.js', ASKED) })
    const opened = await open()
    await opened.build()
    expect((await found(opened, 'HashPassword'))[0]).toBe('src/auth/credentials.go HashPassword')
    expect(await opened.build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
  })

  it('names what happened where the question ends every thread, and answers the next one', async () => {
    const { open } = await engineOn(PROJECT, { bundleDirectory: crashingBundles('indexWorker.js', ASKED, 2) })
    const opened = await open()
    await opened.build()
    await expect(found(opened, 'HashPassword')).rejects.toMatchObject({ code: 'E_INDEX_LOST' })
    expect((await found(opened, 'call with backoff'))[0]).toBe('src/net/attempts.py call_with_backoff')
  })

  it.each(['applyFiles', 'putVectors'])('finishes its build: %s', async (method) => {
    const { open } = await engineOn(PROJECT, { bundleDirectory: crashingBundles('indexWorker.js', `["${method}"`) })
    const opened = await open()
    await opened.build()
    expect(await opened.status()).toMatchObject({ phase: 'ready', nFiles: 4, nPendingFiles: 0, fraction: 1 })
    expect((await found(opened, 'retry a failed network request'))[0]).toBe('src/net/attempts.py call_with_backoff')
    await opened.close()
    expect(await (await open()).build()).toMatchObject({ nFilesChanged: 0, nUnitsEncoded: 0 })
  })
})

describe('a folder whose text thread ends in the middle', () => {
  it('looks again', async () => {
    const { open } = await engineOn(PROJECT, { bundleDirectory: crashingBundles('textWorker.js', 'bcrypt') })
    const opened = await open()
    await opened.build()
    expect(await found(opened, '"bcrypt.Generate"')).toEqual(['src/auth/credentials.go HashPassword'])
  })
})

describe('a folder whose chunk thread ends in the middle', () => {
  it('cuts the file all the same', async () => {
    const { open } = await engineOn(PROJECT, { bundleDirectory: crashingBundles('chunkWorker.js', 'credentials.go') })
    const opened = await open()
    await opened.build()
    expect((await found(opened, 'HashPassword'))[0]).toBe('src/auth/credentials.go HashPassword')
  })
})
