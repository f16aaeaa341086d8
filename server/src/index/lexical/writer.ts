import { crc32 } from '../../base/crc32.ts'
import { runAll, type Sliced } from '../plaid/sliced.ts'
import type { DocTerms, Postings } from '../types.ts'
import { HEADER_BYTES, KEY_BYTES, LEXICAL_MAGIC, LEXICAL_VERSION, layoutOf } from './format.ts'

export interface LexicalDoc {
  /** Content key, 22 ASCII characters. */
  key: string
  terms: DocTerms
}

/** What a segment is written from: terms of docs 0..n-1, in any order of terms. */
export interface SegmentSource {
  keys: readonly string[]
  lengths: ArrayLike<number>
  /** Every term once, with postings in ascending order of docs. */
  terms: Iterable<[string, Postings]>
}

/** The bytes of a segment over `docs`, in their order. O(total terms, with a sort of the distinct ones). */
export function writeSegment(docs: readonly LexicalDoc[]): Uint8Array {
  const lists = new Map<string, { docs: number[]; counts: number[] }>()
  const lengths = new Uint32Array(docs.length)
  docs.forEach(({ terms: { terms, counts } }, doc) => {
    for (let i = 0; i < terms.length; i++) {
      const list = lists.get(terms[i]!) ?? { docs: [], counts: [] }
      if (list.docs.length === 0) lists.set(terms[i]!, list)
      list.docs.push(doc)
      list.counts.push(counts[i]!)
      lengths[doc]! += counts[i]!
    }
  })
  const keys = docs.map((doc) => doc.key)
  return encodeSegment({ keys, lengths, terms: postingsOf(lists) })
}

function* postingsOf(lists: Map<string, { docs: number[]; counts: number[] }>): Iterable<[string, Postings]> {
  for (const [term, list] of lists)
    yield [term, { docs: Uint32Array.from(list.docs), counts: Uint8Array.from(list.counts) }]
}

export const encodeSegment = (source: SegmentSource): Uint8Array => runAll(encodeInSlices(source))

/** As `encodeSegment`; what `source` reads from must stay meanwhile. */
export function* encodeInSlices(source: SegmentSource): Sliced<Uint8Array> {
  const entries: { text: Buffer; postings: Postings }[] = []
  let termBytes = 0
  let postingBytes = 0
  const mayYield = everyBytes()
  for (const [term, postings] of source.terms) {
    const text = Buffer.from(term, 'utf8')
    entries.push({ text, postings })
    termBytes += text.length
    postingBytes += encodedSize(postings)
    if (mayYield(termBytes + postingBytes)) yield
  }
  yield
  entries.sort((a, b) => Buffer.compare(a.text, b.text))
  yield
  const layout = layoutOf(source.keys.length, entries.length, termBytes, postingBytes)
  const bytes = new Uint8Array(layout.size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, LEXICAL_MAGIC, true)
  view.setUint16(4, LEXICAL_VERSION, true)
  const header = [source.keys.length, entries.length, termBytes, postingBytes, layout.size, 0]
  for (const [i, value] of header.entries()) view.setUint32(HEADER_BYTES - 24 + 4 * i, value, true)

  source.keys.forEach((key, doc) => {
    if (key.length !== KEY_BYTES) throw new RangeError(`A content key has ${KEY_BYTES} characters: ${key}`)
    for (let i = 0; i < KEY_BYTES; i++) bytes[layout.keys + doc * KEY_BYTES + i] = key.charCodeAt(i)
    view.setUint32(layout.lengths + 4 * doc, source.lengths[doc]!, true)
  })
  yield
  let termAt = 0
  let postingAt = 0
  const mayYieldAgain = everyBytes()
  for (const [i, { text, postings }] of entries.entries()) {
    view.setUint32(layout.termStarts + 4 * i, termAt, true)
    view.setUint32(layout.frequencies + 4 * i, postings.docs.length, true)
    view.setUint32(layout.postingStarts + 4 * i, postingAt, true)
    bytes.set(text, layout.terms + termAt)
    termAt += text.length
    postingAt += encodePostings(postings, bytes, layout.postings + postingAt)
    if (mayYieldAgain(termAt + postingAt)) yield
  }
  yield
  view.setUint32(layout.termStarts + 4 * entries.length, termAt, true)
  view.setUint32(layout.postingStarts + 4 * entries.length, postingAt, true)
  view.setUint32(layout.checksum, crc32(bytes.subarray(0, layout.checksum)), true)
  return bytes
}

/** Answers whether another `BYTES_A_SLICE` have been passed since it last did. */
function everyBytes(): (bytes: number) => boolean {
  let next = BYTES_A_SLICE
  return (bytes) => {
    if (bytes < next) return false
    next = bytes + BYTES_A_SLICE
    return true
  }
}

function encodedSize({ docs }: Postings): number {
  let size = docs.length
  let previous = 0
  for (const doc of docs) {
    for (let delta = doc - previous; delta > 0x7f; delta >>>= 7) size++
    size++
    previous = doc
  }
  return size
}

/** Returns the number of bytes written at `at`. */
function encodePostings({ docs, counts }: Postings, bytes: Uint8Array, at: number): number {
  let end = at
  let previous = 0
  for (let i = 0; i < docs.length; i++) {
    let delta = docs[i]! - previous
    previous = docs[i]!
    for (; delta > 0x7f; delta >>>= 7) bytes[end++] = (delta & 0x7f) | 0x80
    bytes[end++] = delta
    bytes[end++] = counts[i]!
  }
  return end - at
}

/** Of terms and postings: some 5 ms. */
const BYTES_A_SLICE = 131_072
