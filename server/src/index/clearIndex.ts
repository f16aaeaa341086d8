import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { indexLocked } from '../contract/errorCodes.ts'
import { isLockFile, lockOwner, WriterLock } from './writerLock.ts'

/**
 * Deletes the index in `directory` without opening it, so that its format and its health are of no matter. Gives the
 * bytes it took on disk: 0 where there is none. `E_LOCKED` while somebody writes it.
 */
export function clearIndex(directory: string): number {
  if (!existsSync(directory)) return 0
  const sizeBytes = directorySize(directory)
  const lock = WriterLock.tryAcquire(directory)
  if (!lock) throw indexLocked(lockOwner(directory))
  try {
    // The lock goes last: whoever takes it next finds either everything or nothing.
    for (const name of readdirSync(directory)) {
      if (!isLockFile(name)) rmSync(path.join(directory, name), { recursive: true, force: true })
    }
  } finally {
    lock.release()
  }
  rmSync(directory, { recursive: true, force: true })
  return sizeBytes
}

/** Bytes of all files in the folder; what it shares with other indexes included. */
export function directorySize(directory: string): number {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(directory, name), { throwIfNoEntry: false }))
    .reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0)
}
