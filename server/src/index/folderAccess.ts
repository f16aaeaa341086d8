import { chmodSync, lstatSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { asIndexError } from './storageFailure.ts'

/** Gives this user the rights back that files and folders of an index lack; one that is not this user's stays as it is. */
export function restoreAccess(directory: string): void {
  for (const name of readdirSync(directory)) {
    const entry = path.join(directory, name)
    const stat = lstatSync(entry, { throwIfNoEntry: false })
    const wanted = stat?.isDirectory() ? 0o700 : stat?.isFile() ? 0o600 : 0
    if (!stat || wanted === 0) continue
    if ((stat.mode & wanted) !== wanted) tryChmod(entry, wanted)
    if (stat.isDirectory()) tryRestore(entry)
  }
}

/** Writes as much as a small commit needs, and takes it away again. `E_DISK_FULL`, `E_STORAGE`. */
export function tryToWrite(directory: string): void {
  const file = path.join(directory, `${process.pid}.try`)
  try {
    writeFileSync(file, Buffer.alloc(SMALL_COMMIT_BYTES), { mode: 0o600 })
  } catch (error) {
    throw asIndexError(error, directory)
  } finally {
    rmSync(file, { recursive: true, force: true })
  }
}

function tryRestore(directory: string): void {
  try {
    restoreAccess(directory)
  } catch {
    // It is found out when it is opened.
  }
}

function tryChmod(entry: string, mode: number): void {
  try {
    chmodSync(entry, mode)
  } catch {
    // See above.
  }
}

const SMALL_COMMIT_BYTES = 512 * 1024
