import fc from 'fast-check'
import type { LexicalDoc } from '../../../../server/src/index/lexical/writer.ts'
import type { LexicalIndex, Postings } from '../../../../server/src/index/types.ts'

/** Content keys have 22 characters. */
export const keyOf = (name: string | number) => String(name).padStart(22, 'k')

export function doc(name: string | number, counts: Record<string, number>): LexicalDoc {
  return {
    key: keyOf(name),
    terms: { terms: Object.keys(counts), counts: Uint8Array.from(Object.values(counts)) },
  }
}

/** Docs with few distinct terms, so that lists grow long; terms of several bytes a letter among them. */
export const docs = fc
  .array(
    fc.dictionary(
      fc.oneof(
        fc.constantFrom('a', 'ab', 'abc', '=ab', 'ä', '日本', '𝐀'),
        fc.string({ unit: 'grapheme', maxLength: 5 }),
      ),
      fc.integer({ min: 1, max: 255 }),
      { maxKeys: 6, noNullPrototype: true },
    ),
    { maxLength: 30 },
  )
  .map((all) => all.map((counts, i) => doc(i, counts)))

export const plain = (postings: Postings | undefined) =>
  postings && { docs: Array.from(postings.docs), counts: Array.from(postings.counts) }

/** The lexical index by definition: maps, nothing packed. */
export class MapIndex implements LexicalIndex {
  readonly #docs: LexicalDoc[] = []

  constructor(docs: readonly LexicalDoc[] = []) {
    this.#docs.push(...docs)
  }
  get nDocs() {
    return this.#docs.length
  }
  get terms() {
    return [...new Set(this.#docs.flatMap((each) => each.terms.terms))]
  }
  docId(key: string) {
    const at = this.#docs.findIndex((each) => each.key === key)
    return at < 0 ? undefined : at
  }
  docLength(id: number) {
    return this.#docs[id]!.terms.counts.reduce((sum, count) => sum + count, 0)
  }
  postings(term: string) {
    const found: Postings = { docs: new Uint32Array(this.nDocs), counts: new Uint8Array(this.nDocs) }
    let n = 0
    this.#docs.forEach(({ terms: { terms, counts } }, id) => {
      const at = terms.indexOf(term)
      if (at < 0) return
      found.docs[n] = id
      found.counts[n++] = counts[at]!
    })
    return n === 0 ? undefined : { docs: found.docs.subarray(0, n), counts: found.counts.subarray(0, n) }
  }
  termsWithPrefix(prefix: string, limit: number) {
    return this.terms
      .filter((term) => term.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .slice(0, limit)
  }
}
