import { rmSync } from 'node:fs'
import path from 'node:path'
import { fsyncDirectory, writeFileSyncedSync } from '../base/fsx.ts'
import { asIndexError } from './storageFailure.ts'

/**
 * Writes a new immutable file and syncs it and its folder, so that a manifest may name it. `E_DISK_FULL`,
 * `E_STORAGE`; what was written of the file is removed.
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
