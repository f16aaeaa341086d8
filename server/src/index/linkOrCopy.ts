import { closeSync, constants, existsSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { fsyncDirectory } from '../base/fsx.ts'
import { copyToOwn } from '../base/ownModes.ts'
import { asIndexError } from './storageFailure.ts'

/**
 * Gives an immutable file a second name, so that its bytes are on disk once and go with its last name; where the file
 * system has no links, or not across these folders, the file is copied. Synced. `E_DISK_FULL`; `ENOENT` where `from` is
 * gone.
 */
export function linkOrCopy(from: string, to: string): void {
  // Never written into: it may be another's too.
  rmSync(to, { force: true })
  try {
    if (!tryLink(from, to)) copySynced(from, to)
    fsyncDirectory(path.dirname(to))
  } catch (error) {
    rmSync(to, { force: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(from)) throw error
    throw asIndexError(error, path.dirname(to))
  }
}

/** Whether a file has other names, so that rewriting it would free nothing. */
export const isShared = (file: string): boolean => (statSync(file, { throwIfNoEntry: false })?.nlink ?? 1) > 1

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error
    return false
  }
}

function copySynced(from: string, to: string): void {
  copyToOwn(from, to, constants.COPYFILE_FICLONE)
  const fd = openSync(to, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
