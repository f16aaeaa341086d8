import { chmodSync, closeSync, copyFileSync, lstatSync, openSync, readdirSync } from 'node:fs'
import path from 'node:path'

/**
 * All that Lateral keeps is for its user alone: files 0600, folders 0700. Whoever makes one says so; this is for what
 * others make. On Windows modes say nothing, and the user's own folders are closed to others.
 */
export const OWN_FILE_MODE = 0o600
export const OWN_FOLDER_MODE = 0o700

/** For a process of our own, once, before it makes any file: also what libraries make is for the user alone. */
export function closeToOthers(): void {
  process.umask(0o077)
}

/** Makes an empty file where there is none, for one who would make it with wider rights. Failures are left to them. */
export function claimFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', OWN_FILE_MODE))
  } catch {
    // It is there, or cannot be made.
  }
}

/** Copies a file's bytes and not its mode. Throws what the system says. */
export function copyToOwn(from: string, to: string, mode = 0): void {
  // With the mode of the original for a moment, in a folder that is ours.
  copyFileSync(from, to, mode)
  chmodSync(to, OWN_FILE_MODE)
}

/**
 * Takes from others what earlier versions, or a copy, left open to them, in a folder of ours and all below. Links are
 * left alone, and what is somebody else's. O(entries).
 */
export function narrowModes(folder: string): void {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  narrow(folder, OWN_FOLDER_MODE)
  let entries: ReturnType<typeof entriesOf> = []
  try {
    entries = entriesOf(folder)
  } catch {
    return
  }
  for (const entry of entries) {
    const place = path.join(folder, entry.name)
    if (entry.isDirectory()) narrowModes(place)
    else if (entry.isFile()) narrow(place, OWN_FILE_MODE)
  }
}

const entriesOf = (folder: string) => readdirSync(folder, { withFileTypes: true })

/** Takes rights that `mode` does not have, from a file or folder of ours alone. */
export function narrow(place: string, mode: number): void {
  if (process.platform === 'win32') return
  try {
    const stats = lstatSync(place)
    // Through a link the mode of something else would change.
    if (!stats.isFile() && !stats.isDirectory()) return
    if ((stats.mode & 0o7777 & ~mode) !== 0) chmodSync(place, mode)
  } catch {
    // Gone, or another's.
  }
}
