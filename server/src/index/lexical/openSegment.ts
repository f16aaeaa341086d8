import type { DocTerms, Postings } from '../types.ts'
import { KEY_BYTES } from './format.ts'
import { encodeSegment } from './writer.ts'

/** The docs added since the last seal, in memory, in the order of their addition. Searchable at once. */
export class OpenSegment {
  readonly #keys: string[] = []
  readonly #byKey = new Map<string, number>()
  readonly #lengths: number[] = []
  readonly #lists = new Map<string, GrowingPostings>()

  get nDocs(): number {
    return this.#keys.length
  }

  find(key: string): number | undefined {
    return this.#byKey.get(key)
  }

  key(doc: number): string {
    return this.#keys[doc]!
  }

  docLength(doc: number): number {
    return this.#lengths[doc] ?? 0
  }

  /** The key must be new. O(terms). */
  add(key: string, { terms, counts }: DocTerms): number {
    if (key.length !== KEY_BYTES) throw new RangeError(`A content key has ${KEY_BYTES} characters: ${key}`)
    const doc = this.#keys.length
    let length = 0
    for (let i = 0; i < terms.length; i++) {
      const list = this.#lists.get(terms[i]!) ?? new GrowingPostings()
      if (list.length === 0) this.#lists.set(terms[i]!, list)
      list.push(doc, counts[i]!)
      length += counts[i]!
    }
    this.#keys.push(key)
    this.#byKey.set(key, doc)
    this.#lengths.push(length)
    return doc
  }

  documentFrequency(term: string): number {
    return this.#lists.get(term)?.length ?? 0
  }

  readPostings(term: string, firstDoc: number, into: Postings, at: number): number {
    const list = this.#lists.get(term)
    if (!list) return at
    for (let i = 0; i < list.length; i++) into.docs[at + i] = firstDoc + list.docs[i]!
    into.counts.set(list.counts.subarray(0, list.length), at)
    return at + list.length
  }

  terms(): Iterable<string> {
    return this.#lists.keys()
  }

  encode(): Uint8Array {
    const lists = this.#lists
    const terms = (function* (): Iterable<[string, Postings]> {
      for (const [term, list] of lists)
        yield [term, { docs: list.docs.subarray(0, list.length), counts: list.counts.subarray(0, list.length) }]
    })()
    return encodeSegment({ keys: this.#keys, lengths: this.#lengths, terms })
  }
}

/** Most terms have one doc: starts at one and doubles. */
class GrowingPostings {
  length = 0
  docs = new Uint32Array(1)
  counts = new Uint8Array(1)

  push(doc: number, count: number): void {
    if (this.length === this.docs.length) {
      const docs = new Uint32Array(this.length * 2)
      docs.set(this.docs)
      const counts = new Uint8Array(this.length * 2)
      counts.set(this.counts)
      this.docs = docs
      this.counts = counts
    }
    this.docs[this.length] = doc
    this.counts[this.length++] = count
  }
}
