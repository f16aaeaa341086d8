import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { clearIndex, directorySize } from '../index/clearIndex.ts'
import { readOrigin } from '../index/siblings.ts'
import { asIndexError } from '../index/storageFailure.ts'
import type { StoredIndex } from './types.ts'

/** Where all indexes are, a folder each. */
export const indexesDirectory = (storageDirectory: string): string => path.join(storageDirectory, 'indexes')

/** Every index in the storage folder that says which folder it is of, by path. Nothing is opened. */
export function listIndexes(storageDirectory: string): StoredIndex[] {
  return withDirectories(storageDirectory).map(({ index }) => index)
}

/** Deletes the indexes of folders that do not exist any more, but for those that are being written. Gives what went. */
export function clearGone(storageDirectory: string): StoredIndex[] {
  return withDirectories(storageDirectory)
    .filter(({ index, directory }) => index.isGone && tryClear(directory))
    .map(({ index }) => index)
}

function withDirectories(storageDirectory: string): { directory: string; index: StoredIndex }[] {
  const parent = indexesDirectory(storageDirectory)
  return namesIn(parent)
    .flatMap((name) => {
      const directory = path.join(parent, name)
      const folder = readOrigin(directory)?.folder
      if (folder === undefined) return []
      return [{ directory, index: { folder, sizeBytes: directorySize(directory), isGone: !existsSync(folder) } }]
    })
    .sort((a, b) => (a.index.folder < b.index.folder ? -1 : 1))
}

function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw asIndexError(error, parent)
  }
}

function tryClear(directory: string): boolean {
  try {
    clearIndex(directory)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_LOCKED') return false
    throw error
  }
}
