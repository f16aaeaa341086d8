import { writeFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeSectionFile, FILE_KIND, FORMAT_VERSION, SectionReader } from '../../../server/src/index/sectionFile.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { codeOf } from './support.ts'

const SECTIONS: [string, ArrayBufferView][] = [
  ['bytes', Uint8Array.of(1, 2, 3, 4, 5)],
  ['empty', new Uint32Array(0)],
  ['numbers', Float32Array.of(0.5, -2, 1e30)],
]
const encoded = () => Buffer.from(encodeSectionFile(FILE_KIND.segment, { nDocs: 3 }, SECTIONS))
const headerEnd = (bytes: Buffer) => 16 + bytes.readUInt32LE(8)

/** Reads everything, as a reader of the format would. */
function readAll(file: string) {
  const reader = SectionReader.open<{ nDocs: number }>(file, FILE_KIND.segment)
  try {
    const [bytes, empty, numbers] = [reader.readU8('bytes'), reader.readU32('empty'), reader.readF32('numbers')]
    return { meta: reader.meta, bytes, empty, numbers }
  } finally {
    reader.close()
  }
}

const written = (bytes: Uint8Array) => {
  const file = path.join(temporaryFolder(), '000001.vec')
  writeFileSync(file, bytes)
  return file
}

describe('a section file', () => {
  it('comes back as it was written', () =>
    expect(readAll(written(encoded()))).toEqual({
      meta: { nDocs: 3 },
      bytes: Uint8Array.of(1, 2, 3, 4, 5),
      empty: new Uint32Array(0),
      numbers: Float32Array.of(0.5, -2, 1e30),
    }))

  it('starts every section at a multiple of 16', () => {
    const reader = SectionReader.open(written(encoded()), FILE_KIND.segment)
    for (const { offset } of reader.content.sections.values()) expect(offset % 16).toBe(0)
    reader.close()
  })

  it('is damaged by any changed byte of its start, its header or a section', () => {
    const file = written(encoded())
    const end = headerEnd(encoded())
    const covered = [...Array(end).keys(), ...[0, 4].map((i) => end + i), ...[0, 11].map((i) => end + 16 + i)]
    fc.assert(
      fc.property(fc.constantFrom(...covered), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = encoded()
        bytes[at]! ^= change
        writeFileSync(file, bytes)
        const isNewer = bytes.readUInt16LE(4) > FORMAT_VERSION
        expect(codeOf(() => readAll(file))).toBe(isNewer ? 'E_INDEX_FORMAT' : 'E_INDEX_CORRUPT')
      }),
      { numRuns: 400 },
    )
  })

  it('is damaged where it is cut short, anywhere', () => {
    const file = written(encoded())
    const bytes = encoded()
    for (let length = 0; length < headerEnd(bytes) + 16 + 12; length += 5) {
      writeFileSync(file, bytes.subarray(0, length))
      expect(codeOf(() => readAll(file))).toBe('E_INDEX_CORRUPT')
    }
  })

  it('is damaged where it is missing, of another kind, or lacks a section, and named', () => {
    const missing = path.join(temporaryFolder(), '000002.vec')
    expect(() => readAll(missing)).toThrow('The index file 000002.vec is damaged: it is missing.')
    const file = written(encoded())
    expect(codeOf(() => SectionReader.open(file, FILE_KIND.codec))).toBe('E_INDEX_CORRUPT')
    const reader = SectionReader.open(file, FILE_KIND.segment)
    expect(() => reader.readU8('colours')).toThrow(/000001\.vec.*section colours is missing/)
    expect(() => reader.read('bytes', new Uint8Array(4))).toThrow(/has 5 bytes/)
    reader.close()
  })

  it('can be read without its checksum', () => {
    const bytes = encoded()
    bytes[headerEnd(bytes)]! ^= 1
    const reader = SectionReader.open(written(bytes), FILE_KIND.segment)
    const into = new Uint8Array(5)
    reader.read('bytes', into, false)
    expect(into).toEqual(Uint8Array.of(0, 2, 3, 4, 5))
    reader.close()
  })
})
