import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writevSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { MEMORY_DIRECTORY, TEMPORARY_PREFIXES } from '../contract/locality.ts'

/**
 * Rows of documents go from an encoder process to its parent through files that both hold open, written and read in
 * place again and again. They have no name any more, so they end with the two, and lie in memory where the system has a
 * folder for that. In messages the rows would be copied three times more, and what that leaves for the collector to find
 * takes 4 % of a build with the built-in model.
 *
 * ```
 *   parent: [call 1 -> file 0] [call 2 -> file 1]          reads file 0 [call 3 -> file 0]
 *   process:                    runs 1, writes file 0, answers   runs 2, writes file 1, answers
 * ```
 */
export class RowFiles {
  /** What the process must inherit, as its descriptors `ROW_FDS`. Empty where files cannot be had. */
  readonly fds: number[]
  readonly #free: number[]

  /** In the first of `folders` that takes files. */
  constructor(folders: readonly string[] = [MEMORY_DIRECTORY, os.tmpdir()]) {
    this.fds = openFiles(folders)
    this.#free = this.fds.map((_, i) => i)
  }

  /** The number of a file for a call that is about to be made; undefined where there is none: then it goes without. */
  take(): number | undefined {
    return this.#free.shift()
  }

  /** The call is over, and what it has written was read. */
  giveBack(file: number): void {
    this.#free.push(file)
  }

  /** The first `nValues` of a file, in a buffer of their own. Throws what the system says where they are not there. */
  read(file: number, nValues: number): Float32Array {
    const values = new Float32Array(nValues)
    const bytes = new Uint8Array(values.buffer)
    for (let at = 0; at < bytes.length; ) {
      const nRead = readSync(this.fds[file]!, bytes, at, bytes.length - at, at)
      if (nRead === 0) throw new Error(`a file of rows ends after ${at} of ${bytes.length} bytes`)
      at += nRead
    }
    return values
  }

  /** May be called again: a process that cannot be spoken to is told of twice. */
  close(): void {
    this.#free.length = 0
    for (const fd of this.fds.splice(0)) closeSync(fd)
  }
}

/** The process's end. */
export interface RowWriter {
  /** Whether all of it could be written, over what was there. */
  write(file: number, rows: readonly Float32Array[]): boolean
}

/** Writes to files that the process has inherited; undefined where it has not. */
export function inheritedRowFiles(fds: readonly number[] = ROW_FDS): RowWriter | undefined {
  try {
    if (!fds.every((fd) => fstatSync(fd).isFile())) return undefined
  } catch {
    return undefined
  }
  return {
    write(file, rows) {
      const nBytes = rows.reduce((sum, each) => sum + each.byteLength, 0)
      try {
        return writevSync(fds[file]!, [...rows], 0) === nBytes
      } catch {
        // The disk may be full: the rows are sent.
        return false
      }
    },
  }
}

/**
 * After the standard streams and the channel of messages. As many as the calls under way at a process: while the rows of
 * one are read, those of the next are written.
 */
const ROW_FDS = [4, 5]

function openFiles(folders: readonly string[]): number[] {
  for (const folder of folders) {
    const fds: number[] = []
    try {
      while (fds.length < ROW_FDS.length) {
        const file = path.join(folder, `${TEMPORARY_PREFIXES.rows}${randomUUID()}`)
        fds.push(openSync(file, 'wx+', 0o600))
        unlinkSync(file)
      }
      return fds
    } catch {
      for (const fd of fds) closeSync(fd)
    }
  }
  return []
}
