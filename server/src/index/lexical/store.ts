import { lowerBound } from '../../base/lowerBound.ts'
import type { Sliced } from '../plaid/sliced.ts'
import type { DocTerms, LexicalIndex, Postings } from '../types.ts'
import { OpenSegment } from './openSegment.ts'
import { LexicalSegment } from './segment.ts'
import { encodeInSlices, encodeSegment } from './writer.ts'

/**
 * Sealed segments and one open segment behind one face. Global doc ids run through the sealed segments in order, then
 * through the open one; `seal` keeps them. One thread.
 */
export class LexicalStore implements LexicalIndex {
  readonly #segments: LexicalSegment[] = []
  /** First global doc of each sealed segment; last entry: first doc of the open one. */
  readonly #firstDocs: number[] = [0]
  #open = new OpenSegment()

  /** `file` names the segment in errors. Doc ids follow those of earlier segments; only before the first `add`. */
  attach(bytes: Uint8Array, file: string): void {
    if (this.#open.nDocs > 0) throw new Error('Segments are attached before docs are added.')
    const segment = LexicalSegment.open(bytes, file)
    this.#segments.push(segment)
    this.#firstDocs.push(this.#openFirst + segment.nDocs)
  }

  get #openFirst(): number {
    return this.#firstDocs[this.#firstDocs.length - 1]!
  }

  get nDocs(): number {
    return this.#openFirst + this.#open.nDocs
  }

  get nSegments(): number {
    return this.#segments.length
  }

  /** Docs that `seal` would write. */
  get nOpenDocs(): number {
    return this.#open.nDocs
  }

