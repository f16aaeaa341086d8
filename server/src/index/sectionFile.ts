import { closeSync, fstatSync, readSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from '../base/crc32.ts'
import { openPlainFileSync } from '../base/fsx.ts'
import { indexCorrupt, indexFormatNewer } from '../contract/errorCodes.ts'
import { asReadError } from './storageFailure.ts'

/**
 * The container of the vector index's binary files (FORMAT.md, "Section file"):
 *
 *   0   4  magic "LTRL"
 *   4   2  format version
 *   6   2  file kind (1 codec, 2 vector segment, 3 raw spool)
 *   8   4  bytes of the header
 *   12  4  crc32 of the header
 *   16  -  header: JSON { version, meta, sections: [[name, offset, bytes, crc32], ...] }, padded with blanks to 16
 *   ... -  the sections, each at a multiple of 16, little-endian
 */
export const FORMAT_VERSION = 2 // 1: first; 2: residuals of 1 and 2 bits, codecs that know outliers and grow
export const FILE_KIND = { codec: 1, segment: 2, spool: 3 } as const
export type FileKind = (typeof FILE_KIND)[keyof typeof FILE_KIND]

export interface SectionFile<Meta> {
  meta: Meta
  sections: Map<string, { offset: number; nBytes: number; crc: number }>
}

/** Lays a file out in memory. Sections keep their order. */
export function encodeSectionFile(kind: FileKind, meta: object, sections: [string, ArrayBufferView][]): Uint8Array {
  const layout = layOutSections(
    meta,
    sections.map(([name, view]) => [name, view.byteLength]),
  )
  const file = new Uint8Array(layout.sizeBytes)
  sections.forEach(([, view], i) => {
    const entry = layout.table[i]!
    const bytes = bytesOf(view)
    entry[3] = crc32(bytes)
    file.set(bytes, entry[1])
  })
  file.set(encodeSectionHeader(kind, meta, layout))
  return file
}

export interface SectionLayout {
  /** Name, offset, bytes and checksum of each section. */
  table: [string, number, number, number][]
  /** Bytes of the header's JSON. */
  room: number
  sizeBytes: number
}

/** Where sections of these sizes lie; checksums are zero for now. */
export function layOutSections(meta: object, sizes: readonly (readonly [string, number])[]): SectionLayout {
  const table = sizes.map(([name, nBytes]): SectionLayout['table'][number] => [name, 0, nBytes, MAX_CRC])
  // Offsets depend on the header's length and it on the digits of the offsets: lay out with a header of fixed room.
  const room = roundUp(headerOf(meta, table).length + table.length * OFFSET_DIGITS)
  let end = HEADER_START + room
  for (const entry of table) {
    entry[1] = end
    entry[3] = 0
    end = roundUp(end + entry[2])
  }
  return { table, room, sizeBytes: end }
}

/** What stands before the sections. */
export function encodeSectionHeader(kind: FileKind, meta: object, { table, room }: SectionLayout): Uint8Array {
  const header = Buffer.from(headerOf(meta, table).padEnd(room, ' '), 'latin1')
  const bytes = Buffer.alloc(HEADER_START + room)
  bytes.write(MAGIC, 0, 'latin1')
  bytes.writeUInt16LE(FORMAT_VERSION, 4)
  bytes.writeUInt16LE(kind, 6)
  bytes.writeUInt32LE(header.length, 8)
  bytes.writeUInt32LE(crc32(header), 12)
  header.copy(bytes, HEADER_START)
  return bytes
}

/** An open file whose header has been read and checked; sections are read by position, each checked when wanted. */
export class SectionReader<Meta> {
  private constructor(
    readonly file: string,
    readonly sizeBytes: number,
    readonly content: SectionFile<Meta>,
    private readonly fd: number,
  ) {}

  /** Throws `E_INDEX_CORRUPT` naming the file, `E_INDEX_FORMAT` for a newer one, `E_STORAGE` for what may be over soon. */
  static open<Meta>(file: string, kind: FileKind): SectionReader<Meta> {
    const fd = openExisting(file)
    try {
      const sizeBytes = fstatSync(fd).size
      return new SectionReader(file, sizeBytes, readHeader<Meta>(fd, file, sizeBytes, kind), fd)
    } catch (error) {
      closeSync(fd)
      throw error
    }
  }

  get meta(): Meta {
    return this.content.meta
  }

  sectionBytes(name: string): number {
    return this.#section(name).nBytes
  }

  /** Fills `into` with the whole section. `verify` costs one pass over it. */
  read(name: string, into: Uint8Array, verify = true): void {
    const { offset, nBytes, crc } = this.#section(name)
    if (into.byteLength !== nBytes) throw indexCorrupt(path.basename(this.file), `section ${name} has ${nBytes} bytes`)
    this.#readAt(into, offset)
    if (verify && crc32(into) !== crc) {
      throw indexCorrupt(path.basename(this.file), `checksum of section ${name} does not match`)
    }
  }

  /** Fills `into` from byte `from` of the section on, unverified. */
  readPart(name: string, from: number, into: Uint8Array): void {
    this.#readAt(into, this.#section(name).offset + from)
  }

  readU8 = (name: string): Uint8Array => {
    const bytes = new Uint8Array(this.sectionBytes(name))
    this.read(name, bytes)
    return bytes
  }
  readU32 = (name: string): Uint32Array => new Uint32Array(this.readU8(name).buffer)
  readF32 = (name: string): Float32Array => new Float32Array(this.readU8(name).buffer)

  close(): void {
    closeSync(this.fd)
  }

  #section(name: string): { offset: number; nBytes: number; crc: number } {
    const section = this.content.sections.get(name)
    if (!section) throw indexCorrupt(path.basename(this.file), `section ${name} is missing`)
    return section
  }

  #readAt(into: Uint8Array, offset: number): void {
    for (let at = 0; at < into.byteLength; ) {
      const n = readSync(this.fd, into, at, into.byteLength - at, offset + at)
      if (n === 0) throw indexCorrupt(path.basename(this.file), 'it is cut short')
      at += n
    }
  }
}

