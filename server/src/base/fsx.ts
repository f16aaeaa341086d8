import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import { READ_WITHOUT_WAITING } from './regularFile.ts'

/**
 * Replaces `file` by `data` so that a reader, or a kill at any moment, sees the old or the new bytes, never a mix:
 * temporary file in the same folder, fsync, rename, fsync of the folder. With `overFolder` a folder that stands in the
 * file's place goes; else it is a failure.
 */
export function writeFileAtomicSync(
  file: string,
  data: Uint8Array | string,
  options: { overFolder?: boolean } = {},
): void {
  const temporary = `${file}.${process.pid}.tmp`
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  try {
    writeFileSyncedSync(temporary, bytes)
    if (options.overFolder) renameOver(temporary, file)
    else renameSync(temporary, file)
    fsyncDirectory(path.dirname(file))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function renameOver(temporary: string, file: string): void {
  try {
    renameSync(temporary, file)
  } catch (error) {
    if (!lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) throw error
    rmSync(file, { recursive: true, force: true })
    renameSync(temporary, file)
  }
}

/** Writes all of `bytes` and syncs them; the folder's entry is the caller's to sync. A failure may leave a part. */
export function writeFileSyncedSync(file: string, bytes: Uint8Array): void {
  const fd = openSync(file, 'w', 0o600)
  try {
    for (let at = 0; at < bytes.byteLength; ) at += writeSync(fd, bytes, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Makes a rename durable. Windows cannot open folders: there it is a no-op. */
export function fsyncDirectory(directory: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(directory, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Whether `error` is how the system says that there is no more room: on the disk, or for this user on it. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/**
 * Opens a file of ours for reading. A folder, a pipe or a device in its place fails with the code `ENOTFILE`, and is
 * never waited for.
 */
export function openPlainFileSync(file: string): number {
  const fd = openSync(file, READ_WITHOUT_WAITING)
  try {
    if (!fstatSync(fd).isFile()) throw Object.assign(new Error(`${file} is no file`), { code: 'ENOTFILE' })
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** What is known of an entry of a folder of ours, where it is there: a file in a folder's place has no entries. */
export function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
}

/**
 * The bytes of a file of ours; see `openPlainFileSync`. One larger than any that Lateral writes in its place fails with the
 * code `EFBIG`, before anything of it is read.
 */
export function readPlainFileSync(file: string, maxBytes = MAX_PLAIN_BYTES): Buffer<ArrayBuffer> {
  const fd = openPlainFileSync(file)
  try {
    const { size } = fstatSync(fd)
    if (size > maxBytes) throw Object.assign(new Error(`${file} has ${size} bytes`), { code: 'EFBIG' })
    return readFileSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** The text of a file of ours; undefined where it cannot be read, for whatever reason. */
export function readPlainTextIfThere(file: string): string | undefined {
  try {
    return readPlainFileSync(file).toString('utf8')
  } catch {
    return undefined
  }
}

/** The file's text; undefined where it cannot be read, for whatever reason. */
export function readTextIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Manifests and the like have some kilobytes. */
const MAX_PLAIN_BYTES = 64 * 1024 * 1024