  docId(key: string): number | undefined {
    const open = this.#open.find(key)
    if (open !== undefined) return this.#openFirst + open
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const doc = this.#segments[i]!.keys.find(key)
      if (doc !== undefined) return this.#firstDocs[i]! + doc
    }
    return undefined
  }

  /** Adds a doc, searchable at once, unless its key is known. Returns its id either way. */
  add(key: string, terms: DocTerms): number {
    return this.docId(key) ?? this.#openFirst + this.#open.add(key, terms)
  }

  /**
   * Turns the open segment into a sealed one and returns its bytes for the caller to store; undefined if it is empty.
   * Doc ids stay as they are.
   */
  seal(file = 'the new lexical segment'): Uint8Array | undefined {
    if (this.#open.nDocs === 0) return undefined
    const bytes = this.#open.encode()
    this.#open = new OpenSegment()
    this.attach(bytes, file)
    return bytes
  }

  /**
   * Joins the sealed segments from the `first` on, and what is open, into one and returns its bytes for the caller to
   * store in their place. Doc ids stay as they are. O(postings joined).
   */
  merge(first = 0, file = 'the joined lexical segment'): Uint8Array {
    this.seal()
    const joined = this.#segments.slice(first)
    const firstDoc = this.#firstDocs[first]!
    const lengths: number[] = []
    const keys: string[] = []
    for (let doc = firstDoc; doc < this.nDocs; doc++) {
      keys.push(this.key(doc))
      lengths.push(this.docLength(doc))
    }
    const bytes = encodeSegment({ keys, lengths, terms: joinedTerms(joined) })
    this.#segments.length = first
    this.#firstDocs.length = first + 1
    this.attach(bytes, file)
    return bytes
  }

  /** First doc of a sealed segment, how many it has, and about how many bytes each of them takes. O(docs). */
  segment(at: number): { firstDoc: number; nDocs: number; docBytes: (doc: number) => number } {
    const segment = this.#segments[at]!
    const { nDocs, sizeBytes } = segment
    const firstDoc = this.#firstDocs[at]!
    let nTerms = 0
    for (let doc = 0; doc < nDocs; doc++) nTerms += segment.docLength(doc) + 1
    // The file's bytes, shared out by length: what a doc takes of its own is not to be told from it.
    return { firstDoc, nDocs, docBytes: (doc) => (sizeBytes * (segment.docLength(doc - firstDoc) + 1)) / nTerms }
  }

  /**
   * Bytes of a sealed segment with only these of its docs (ascending ids). O(postings of the segment), in slices: the
   * segment is only read, and may be replaced meanwhile.
   */
  *encodeOnly(at: number, kept: Uint32Array): Sliced<Uint8Array> {
    const segment = this.#segments[at]!
    const firstDoc = this.#firstDocs[at]!
    const renumbered = new Int32Array(segment.nDocs).fill(-1)
    kept.forEach((doc, i) => {
      renumbered[doc - firstDoc] = i
    })
    const keys: string[] = []
    for (const doc of kept) {
      keys.push(segment.keys.key(doc - firstDoc))
      if (keys.length % KEYS_A_SLICE === 0) yield
    }
    const lengths = kept.map((doc) => segment.docLength(doc - firstDoc))
    yield
    return yield* encodeInSlices({ keys, lengths, terms: renumberedTerms(segment, renumbered) })
  }

  /** Puts a segment in the place of another, or none; ids of later docs move by the difference. */
  replace(at: number, bytes: Uint8Array | undefined, file: string): void {
    this.#segments.splice(at, 1, ...(bytes ? [LexicalSegment.open(bytes, file)] : []))
    this.#firstDocs.length = 1
    for (const segment of this.#segments) this.#firstDocs.push(this.#openFirst + segment.nDocs)
  }

  key(doc: number): string {
    const at = this.#segmentOf(doc)
    const own = doc - this.#firstDocs[at]!
    return this.#segments[at]?.keys.key(own) ?? this.#open.key(own)
  }

  docLength(doc: number): number {
    const at = this.#segmentOf(doc)
    return (this.#segments[at] ?? this.#open).docLength(doc - this.#firstDocs[at]!)
  }

  /** Index of the doc's segment; the open one has the index after the last. O(log segments). */
  #segmentOf(doc: number): number {
    return lowerBound(this.#segments.length, (at) => this.#firstDocs[at + 1]! > doc)
  }

  /** The arrays are the caller's own. */
  postings(term: string): Postings | undefined {
    const numbers = this.#segments.map((segment) => segment.findTerm(term))
    let total = this.#open.documentFrequency(term)
    numbers.forEach((number, i) => {
      if (number >= 0) total += this.#segments[i]!.documentFrequency(number)
    })
    if (total === 0) return undefined
    const postings = { docs: new Uint32Array(total), counts: new Uint8Array(total) }
    let end = 0
    numbers.forEach((number, i) => {
      if (number >= 0) end = this.#segments[i]!.readPostings(number, this.#firstDocs[i]!, postings, end)
    })
    this.#open.readPostings(term, this.#openFirst, postings, end)
    return postings
  }

  termsWithPrefix(prefix: string, limit: number): string[] {
    const found = new Set<string>()
    const wanted = Buffer.from(prefix, 'utf8')
    for (const segment of this.#segments) {
      const first = segment.lowerBound(wanted)
      for (let i = first; i < Math.min(first + limit, segment.nTerms); i++) {
        const term = segment.term(i)
        if (!term.startsWith(prefix)) break
        found.add(term)
      }
    }
    for (const term of this.#open.terms()) if (term.startsWith(prefix)) found.add(term)
    return [...found].sort(byBytes).slice(0, limit)
  }
}

/** Every term of the segments with its postings in all of them, docs counted through. */
function* joinedTerms(segments: readonly LexicalSegment[]): Iterable<[string, Postings]> {
  const places = new Map<string, [segment: number, term: number][]>()
  const firstDocs: number[] = []
  let nDocs = 0
  segments.forEach((segment, i) => {
    firstDocs.push(nDocs)
    nDocs += segment.nDocs
    for (let number = 0; number < segment.nTerms; number++) {
      const term = segment.term(number)
      const known = places.get(term)
      if (known) known.push([i, number])
      else places.set(term, [[i, number]])
    }
  })
  for (const [term, at] of places) {
    const total = at.reduce((sum, [segment, number]) => sum + segments[segment]!.documentFrequency(number), 0)
    const postings = { docs: new Uint32Array(total), counts: new Uint8Array(total) }
    let end = 0
    for (const [segment, number] of at) {
      end = segments[segment]!.readPostings(number, firstDocs[segment]!, postings, end)
    }
    yield [term, postings]
  }
}

/** Terms of some docs of a segment; `renumbered`: the new number of each doc, -1 where it is left out. */
function* renumberedTerms(segment: LexicalSegment, renumbered: Int32Array): Iterable<[string, Postings]> {
  const postings = { docs: new Uint32Array(segment.nDocs), counts: new Uint8Array(segment.nDocs) }
  for (let number = 0; number < segment.nTerms; number++) {
    const end = segment.readPostings(number, 0, postings, 0)
    let nKept = 0
    for (let i = 0; i < end; i++) {
      const doc = renumbered[postings.docs[i]!]!
      if (doc < 0) continue
      postings.docs[nKept] = doc
      postings.counts[nKept++] = postings.counts[i]!
    }
    if (nKept > 0)
      yield [segment.term(number), { docs: postings.docs.slice(0, nKept), counts: postings.counts.slice(0, nKept) }]
  }
}

/** The order of terms inside segments, which is not that of UTF-16 strings. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}

const KEYS_A_SLICE = 8192
