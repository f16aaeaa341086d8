import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { throwIfAborted } from '../base/cancel.ts'
import { contentKey } from '../base/hash.ts'
import { type FileProblem, problemOf } from '../base/regularFile.ts'
import { READ_LIMIT_BYTES, type WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { FileRow } from '../index/types.ts'
import { isUnchanged, statOf } from './fileStat.ts'
import { isIndexable, type Scan, type ScannedFile, type ScanOptions, type SkippedPath, scanFolder } from './scanner.ts'

/** What has to be looked at, by comparing the disk with the index. */
export interface Changes {
  /** Files that are new, or of which the file system says something else than before. */
  suspects: ScannedFile[]
  removed: string[]
  /** Files on disk that belong in the index. */
  nFiles: number
  skipped: { path: string; outcome: string }[]
}

/** Compares the whole folder. What cannot be read now stays as it is in the index. */
export async function findChanges(folder: string, known: FileRow[], options: ScanOptions): Promise<Changes> {
  const { files, skipped } = await scanFolder(folder, options)
  const rows = new Map(known.map((row) => [row.path, row]))
  const suspects = files.filter((file) => isSuspect(file, rows.get(file.path)))
  for (const file of files) rows.delete(file.path)
  const isUnread = unreadBy(skipped)
  return {
    suspects,
    removed: [...rows.keys()].filter((file) => !isUnread(file)),
    nFiles: files.length,
    skipped: skipped.map((entry) => ({ path: entry.path, outcome: entry.reason })),
  }
}

/**
 * Compares these paths only, whatever became of them, with the same outcome as a scan: rows at and below each of them
 * go unless their file is there, or cannot be read now. A folder costs one scan, however many there are.
 */
export async function findChangesOf(
  folder: string,
  paths: readonly string[],
  known: FileRow[],
  options: ScanOptions,
): Promise<Changes> {
  const rows = new Map(known.map((row) => [row.path, row]))
  const suspects = new Map<string, ScannedFile>()
  const removed = new Set<string>()
  const skipped: Changes['skipped'] = []
  const statsOf = statsBesideLinks(folder)
  let scan: Promise<Scan> | undefined
  for (const relative of new Set(paths)) {
    throwIfAborted(options.signal)
    const stat = await statsOf(relative)
    if (stat === 'unreadable') {
      skipped.push({ path: relative, outcome: 'unreadable' })
      continue
    }
    let found: ScannedFile[] = []
    let isUnread = (_file: string) => false
    if (stat?.isDirectory()) {
      scan ??= scanFolder(folder, options)
      const all = await scan
      found = all.files.filter((file) => file.path.startsWith(`${relative}/`))
      isUnread = unreadBy(all.skipped)
      for (const entry of all.skipped) {
        const isBelow = entry.path.startsWith(`${relative}/`)
        if (isBelow && entry.reason === 'unreadable') skipped.push({ path: entry.path, outcome: entry.reason })
      }
    } else if (stat?.isFile() && isIndexable(folder, relative, options)) {
      if (stat.size > (options.maxFileSizeBytes ?? Infinity)) skipped.push({ path: relative, outcome: 'too-large' })
      else found = [{ path: relative, ...statOf(stat) }]
    }
    const there = new Set(found.map((file) => file.path))
    for (const row of known) {
      const isBelow = row.path === relative || row.path.startsWith(`${relative}/`)
      if (isBelow && !there.has(row.path) && !isUnread(row.path)) removed.add(row.path)
    }
    for (const file of found) if (isSuspect(file, rows.get(file.path))) suspects.set(file.path, file)
  }
  return { suspects: [...suspects.values()], removed: [...removed], nFiles: paths.length, skipped }
}

export interface FileContent {
  bytes: Buffer
  /** Stands for the bytes. */
  hash: string
  /** Of the file that was read, from before its bytes were. */
  stats: Stats
}

/** The bytes of a file; a word for why there are none. */
export async function readContent(
  files: WorkspaceFiles,
  file: string,
  maxBytes: number = READ_LIMIT_BYTES.source,
): Promise<FileContent | FileProblem> {
  const content = await files.read(file, maxBytes)
  return typeof content === 'string' ? content : { ...content, hash: contentKey(content.bytes) }
}

/** Links are not followed by a scan: what lies behind one is not there. */
function statsBesideLinks(folder: string): (relative: string) => Promise<Stats | 'unreadable' | undefined> {
  const stats = new Map<string, Promise<Stats | 'unreadable' | undefined>>()
  const own = (relative: string) => {
    const known = stats.get(relative) ?? lstat(path.join(folder, relative)).catch(unlessGone)
    stats.set(relative, known)
    return known
  }
  return async (relative) => {
    for (let at = relative.indexOf('/'); at > 0; at = relative.indexOf('/', at + 1)) {
      const parent = await own(relative.slice(0, at))
      if (parent === 'unreadable') return parent
      if (!parent?.isDirectory()) return undefined
    }
    return own(relative)
  }
}

const unlessGone = (error: unknown) => (problemOf(error) === 'unreadable' ? 'unreadable' : undefined)

/** Whether nothing is known of a file, since it or a folder above it could not be read. */
function unreadBy(skipped: readonly SkippedPath[]): (file: string) => boolean {
  const unread = new Set(skipped.flatMap((entry) => (entry.reason === 'unreadable' ? [entry.path] : [])))
  if (unread.size === 0) return () => false
  return (file) => {
    for (let at = file.indexOf('/'); at > 0; at = file.indexOf('/', at + 1)) {
      if (unread.has(file.slice(0, at + 1))) return true
    }
    return unread.has(file)
  }
}

const isSuspect = (file: ScannedFile, row: FileRow | undefined): boolean => row === undefined || !isUnchanged(file, row)
