import type { Bitset } from '../base/bitset.ts'
import { CancelledError } from '../base/errors.ts'
import { queryTerms } from '../base/words.ts'
import { topIndices } from '../index/plaid/topk.ts'
import { UnitDocs } from '../index/plaid/unitDocs.ts'
import type { LexicalIndex, ScoredUnit, UnitTable } from '../index/types.ts'

/**
 * BM25 over units (Robertson and Zaragoza 2009, section 3), each unit being its body and its context together. Bound
 * to one version of the table; make a new one when the table changes. O(postings of the query's terms).
 */
export class LexicalSearcher {
  readonly #units: UnitDocs
  readonly #lengths: Float32Array
  readonly #averageLength: number
  readonly #nLive: number
  readonly #frequency: Float32Array
  readonly #scores: Float32Array

  constructor(
    private readonly index: LexicalIndex,
    table: UnitTable,
  ) {
    this.#units = new UnitDocs(table.bodyDoc.slice(), table.contextDoc.slice(), index.nDocs)
    this.#lengths = new Float32Array(table.size)
    const docLengths = new Map<number, number>()
    const lengthOf = (doc: number) => {
      let length = docLengths.get(doc)
      if (length === undefined) {
        length = index.docLength(doc)
        docLengths.set(doc, length)
      }
      return length
    }
    let total = 0
    let nLive = 0
    for (const unit of table.live) {
      this.#lengths[unit] = index.docLength(table.bodyDoc[unit]!) + lengthOf(table.contextDoc[unit]!)
      total += this.#lengths[unit]!
      nLive++
    }
    this.#nLive = nLive
    this.#averageLength = total / Math.max(1, nLive)
    this.#frequency = new Float32Array(table.size)
    this.#scores = new Float32Array(table.size)
  }

  /** The best `k` accepted units with a word of the query, best first. */
  search(text: string, k: number, accept: Bitset, shouldStop?: () => boolean): ScoredUnit[] {
    const scores = this.#scores.fill(0)
    const frequency = this.#frequency
    for (const { term, count } of queryTerms(text)) {
      if (shouldStop?.()) throw new CancelledError()
      const postings = this.index.postings(term)
      if (!postings) continue
      const touched: number[] = []
      for (let i = 0; i < postings.docs.length; i++) {
        const doc = postings.docs[i]!
        if (doc >= this.#units.nDocs) break
        for (const unit of this.#units.unitsOf(doc)) {
          if (frequency[unit] === 0) touched.push(unit)
          frequency[unit]! += postings.counts[i]!
        }
      }
      const idf = Math.log(1 + (this.#nLive - touched.length + 0.5) / (touched.length + 0.5))
      const weight = Math.max(idf, 0) * (1 + Math.log(count))
      for (const unit of touched) {
        const tf = frequency[unit]!
        frequency[unit] = 0
        const norm = K1 * (1 - B + (B * this.#lengths[unit]!) / this.#averageLength)
        scores[unit]! += (weight * tf * (K1 + 1)) / (tf + norm)
      }
    }
    for (let unit = 0; unit < scores.length; unit++) if (scores[unit]! > 0 && !accept.has(unit)) scores[unit] = 0
    return [...topIndices(scores, scores.length, k, 0, 1)]
      .filter((unit) => scores[unit]! > 0)
      .map((unit) => ({ unit, score: scores[unit]! }))
  }
}

const K1 = 1.2
const B = 0.6
