import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from '../base/crc32.ts'
import { fsyncDirectory } from '../base/fsx.ts'
import { encodeSectionHeader, type FileKind, layOutSections, type SectionLayout } from './sectionFile.ts'
import { asIndexError } from './storageFailure.ts'

/**
 * Writes a section file piece by piece, all sections side by side, where one too large to be laid out in memory, or at
 * once, is wanted. `sizes`: the bytes that each section will have. Any failure removes the file: `E_DISK_FULL`.
 */
export class SectionWriter {
  readonly #layout: SectionLayout
  readonly #written: number[]
  /** Undefined once the file is closed. */
  #fd: number | undefined

  constructor(
    private readonly file: string,
    private readonly kind: FileKind,
    private readonly meta: object,
    sizes: readonly (readonly [string, number])[],
  ) {
    this.#layout = layOutSections(meta, sizes)
    this.#written = sizes.map(() => 0)
    try {
      this.#fd = openSync(file, 'wx', 0o600)
      // What lies between sections is zeros.
      ftruncateSync(this.#fd, this.#layout.sizeBytes)
    } catch (error) {
      if (this.#fd !== undefined) this.abandon()
      throw asIndexError(error, path.dirname(file))
    }
  }

  append(section: string, bytes: Uint8Array): void {
    const at = this.#layout.table.findIndex(([name]) => name === section)
    const entry = this.#layout.table[at]!
    this.#write(bytes, entry[1] + this.#written[at]!)
    this.#written[at]! += bytes.length
    entry[3] = crc32(bytes, entry[3])
  }

  /** Sees to it that what was appended is on disk. */
  sync(): void {
    try {
      fdatasyncSync(this.#fd!)
    } catch (error) {
      this.abandon()
      throw asIndexError(error, path.dirname(this.file))
    }
  }

  /** Ends and syncs the file; gives its size. */
  finish(): number {
    const { table, sizeBytes } = this.#layout
    if (table.some(([, , nBytes], i) => this.#written[i] !== nBytes)) throw new RangeError('A section is not complete.')
    this.#write(encodeSectionHeader(this.kind, this.meta, this.#layout), 0)
    try {
      fsyncSync(this.#fd!)
      this.#close()
      fsyncDirectory(path.dirname(this.file))
    } catch (error) {
      this.abandon()
      throw asIndexError(error, path.dirname(this.file))
    }
    return sizeBytes
  }

  /** Removes what was written. */
  abandon(): void {
    this.#close()
    rmSync(this.file, { force: true })
  }

  #close(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) closeSync(fd)
  }

  #write(bytes: Uint8Array, offset: number): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd!, bytes, at, bytes.length - at, offset + at)
    } catch (error) {
      this.abandon()
      throw asIndexError(error, path.dirname(this.file))
    }
  }
}
