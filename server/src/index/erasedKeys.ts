import { statSync } from 'node:fs'
import path from 'node:path'
import { readPlainTextIfThere, writeFileAtomicSync } from '../base/fsx.ts'
import { asIndexError } from './storageFailure.ts'

/**
 * Adds to `erased.json` (FORMAT.md, section 8): keys of texts that were deleted here, so that other indexes of the
 * repository, which may have their vectors in a file that was once shared, drop them as well. `E_DISK_FULL`.
 */
export function addErasedKeys(directory: string, keys: readonly string[]): void {
  if (keys.length === 0) return
  const all = [...new Set([...erasedKeys(directory), ...keys])].slice(-MAX_KEYS)
  try {
    writeFileAtomicSync(
      path.join(directory, ERASED_FILE),
      `${JSON.stringify({ formatVersion: ERASED_VERSION, keys: all })}\n`,
      { overFolder: true },
    )
  } catch (error) {
    throw asIndexError(error, directory)
  }
}

/** Keys of texts that were deleted in the index of this folder, the latest last; none where nothing can be read. */
export function erasedKeys(directory: string): string[] {
  try {
    const { formatVersion, keys } = JSON.parse(readPlainTextIfThere(path.join(directory, ERASED_FILE)) ?? 'null')
    return formatVersion <= ERASED_VERSION && Array.isArray(keys) ? keys.map(String).filter(isKey) : []
  } catch {
    return []
  }
}

/** Changes with the list. */
export const erasedMark = (directory: string): string => {
  const stat = statSync(path.join(directory, ERASED_FILE), { throwIfNoEntry: false })
  return stat ? `${stat.mtimeMs}/${stat.size}/${stat.ino}` : ''
}

const isKey = (key: string) => /^[\w-]{22}$/.test(key)

const ERASED_VERSION = 1 // 1: first
const ERASED_FILE = 'erased.json'
/** 1.6 MB. Who is not opened while so many are deleted keeps the oldest. */
const MAX_KEYS = 65_536
