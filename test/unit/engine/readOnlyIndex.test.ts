import { cpSync, mkdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { makeReadOnly } from '../../support/readOnly.ts'
import { createHarness } from '../../support/sessionHarness.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

const FILES = { 'auth/password.go': 'package auth\n\nfunc HashPassword() {\n\tbcrypt()\n\tsalt()\n}\n' }

describe('an index in a folder that can only be read', () => {
  /** Of `FILES`, built and closed; `crashed`: as a killed writer leaves it, with the catalog's log beside it. */
  async function built(crashed: boolean) {
    const first = await createHarness()
    writeFiles(first.folder, FILES)
    await first.update()
    const directory = path.join(temporaryFolder(), 'index')
    mkdirSync(directory)
    const copy = () => cpSync(first.directory, directory, { recursive: true })
    if (crashed) copy()
    first.session.close()
    if (!crashed) copy()
    rmSync(path.join(directory, 'catalog.sqlite-shm'), { force: true })
    const log = path.join(directory, 'catalog.sqlite-wal')
    if (crashed) expect(statSync(log).size).toBeGreaterThan(0)
    else rmSync(log, { force: true })
    return { folder: first.folder, directory }
  }

  it.each([false, true])('is searched, not written (left by a crash: %s)', async (crashed) => {
    const { folder, directory } = await built(crashed)
    if (!makeReadOnly(directory)) return
    expect(WriterLock.tryAcquire(directory)).toBeUndefined()
    const harness = await createHarness({ folder, directory })
    expect(harness.session.stats()).toMatchObject({ nFiles: 1, isWriter: false, nPendingFiles: 0 })
    expect((await harness.search('bcrypt salt'))[0]).toMatchObject({ name: 'HashPassword' })
    await expect(harness.update()).rejects.toMatchObject({ code: 'E_STORAGE' })
    expect((await harness.search('bcrypt salt'))[0]).toMatchObject({ name: 'HashPassword' })
  })

  it('may be empty', async () => {
    const directory = temporaryFolder()
    if (!makeReadOnly(directory)) return
    const harness = await createHarness({ directory })
    expect(harness.session.stats()).toMatchObject({ nFiles: 0, isWriter: false })
    expect(await harness.search('anything')).toEqual([])
  })
})
