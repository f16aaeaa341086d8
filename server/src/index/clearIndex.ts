import { existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { statIfThere } from '../base/fsx.ts'
import { isLockFile, WriterLock } from './writerLock.ts'

/**
 * Deletes the index in `directory` without opening it, so that its format and its health are of no matter. Gives the
 * bytes it took on disk: 0 where there is none. `E_LOCKED` while somebody writes it, `E_STORAGE` where it may
 * not be changed.
 */
export function clearIndex(directory: string): number {
  if (!existsSync(directory)) return 0
  const sizeBytes = directorySize(directory)
  const lock = WriterLock.acquire(directory)
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
    .map((name) => statIfThere(path.join(directory, name)))
    .reduce((sum, stat) => sum + (stat?.isFile() ? stat.size : 0), 0)
}
