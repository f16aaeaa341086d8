import { rmSync } from 'node:fs'
import path from 'node:path'
import { fsyncDirectory, isDiskFull, writeFileSyncedSync } from '../base/fsx.ts'
import { diskFull } from '../contract/errorCodes.ts'

/**
 * Writes a new immutable file and syncs it and its folder, so that a manifest may name it. A full disk is
 * `E_DISK_FULL`; what was written of the file is removed.
 */
export function writeSynced(file: string, bytes: Uint8Array): void {
  try {
    writeFileSyncedSync(file, bytes)
    fsyncDirectory(path.dirname(file))
  } catch (error) {
    rmSync(file, { force: true })
    throw asIndexError(error, path.dirname(file))
  }
}

/** `E_DISK_FULL` for the system's own "no space" errors; anything else as it is. */
export function asIndexError(error: unknown, where: string): unknown {
  return isDiskFull(error) ? diskFull(where, error) : error
}
