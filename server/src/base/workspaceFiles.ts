import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
} from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'
import {
  close,
  type FileContent,
  type FileProblem,
  fillSync,
  open,
  problemOf,
  problemWith,
  READ_WITHOUT_WAITING,
  readBytes,
  readBytesSync,
} from './regularFile.ts'

/**
 * The only way to the files of a folder that is indexed or searched. Whoever made that folder is not trusted: only
 * regular files are read, only up to a size, never waiting for a FIFO or device, and only where no part of the way is a
 * link. What is not read has a named problem instead; nothing throws.
 *
 * Linux tells where an open file really is, so that a folder that is exchanged for a link at any moment is noticed. macOS
 * refuses links on the whole way itself. Elsewhere the way is looked at before and after, and the file compared.
 */
export class WorkspaceFiles {
  readonly #text = new TextBuffer()
  /** Folders that no link leads to, with the time until which that is believed. */
  readonly #believedUntilMs = new Map<string, number>()
  #descriptorsTell: boolean | undefined
  /** Whether opening has once kept the thread waiting. */
  #isSlow = false

  /**
   * `root`: without links in its path, as `realpath` gives it; one that appears there later counts as a way out.
   * `asksDescriptors`: for tests of what other systems do.
   */
  constructor(
    readonly root: string,
    private readonly asksDescriptors = process.platform === 'linux',
  ) {}

  /** `relative`: to the root, '/' between parts. Some 10 us for a small file. */
  readSync(relative: string, maxBytes: number): FileContent | FileProblem {
    return this.#openSync(relative, maxBytes, (fd, stats) => ({ bytes: readBytesSync(fd, stats.size), stats }))
  }

  /** As `readSync`, decoded: what is not UTF-8 becomes U+FFFD. */
  readTextSync(relative: string, maxBytes: number): { text: string; stats: Stats } | FileProblem {
    return this.#openSync(relative, maxBytes, (fd, stats) => ({ text: this.#text.read(fd, stats.size), stats }))
  }

  /** As `readSync`, for many files at a time and for disks that may be slow. */
  async read(relative: string, maxBytes: number): Promise<FileContent | FileProblem> {
    if (!isInside(relative)) return 'outside'
    const file = this.#pathOf(relative)
    try {
      const before = await lstat(file)
      const problem = problemWith(before, maxBytes) ?? this.#problemBefore(relative)
      if (problem) return problem
      const fd = await open(file, READ_BESIDE_LINKS)
      try {
        const stats = fstatSync(fd)
        const problem = problemWith(stats, maxBytes) ?? this.#problemAfter(relative, before, fd, stats)
        return problem ?? { bytes: await readBytes(fd, stats.size), stats }
      } finally {
        await close(fd)
      }
    } catch (error) {
      return problemOf(error)
    }
  }

  /**
   * What is known of a regular file without reading it: some 2 us. That no link leads there is believed for some
   * milliseconds: enough to show what is kept of the file, not to read it by its path.
   */
  statSync(relative: string): Stats | FileProblem {
    if (!isInside(relative)) return 'outside'
    try {
      const stats = lstatSync(this.#pathOf(relative))
      return problemWith(stats, Number.POSITIVE_INFINITY) ?? this.#folderProblem(relative, BELIEVED_MS) ?? stats
    } catch (error) {
      return problemOf(error)
    }
  }

  /** What is in a folder; '' is the root. */
  async list(relative: string): Promise<Dirent[] | FileProblem> {
    if (relative !== '' && !isInside(relative)) return 'outside'
    const folder = relative === '' ? this.root : this.#pathOf(relative)
    try {
      if (!this.#canAskDescriptors()) {
        const entries = await readdir(folder, { withFileTypes: true })
        return this.#folderProblem(`${relative}/`, 0) ?? entries
      }
      const fd = this.#isSlow ? await open(folder, LIST_BESIDE_LINKS) : this.#openFolderNow(folder)
      try {
        const problem = problemOfPlace(readlinkSync(descriptorPath(fd)), folder, this.root)
        return problem ?? (await readdir(descriptorPath(fd), { withFileTypes: true }))
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      return problemOf(error)
    }
  }

  #openSync<T>(relative: string, maxBytes: number, work: (fd: number, stats: Stats) => T): T | FileProblem {
    if (!isInside(relative)) return 'outside'
    const file = this.#pathOf(relative)
    try {
      const before = lstatSync(file)
      const problem = problemWith(before, maxBytes) ?? this.#problemBefore(relative)
      if (problem) return problem
      const fd = openSync(file, READ_BESIDE_LINKS)
      try {
        const stats = fstatSync(fd)
        const problem = problemWith(stats, maxBytes) ?? this.#problemAfter(relative, before, fd, stats)
        return problem ?? work(fd, stats)
      } finally {
        closeSync(fd)
      }
    } catch (error) {
      return problemOf(error)
    }
  }

  /** Takes a third of the time of `open`, where the disk is no slow one. */
  #openFolderNow(folder: string): number {
    const startedMs = performance.now()
    const fd = openSync(folder, LIST_BESIDE_LINKS)
    this.#isSlow = performance.now() - startedMs > SLOW_OPEN_MS
    return fd
  }

