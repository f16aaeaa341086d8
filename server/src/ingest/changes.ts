import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { throwIfAborted } from '../base/cancel.ts'
import { contentKey } from '../base/hash.ts'
import type { FileRow } from '../index/types.ts'
import { isIndexable, type ScannedFile, type ScanOptions, scanFolder } from './scanner.ts'

/** What has to be looked at, by comparing the disk with the index. */
export interface Changes {
  /** Files that are new, or whose size or time differ. */
  suspects: ScannedFile[]
  removed: string[]
  /** Files on disk that belong in the index. */
  nFiles: number
  skipped: { path: string; outcome: string }[]
}

/** Compares the whole folder. */
export async function findChanges(folder: string, known: FileRow[], options: ScanOptions): Promise<Changes> {
  const { files, skipped } = await scanFolder(folder, options)
  const rows = new Map(known.map((row) => [row.path, row]))
  const suspects = files.filter((file) => isSuspect(file, rows.get(file.path)))
  for (const file of files) rows.delete(file.path)
  return {
    suspects,
    removed: [...rows.keys()],
    nFiles: files.length,
    skipped: skipped.map((entry) => ({ path: entry.path, outcome: entry.reason })),
  }
}

/** Compares these paths only, whatever became of them. A path that is no longer a file takes what was below it along. */
export async function findChangesOf(
  folder: string,
  paths: readonly string[],
  known: FileRow[],
  options: ScanOptions,
): Promise<Changes> {
  const rows = new Map(known.map((row) => [row.path, row]))
  const changes: Changes = { suspects: [], removed: [], nFiles: paths.length, skipped: [] }
  for (const relative of new Set(paths)) {
    throwIfAborted(options.signal)
    const stat = await lstat(path.join(folder, relative)).catch(() => undefined)
    if (stat?.isFile() && isIndexable(folder, relative, options)) {
      const file = { path: relative, sizeBytes: stat.size, mtimeMs: stat.mtimeMs }
      if (stat.size <= (options.maxFileSizeBytes ?? Infinity)) {
        if (isSuspect(file, rows.get(relative))) changes.suspects.push(file)
        continue
      }
    }
    if (stat?.isDirectory()) {
      const { files } = await scanFolder(folder, options)
      const below = files.filter((file) => file.path.startsWith(`${relative}/`))
      changes.suspects.push(...below.filter((file) => isSuspect(file, rows.get(file.path))))
      continue
    }
    for (const row of known) {
      if (row.path === relative || row.path.startsWith(`${relative}/`)) changes.removed.push(row.path)
    }
  }
  return changes
}

/** The bytes of a file and the hash that stands for them; undefined where it cannot be read (any more). */
export async function readContent(folder: string, file: string): Promise<{ bytes: Buffer; hash: string } | undefined> {
  try {
    const bytes = await readFile(path.join(folder, file))
    return { bytes, hash: contentKey(bytes) }
  } catch {
    return undefined
  }
}

const isSuspect = (file: ScannedFile, row: FileRow | undefined): boolean =>
  row === undefined || row.sizeBytes !== file.sizeBytes || row.mtimeMs !== file.mtimeMs