/** A file that a manifest names and that is gone is damage like any other. */
function openExisting(file: string): number {
  try {
    return openPlainFileSync(file)
  } catch (error) {
    throw asReadError(error, file)
  }
}

function readHeader<Meta>(fd: number, file: string, sizeBytes: number, kind: FileKind): SectionFile<Meta> {
  const name = path.basename(file)
  const fixed = Buffer.alloc(HEADER_START)
  if (sizeBytes < HEADER_START || readSync(fd, fixed, 0, HEADER_START, 0) < HEADER_START) {
    throw indexCorrupt(name, 'it is cut short')
  }
  if (fixed.toString('latin1', 0, 4) !== MAGIC) throw indexCorrupt(name, 'it does not start as an index file')
  const version = fixed.readUInt16LE(4)
  if (version === 0) throw indexCorrupt(name, 'it has no version')
  if (version > FORMAT_VERSION) throw indexFormatNewer(version, FORMAT_VERSION)
  if (fixed.readUInt16LE(6) !== kind) throw indexCorrupt(name, 'it is of another kind')
  const headerBytes = fixed.readUInt32LE(8)
  if (headerBytes > sizeBytes - HEADER_START) throw indexCorrupt(name, 'it is cut short')
  const header = Buffer.alloc(headerBytes)
  readSync(fd, header, 0, headerBytes, HEADER_START)
  if (crc32(header) !== fixed.readUInt32LE(12)) throw indexCorrupt(name, 'checksum of the header does not match')
  const parsed = JSON.parse(header.toString('latin1')) as Header<Meta>
  // Before the header the version has no checksum. Earlier files do not repeat it.
  if (parsed.version !== undefined && parsed.version !== version) throw indexCorrupt(name, 'it has two versions')
  const sections = new Map(parsed.sections.map(([key, offset, nBytes, crc]) => [key, { offset, nBytes, crc }]))
  for (const { offset, nBytes } of sections.values()) {
    if (offset + nBytes > sizeBytes) throw indexCorrupt(name, 'it is cut short')
  }
  return { meta: parsed.meta, sections }
}

const headerOf = (meta: object, table: SectionLayout['table']) =>
  JSON.stringify({ version: FORMAT_VERSION, meta, sections: table } satisfies Header<object>)

interface Header<Meta> {
  version?: number
  meta: Meta
  sections: [string, number, number, number][]
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
const roundUp = (n: number) => Math.ceil(n / 16) * 16

const MAGIC = 'LTRL'
const HEADER_START = 16
const OFFSET_DIGITS = 12
const MAX_CRC = 0xffffffff