  #pathOf(relative: string): string {
    return this.root.endsWith(path.sep) ? `${this.root}${relative}` : `${this.root}${path.sep}${relative}`
  }

  /** Where descriptors do not tell, a link is better not opened at all: it may lead over the network. */
  #problemBefore(relative: string): FileProblem | undefined {
    return this.#canAskDescriptors() ? undefined : this.#folderProblem(relative, BELIEVED_MS)
  }

  #problemAfter(relative: string, before: Stats, fd: number, stats: Stats): FileProblem | undefined {
    const file = this.#pathOf(relative)
    if (this.#canAskDescriptors()) return problemOfPlace(readlinkSync(descriptorPath(fd)), file, this.root)
    // Replaced meanwhile, as editors do when they save.
    if (!isSame(before, stats) && !isSame(lstatSync(file), stats)) return 'unreadable'
    return this.#folderProblem(relative, 0)
  }

  /** What is wrong with the way to the folder of this file; an answer of up to so long ago will do. */
  #folderProblem(relative: string, believedMs: number): FileProblem | undefined {
    const folder = relative.slice(0, Math.max(0, relative.lastIndexOf('/')))
    const nowMs = performance.now()
    if (believedMs > 0 && nowMs < (this.#believedUntilMs.get(folder) ?? 0)) return undefined
    const expected = folder === '' ? this.root : this.#pathOf(folder)
    const problem = isWindows
      ? problemOnWindows(this.root, expected)
      : problemOfPlace(realpathSync.native(expected), expected, this.root)
    if (!problem) {
      if (this.#believedUntilMs.size > MAX_BELIEVED) this.#believedUntilMs.clear()
      this.#believedUntilMs.set(folder, nowMs + BELIEVED_MS)
    }
    return problem
  }

  /** Whether the system tells where an open file is; some have no /proc, or one that knows other paths. */
  #canAskDescriptors(): boolean {
    if (!this.asksDescriptors) return false
    if (this.#descriptorsTell === undefined) {
      if (realpathSync.native(this.root) !== this.root) return false
      const fd = openSync(this.root, LIST_BESIDE_LINKS)
      try {
        this.#descriptorsTell = readlinkSync(descriptorPath(fd)) === this.root
      } catch {
        this.#descriptorsTell = false
      } finally {
        closeSync(fd)
      }
    }
    return this.#descriptorsTell
  }
}

/** Sizes that what is read from a workspace may have. */
export const READ_LIMIT_BYTES = {
  /** `.gitignore` and the like. */
  ignoreFile: 1 << 20,
  /** What git keeps: `config`, `HEAD`, `commondir`. */
  gitFile: 1 << 20,
  /** Whatever the user's own limit is: `index.maxFileSizeKb` goes no further. */
  source: 64 << 20,
} as const

/** Whether a path stays below the folder that it is relative to, by its words alone. */
export function isInside(relative: string): boolean {
  return !LEADS_OUT.test(relative) && !relative.includes('\0') && !(isWindows && ODD_ON_WINDOWS.test(relative))
}

/** Decodes files in a buffer that stays: a new one for each takes longer than reading. */
class TextBuffer {
  #bytes = Buffer.alloc(0)

  read(fd: number, sizeBytes: number): string {
    if (sizeBytes > MAX_KEPT_BUFFER_BYTES) return readBytesSync(fd, sizeBytes).toString('utf8')
    if (sizeBytes > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.min(MAX_KEPT_BUFFER_BYTES, Math.max(MIN_BUFFER_BYTES, sizeBytes * 2)))
    }
    return this.#bytes.toString('utf8', 0, fillSync(fd, this.#bytes, sizeBytes))
  }
}

const isWindows = process.platform === 'win32'

/** What it means that something is at `place`, which was looked for at `expected` below `root`. */
function problemOfPlace(place: string, expected: string, root: string): FileProblem | undefined {
  if (place === expected || place === `${expected} (deleted)`) return undefined
  const isBelow = place === root || place.startsWith(root.endsWith(path.sep) ? root : root + path.sep)
  if (!isBelow) return 'outside'
  // Some file systems take names for equal that differ in case or in how accents are written.
  return folded(place) === folded(expected) ? undefined : 'link'
}

/** There a drive may stand for a folder of another one, so that only ways from the root on can be compared. */
function problemOnWindows(root: string, expected: string): FileProblem | undefined {
  if (lstatSync(root).isSymbolicLink()) return 'outside'
  const realRoot = realpathSync.native(root)
  const way = path.relative(root, expected)
  return problemOfPlace(folded(realpathSync.native(expected)), folded(path.join(realRoot, way)), folded(realRoot))
}

const folded = (text: string) => text.normalize('NFC').toLowerCase()

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev && a.birthtimeMs === b.birthtimeMs && a.size === b.size
}

const descriptorPath = (fd: number) => `/proc/self/fd/${fd}`

/** An empty part, `.`, `..`, an absolute path. */
const LEADS_OUT = /(?:^|\/)\.{0,2}(?:\/|$)/
/** Other separators, streams and drives, and names that are devices in every folder. */
const ODD_ON_WINDOWS = /[\\:]|(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)\s*(?:\.[^/]*)?(?:\/|$)/i

/** Of macOS: no link on the whole way. Node does not name it. */
const O_NOFOLLOW_ANY = 0x20000000
/** Windows knows neither. */
const { O_NOFOLLOW = 0, O_DIRECTORY = 0 } = constants
const READ_BESIDE_LINKS = READ_WITHOUT_WAITING | (process.platform === 'darwin' ? O_NOFOLLOW_ANY : O_NOFOLLOW)
const LIST_BESIDE_LINKS = READ_WITHOUT_WAITING | O_NOFOLLOW | O_DIRECTORY

const BELIEVED_MS = 20
const SLOW_OPEN_MS = 1
const MAX_BELIEVED = 10_000
const MIN_BUFFER_BYTES = 1 << 16
const MAX_KEPT_BUFFER_BYTES = 1 << 20
