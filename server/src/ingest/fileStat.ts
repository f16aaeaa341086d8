import type { Stats } from 'node:fs'
import type { FileStat } from '../index/types.ts'

/** What the file system says of a file, as the index keeps it. */
export const statOf = ({ size, mtimeMs, ctimeMs, ino }: Stats): FileStat => ({
  sizeBytes: size,
  mtimeMs,
  ctimeMs: Math.max(0, ctimeMs),
  inode: ino,
})

/**
 * Whether a file is as it was when it was read: size, both times and inode are the same. What the file system does not
 * tell, then or now, is passed over; what was not noted then counts as changed.
 */
export function isUnchanged(now: FileStat, then: FileStat): boolean {
  return (
    now.sizeBytes === then.sizeBytes &&
    now.mtimeMs === then.mtimeMs &&
    isSame(now.ctimeMs, then.ctimeMs) &&
    isSame(now.inode, then.inode)
  )
}

/**
 * What to keep of a file that was measured and then read, at `nowMs`. One that changed just before may change once more
 * within the same tick of the file system's clock: its change time is left out, so that it is read again another time.
 */
export function statToKeep(measured: FileStat, nowMs: number): FileStat {
  return isSettled(measured.ctimeMs ?? 0, nowMs) ? measured : { ...measured, ctimeMs: undefined }
}

/** What to keep of a file that turned out to have the same content. */
export function statAfterTouch(measured: FileStat, then: FileStat, nowMs: number): FileStat {
  // A file system that makes inodes up, as some over a network do: with them every start would read every file again.
  const isMadeUp = then.inode !== undefined && timesOf(measured) === timesOf(then) && measured.inode !== then.inode
  return statToKeep(isMadeUp ? { ...measured, inode: 0 } : measured, nowMs)
}

/** Whether a change from now on will show in the change time. One far in the future is of another clock. */
export const isSettled = (ctimeMs: number, nowMs: number): boolean =>
  ctimeMs < nowMs - COARSEST_TICK_MS || ctimeMs > nowMs + OTHER_CLOCK_MS

const timesOf = ({ sizeBytes, mtimeMs, ctimeMs }: FileStat) => `${sizeBytes} ${mtimeMs} ${ctimeMs}`

const isSame = (now: number | undefined, then: number | undefined) => now === 0 || then === 0 || now === then

/** Of the clocks of file systems: 2 s (FAT). */
const COARSEST_TICK_MS = 2000
const OTHER_CLOCK_MS = 60_000
