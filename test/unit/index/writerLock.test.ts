import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockOwner, WriterLock } from '../../../server/src/index/writerLock.ts'
import { bundleEntry } from '../../support/bundle.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

describe('the right to write', () => {
  it('is held by one, who is named, until it is given back', () => {
    const folder = temporaryFolder()
    const lock = WriterLock.tryAcquire(folder)!
    expect(WriterLock.tryAcquire(folder)).toBeUndefined()
    expect(lockOwner(folder)).toBe(`process ${process.pid}`)
    lock.release()
    expect(lockOwner(folder)).toBe('unknown')
    const next = WriterLock.tryAcquire(folder)
    expect(next).toBeDefined()
    next?.release()
  })

  it('stays with an owner that stands still, and is free the moment it dies', async () => {
    const folder = temporaryFolder()
    const script = await bundleEntry('test/support/lockOwner.ts')
    const owner = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(owner.stdout!, 'data')
    expect(WriterLock.tryAcquire(folder)).toBeUndefined()
    expect(lockOwner(folder)).toBe(`process ${owner.pid}`)
    if (process.platform !== 'win32') owner.kill('SIGSTOP')
    expect(WriterLock.tryAcquire(folder)).toBeUndefined()
    owner.kill('SIGKILL')
    await once(owner, 'exit')
    const next = WriterLock.tryAcquire(folder)
    expect(next).toBeDefined()
    expect(lockOwner(folder)).toBe(`process ${process.pid}`)
    next?.release()
  })

  it('is had where its owner cannot be named', () => {
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, 'writer.pid'))
    const lock = WriterLock.tryAcquire(folder)
    expect(lock).toBeDefined()
    expect(existsSync(path.join(folder, 'writer.lock'))).toBe(true)
  })
})
