import { type Dirent, existsSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { Pacer, throwIfAborted } from '../base/cancel.ts'
import { type FileProblem, problemOf } from '../base/regularFile.ts'
import { WorkspaceFiles } from '../base/workspaceFiles.ts'
import { folderUnreadable } from '../contract/errorCodes.ts'
import type { FileStat } from '../index/types.ts'
import { type Excludes, excludesOf } from './excludes.ts'
import { statOf } from './fileStat.ts'
import { IgnoreRules } from './ignoreRules.ts'
import { isToolFolder, type SkipReason, skipByName } from './skipRules.ts'

export interface ScanOptions {
  /** Honour `.gitignore`, `.git/info/exclude` and `.lateralignore`. */
  useIgnoreFiles: boolean
  /** Globs of paths relative to the folder; one without '/' matches names at any depth. */
  exclude: readonly string[]
  maxFileSizeBytes?: number
  signal?: AbortSignal
}

export interface ScannedFile extends FileStat {
  /** Relative to the folder, '/' between parts. */
  path: string
}

export interface SkippedPath {
  /** As in `ScannedFile`; a directory ends with '/', and stands for all that is below it. */
  path: string
  reason: SkipReason
}

export interface Scan {
  /** Sorted by path. */
  files: ScannedFile[]
  skipped: SkippedPath[]
}

/**
 * Files of a folder that are worth indexing. `folder` is a path without links; none are followed. What cannot be read
 * below the folder is skipped; a folder that cannot be read itself is an `E_FOLDER` error. O(entries).
 */
export async function scanFolder(folder: string, options: ScanOptions): Promise<Scan> {
  const walk = new Walk(folder, options)
  await walk.run()
  const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
  const skipped = Array.from(walk.skipped, ([path, reason]) => ({ path, reason }))
  return { files: walk.files.sort(byPath), skipped: skipped.sort(byPath) }
}

/**
 * Whether a scan with the same options would list this file, for a single change on disk. Reads the ignore files on
 * the way down to it, so that it needs no state; the file itself need not exist any more.
 */
export function isIndexable(folder: string, relativePath: string, options: ScanOptions): boolean {
  const parts = relativePath.split('/')
  const fileName = parts.pop()
  if (!fileName || parts.includes('..')) return false
  const excludes = excludesOf(options.exclude)
  const files = new WorkspaceFiles(folder)
  let rules = options.useIgnoreFiles ? IgnoreRules.ofFolder(files) : IgnoreRules.none()
  let directory = ''
  for (const part of parts) {
    directory = directory ? `${directory}/${part}` : part
    if (skipDirectory(directory, part, rules, excludes)) return false
    if (existsSync(path.join(folder, directory, VIRTUAL_ENVIRONMENT_MARK))) return false
    if (options.useIgnoreFiles) rules = rules.enter(files, directory)
  }
  return skipFile(relativePath, rules, excludes) === undefined
}

class Walk {
  readonly files: ScannedFile[] = []
  readonly skipped = new Map<string, SkipReason>()
  readonly #excludes: Excludes
  /** Many patterns and many entries of one directory: that takes as long as who wrote them likes. */
  readonly #pacer: Pacer
  readonly #candidates: string[] = []
  readonly #files: WorkspaceFiles

  constructor(
    readonly folder: string,
    readonly options: ScanOptions,
  ) {
    this.#excludes = excludesOf(options.exclude)
    this.#files = new WorkspaceFiles(folder)
    this.#pacer = new Pacer(options.signal)
  }

  async run(): Promise<void> {
    throwIfAborted(this.options.signal)
    const { useIgnoreFiles } = this.options
    const entries = await this.#files.list('')
    if (typeof entries === 'string') throw folderUnreadable(this.folder, new Error(entries))
    const enter = { fileNames: fileNamesOf(entries), onProblem: this.#onProblem }
    const root = useIgnoreFiles ? IgnoreRules.ofFolder(this.#files, enter) : IgnoreRules.none()
    let level = await this.#take('', entries, root)
    while (level.length) {
      const found = await inBatches(level, this.options.signal, (one) => this.#list(one.directory, one.rules))
      level = found.flat()
    }
    await inBatches(this.#candidates, this.options.signal, (file) => this.#measure(file))
  }

  async #list(directory: string, rules: IgnoreRules): Promise<PendingDirectory[]> {
    const entries = await this.#files.list(directory)
    if (typeof entries === 'string') {
      this.#skipProblem(`${directory}/`, entries)
      return []
    }
    if (entries.some((entry) => entry.name === VIRTUAL_ENVIRONMENT_MARK)) {
      this.#skip(`${directory}/`, 'tool-folder')
      return []
    }
    const enter = { fileNames: fileNamesOf(entries), onProblem: this.#onProblem }
    const inner = this.options.useIgnoreFiles ? rules.enter(this.#files, directory, enter) : rules
    return this.#take(directory, entries, inner)
  }

  readonly #onProblem = (file: string, problem: FileProblem) => this.#skip(file, reasonOf(problem))

  /** Sorts entries into candidates and skipped ones; answers the directories to go into. */
  async #take(directory: string, entries: readonly Dirent[], rules: IgnoreRules): Promise<PendingDirectory[]> {
    const directories: PendingDirectory[] = []
    const replaced = new Set<string>()
    for (const entry of entries) {
      const turn = this.#pacer.turn()
      if (turn) await turn
      if (entry.name.includes(REPLACEMENT)) {
        // Several names that are no UTF-8 can read the same; at most one of them is that of a file.
        if (replaced.has(entry.name)) continue
        replaced.add(entry.name)
      }
      const relative = directory ? `${directory}/${entry.name}` : entry.name
      if (entry.isDirectory()) {
        const reason = skipDirectory(relative, entry.name, rules, this.#excludes)
        if (reason) this.#skip(`${relative}/`, reason)
        else directories.push({ directory: relative, rules })
        continue
      }
      const reason = entry.isSymbolicLink()
        ? 'link'
        : entry.isFile()
          ? skipFile(relative, rules, this.#excludes)
          : 'not-a-file'
      if (reason) this.#skip(relative, reason)
      else this.#candidates.push(relative)
    }
    return directories
  }

  async #measure(file: string): Promise<void> {
    try {
      const stats = await lstat(path.join(this.folder, file))
      if (stats.size > (this.options.maxFileSizeBytes ?? Number.POSITIVE_INFINITY)) this.#skip(file, 'too-large')
      else this.files.push({ path: file, ...statOf(stats) })
    } catch (error) {
      this.#skipProblem(file, problemOf(error) === 'gone' ? 'gone' : 'unreadable')
    }
  }

  /** What is gone was deleted since its folder was read, but for a name that stands for other bytes. */
  #skipProblem(skippedPath: string, problem: FileProblem): void {
    if (skippedPath.includes(REPLACEMENT)) this.#skip(skippedPath, 'name-not-utf8')
    else if (problem !== 'gone') this.#skip(skippedPath, reasonOf(problem))
  }

  #skip(skippedPath: string, reason: SkipReason): void {
    this.skipped.set(skippedPath, reason)
  }
}

/** What a problem with a file is called where paths are left out; what is gone is nobody's concern. */
export function reasonOf(problem: FileProblem): SkipReason {
  if (problem === 'outside') return 'link'
  return problem === 'gone' ? 'unreadable' : problem
}

const fileNamesOf = (entries: readonly Dirent[]) =>
  new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name))

interface PendingDirectory {
  directory: string
  rules: IgnoreRules
}

function skipDirectory(relative: string, name: string, rules: IgnoreRules, excludes: Excludes): SkipReason | undefined {
  if (isToolFolder(name)) return 'tool-folder'
  if (rules.ignores(`${relative}/`)) return 'ignored'
  return excludes(relative) ? 'excluded' : undefined
}

function skipFile(relative: string, rules: IgnoreRules, excludes: Excludes): SkipReason | undefined {
  const byName = skipByName(relative)
  if (byName) return byName
  if (rules.ignores(relative)) return 'ignored'
  return excludes(relative) ? 'excluded' : undefined
}

/** Stands in a name for bytes that are no UTF-8; such a name leads to no file, and could not be shown to anyone. */
const REPLACEMENT = '\ufffd'

/** Runs `work` for each item with bounded concurrency; cancellation is looked at between batches. */
async function inBatches<T, R>(
  items: readonly T[],
  signal: AbortSignal | undefined,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += BATCH_SIZE) {
    throwIfAborted(signal)
    results.push(...(await Promise.all(items.slice(at, at + BATCH_SIZE).map(work))))
  }
  return results
}

const BATCH_SIZE = 256

/** Python writes this file into each virtual environment, whatever its name. */
const VIRTUAL_ENVIRONMENT_MARK = 'pyvenv.cfg'
