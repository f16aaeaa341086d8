import { crc32 } from '../../base/crc32.ts'
import { lowerBound } from '../../base/lowerBound.ts'
import { indexCorrupt, indexFormatNewer } from '../../contract/errorCodes.ts'
import type { Postings } from '../types.ts'
import {
  CHECKSUM_BYTES,
  HEADER_BYTES,
  KEY_BYTES,
  LEXICAL_MAGIC,
  LEXICAL_VERSION,
  type LexicalLayout,
  layoutOf,
} from './format.ts'
import { KeyTable } from './keyTable.ts'

/**
 * Reads one lexical segment straight from its bytes; nothing is unpacked but the table of keys. Doc numbers are the
 * segment's own, 0..nDocs-1.
 *
 * **Invariant:** after `open` every offset has been checked, so no later read can run out of bounds.
 */
export class LexicalSegment {
  readonly nDocs: number
  readonly nTerms: number
  readonly keys: KeyTable
  readonly #bytes: Uint8Array
  readonly #layout: LexicalLayout
  readonly #lengths: Uint32Array
  readonly #termStarts: Uint32Array
  readonly #frequencies: Uint32Array
  readonly #postingStarts: Uint32Array

  /**
   * Checks header and checksum. O(size), about 1 GB/s. Throws `E_INDEX_CORRUPT` or, for a version that this program
   * does not know, `E_INDEX_FORMAT`. `file` names the segment in errors. The bytes must not change afterwards.
   */
  static open(bytes: Uint8Array, file: string): LexicalSegment {
    if (bytes.length < HEADER_BYTES + CHECKSUM_BYTES) throw indexCorrupt(file, 'too short')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (view.getUint32(0, true) !== LEXICAL_MAGIC) throw indexCorrupt(file, 'not a lexical segment')
    const version = view.getUint16(4, true)
    if (version > LEXICAL_VERSION) {
      if (checksumHolds(bytes, view)) throw indexFormatNewer(version, LEXICAL_VERSION)
      throw indexCorrupt(file, 'wrong checksum')
    }
    const [nDocs, nTerms, termBytes, postingBytes, size] = [8, 12, 16, 20, 24].map((at) => view.getUint32(at, true))
    const layout = layoutOf(nDocs!, nTerms!, termBytes!, postingBytes!)
    if (size !== bytes.length || layout.size !== bytes.length) throw indexCorrupt(file, 'wrong length')
    if (!checksumHolds(bytes, view)) throw indexCorrupt(file, 'wrong checksum')
    return new LexicalSegment(bytes, layout, nDocs!, nTerms!)
  }

  private constructor(bytes: Uint8Array, layout: LexicalLayout, nDocs: number, nTerms: number) {
    this.nDocs = nDocs
    this.nTerms = nTerms
    this.#bytes = bytes
    this.#layout = layout
    this.#lengths = words(bytes, layout.lengths, nDocs)
    this.#termStarts = words(bytes, layout.termStarts, nTerms + 1)
    this.#frequencies = words(bytes, layout.frequencies, nTerms)
    this.#postingStarts = words(bytes, layout.postingStarts, nTerms + 1)
    this.keys = new KeyTable(bytes.subarray(layout.keys, layout.keys + nDocs * KEY_BYTES), nDocs)
  }

  get sizeBytes(): number {
    return this.#bytes.length
  }

  docLength(doc: number): number {
    return this.#lengths[doc] ?? 0
  }

  /** Number of the term in byte order, or -1. O(log nTerms). */
  findTerm(term: string): number {
    const wanted = Buffer.from(term, 'utf8')
    const at = this.lowerBound(wanted)
    return at < this.nTerms && this.#compare(at, wanted) === 0 ? at : -1
  }

  /** First term that is not below `wanted`. */
  lowerBound(wanted: Uint8Array): number {
    return lowerBound(this.nTerms, (term) => this.#compare(term, wanted) >= 0)
  }

  term(number: number): string {
    const from = this.#layout.terms + this.#termStarts[number]!
    const to = this.#layout.terms + this.#termStarts[number + 1]!
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + from, to - from).toString('utf8')
  }

  documentFrequency(number: number): number {
    return this.#frequencies[number]!
  }

  /** Unpacks a term's list into `docs` and `counts` from `at` on, adding `firstDoc` to each doc. Returns the new end. */
  readPostings(number: number, firstDoc: number, { docs, counts }: Postings, at: number): number {
    const bytes = this.#bytes
    const end = this.#layout.postings + this.#postingStarts[number + 1]!
    let doc = firstDoc
    for (let from = this.#layout.postings + this.#postingStarts[number]!; from < end; ) {
      let byte = bytes[from++]!
      let delta = byte & 0x7f
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = bytes[from++]!
        delta |= (byte & 0x7f) << shift
      }
      doc += delta
      docs[at] = doc
      counts[at++] = bytes[from++]!
    }
    return at
  }

  #compare(number: number, wanted: Uint8Array): number {
    const from = this.#layout.terms + this.#termStarts[number]!
    const length = this.#termStarts[number + 1]! - this.#termStarts[number]!
    const common = Math.min(length, wanted.length)
    for (let i = 0; i < common; i++) {
      const difference = this.#bytes[from + i]! - wanted[i]!
      if (difference !== 0) return difference
    }
    return length - wanted.length
  }
}

function checksumHolds(bytes: Uint8Array, view: DataView): boolean {
  const end = bytes.length - CHECKSUM_BYTES
  return view.getUint32(end, true) === crc32(bytes.subarray(0, end))
}

/** A view where the platform's order and the alignment allow it, a copy otherwise. */
function words(bytes: Uint8Array, at: number, count: number): Uint32Array {
  const offset = bytes.byteOffset + at
  if (offset % 4 === 0 && LITTLE_ENDIAN) return new Uint32Array(bytes.buffer, offset, count)
  const view = new DataView(bytes.buffer, offset, count * 4)
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 * i, true))
}

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
