import {
  closeSync,
  close as closeThen,
  constants,
  fstatSync,
  openSync,
  open as openThen,
  readSync,
  read as readThen,
  type Stats,
  statSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

/**
 * Why a file is not read. `outside`: its path leads out of the folder that it is to be in. `link`: it is a link, or a
 * folder on the way to it is one that stays inside. `not-a-file`: a folder, FIFO, socket or device. `unreadable`: the
 * system refuses.
 */
export type FileProblem = 'gone' | 'outside' | 'link' | 'not-a-file' | 'too-large' | 'unreadable'

export interface FileContent {
  bytes: Buffer
  /** Of the very file that was read, from before its bytes were. */
  stats: Stats
}

/**
 * The bytes of a file that the user or git's own configuration names, and which may therefore be a link and lie anywhere:
 * only of a regular file of up to `maxBytes`, without ever waiting for a FIFO or device. Never throws.
 */
export function readRegularFileSync(file: string, maxBytes: number): FileContent | FileProblem {
  try {
    const before = statSync(file)
    const problem = problemWith(before, maxBytes)
    if (problem) return problem
    const fd = openSync(file, READ_WITHOUT_WAITING)
    try {
      const stats = fstatSync(fd)
      return problemWith(stats, maxBytes) ?? { bytes: readBytesSync(fd, stats.size), stats }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    return problemOf(error)
  }
}

/** As `readRegularFileSync`, for what may be slow. */
export async function readRegularFile(file: string, maxBytes: number): Promise<FileContent | FileProblem> {
  try {
    const before = await stat(file)
    const problem = problemWith(before, maxBytes)
    if (problem) return problem
    const fd = await open(file, READ_WITHOUT_WAITING)
    try {
      const stats = fstatSync(fd)
      return problemWith(stats, maxBytes) ?? { bytes: await readBytes(fd, stats.size), stats }
    } finally {
      await close(fd)
    }
  } catch (error) {
    return problemOf(error)
  }
}

/** The text of such a file; undefined where it is not read, for whatever reason. */
export function readRegularTextSync(file: string, maxBytes: number): string | undefined {
  const content = readRegularFileSync(file, maxBytes)
  return typeof content === 'string' ? undefined : content.bytes.toString('utf8')
}

/** What keeps an entry of the file system from being read as a file. */
export function problemWith(stats: Stats, maxBytes: number): FileProblem | undefined {
  if (stats.isSymbolicLink()) return 'link'
  if (!stats.isFile()) return 'not-a-file'
  return stats.size > maxBytes ? 'too-large' : undefined
}

/** What an error of the file system says about the file. */
export function problemOf(error: unknown): FileProblem {
  return PROBLEMS.get((error as NodeJS.ErrnoException | undefined)?.code ?? '') ?? 'unreadable'
}

/** The first `sizeBytes` of an open file, or fewer where it has become shorter: what is appended meanwhile stays out. */
export function readBytesSync(fd: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes)
  return bytes.subarray(0, fillSync(fd, bytes, sizeBytes))
}

/** Reads into the beginning of `into`; answers how many bytes there were, `sizeBytes` at most. */
export function fillSync(fd: number, into: Buffer, sizeBytes: number): number {
  let at = 0
  while (at < sizeBytes) {
    const n = readSync(fd, into, at, sizeBytes - at, null)
    if (n === 0) break
    at += n
  }
  return at
}

/** As `readBytesSync`. */
export async function readBytes(fd: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(sizeBytes)
  let at = 0
  while (at < sizeBytes) {
    const { bytesRead } = await read(fd, bytes, at, sizeBytes - at, null)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

/** Callbacks take half the time of `node:fs/promises`, which makes a handle of each file. */
export const open: (file: string, flags: number) => Promise<number> = promisify(openThen)
export const close = promisify(closeThen)
const read = promisify(readThen)

/** To open a FIFO waits for its other end, unless told not to; a terminal must not become ours. Windows has neither. */
export const READ_WITHOUT_WAITING = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/** ENXIO: a socket. EISDIR: Windows, of a folder. ENAMETOOLONG, ERR_INVALID_ARG_VALUE: no file can have that name. */
const PROBLEMS = new Map<string, FileProblem>([
  ['ENOENT', 'gone'],
  ['ENOTDIR', 'gone'],
  ['ENAMETOOLONG', 'gone'],
  ['ERR_INVALID_ARG_VALUE', 'gone'],
  ['ELOOP', 'link'],
  ['ENXIO', 'not-a-file'],
  ['ENODEV', 'not-a-file'],
  ['EISDIR', 'not-a-file'],
  ['EFBIG', 'too-large'],
  ['EOVERFLOW', 'too-large'],
])
