import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * Replaces `file` by `data` so that a reader, or a kill at any moment, sees the old or the new bytes, never a mix:
 * temporary file in the same folder, fsync, rename, fsync of the folder.
 */
export function writeFileAtomicSync(file: string, data: Uint8Array | string): void {
  const temporary = `${file}.${process.pid}.tmp`
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  try {
    writeFileSyncedSync(temporary, bytes)
    renameSync(temporary, file)
    fsyncDirectory(path.dirname(file))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
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

/** The file's text; undefined where it cannot be read, for whatever reason. */
export function readTextIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
