import { Bitset } from '../base/bitset.ts'
import { CancelledError } from '../base/errors.ts'
import { analyse, contentWords, queryTerms, splitIdentifier } from '../base/words.ts'
import { topIndices } from '../index/plaid/topk.ts'
import type { LexicalIndex, Postings, ScoredUnit, UnitTable } from '../index/types.ts'
import { type DocUnits, docUnitsOf } from './docUnits.ts'

/**
 * BM25 over units (Robertson and Zaragoza 2009, section 3), each unit being its body and its context together. Bound
 * to one version of the table; make a new one when the table changes: O(units). One search at a time.
 */
export class LexicalSearcher {
  readonly #docUnits: DocUnits
  readonly #nLive: number
  /** K1 times the length normalisation of each unit: the denominator of BM25 without its tf. */
  readonly #norms: Float32Array
  /** Of one term, by unit; all zero between two terms. */
  readonly #frequency: Uint16Array
  readonly #touched: Uint32Array
  readonly #scores: Float32Array

  constructor(
    private readonly index: LexicalIndex,
    private readonly table: UnitTable,
  ) {
    this.#docUnits = docUnitsOf(table, index.nDocs)
    this.#nLive = table.live.count()
    this.#norms = normsOf(index, table)
    this.#frequency = new Uint16Array(table.size)
    this.#touched = new Uint32Array(table.size)
    this.#scores = new Float32Array(table.size)
  }

  /**
   * The best `k` accepted units with a word of the query, best first. O(postings of the query's terms + units).
   * How rare a word is counts over all live units, accepted or not. Throws `CancelledError` once `shouldStop` holds.
   *
   * An identifier in the query is never lost in a crowd: up to `k / 2` of those units are among the `k` that are called
   * by it or, where few have it, have it at all, however well other units do with the query's other words.
   */
  search(text: string, k: number, accept: Bitset, shouldStop?: () => boolean): ScoredUnit[] {
    const scores = this.#scores.fill(0)
    const identifiers = identifiersIn(text)
    const exact: number[] = []
    for (const { term, count } of queryTerms(text)) {
      if (shouldStop?.()) throw new CancelledError()
      const postings = this.index.postings(term)
      if (!postings) continue
      const nTouched = this.#gather(postings)
      const name = identifiers.get(term)
      if (name !== undefined) for (const unit of this.#exactUnits(nTouched, name, k, accept)) exact.push(unit)
      this.#addTerm(nTouched, count, accept)
    }
    const best = [...topIndices(scores, scores.length, k, 0, 1)].filter((unit) => scores[unit]! > 0)
    return withKept(best, exact, scores, k).map((unit) => ({ unit, score: scores[unit]! }))
  }

  /**
   * The accepted units that have every word of `text`, anywhere and in any form: a superset of those that contain the
   * text itself at the borders of words. O(postings of its terms).
   */
  unitsWithWords(text: string, accept: Bitset): Bitset {
    const found = accept.clone()
    for (const term of analyse(text).terms) {
      const postings = this.index.postings(term)
      const nTouched = postings ? this.#gather(postings) : 0
      const having = new Bitset(accept.size)
      for (let i = 0; i < nTouched; i++) {
        having.set(this.#touched[i]!)
        this.#frequency[this.#touched[i]!] = 0
      }
      found.and(having)
    }
    return found
  }

  /** Of the accepted units that have an identifier: all where these are few, else those of that name. */
  #exactUnits(nTouched: number, name: string, k: number, accept: Bitset): number[] {
    const accepted: number[] = []
    const isRare = nTouched <= k / 4
    for (let i = 0; i < nTouched; i++) {
      const unit = this.#touched[i]!
      // Names count more than once, so most units need no look at theirs.
      if (!isRare && (this.#frequency[unit]! < LEAST_NAME_COUNT || flatName(this.table.name(unit)) !== name)) continue
      if (accept.has(unit)) accepted.push(unit)
    }
    return accepted
  }

  /** Adds up a term's counts by unit and lists the units; returns how many there are. */
  #gather({ docs, counts }: Postings): number {
    const { offsets, units, nDocs } = this.#docUnits
    const frequency = this.#frequency
    const touched = this.#touched
    let nTouched = 0
    for (let i = 0; i < docs.length; i++) {
      const doc = docs[i]!
      if (doc >= nDocs) break
      const end = offsets[doc + 1]!
      for (let at = offsets[doc]!; at < end; at++) {
        const unit = units[at]!
        const before = frequency[unit]!
        if (before === 0) touched[nTouched++] = unit
        frequency[unit] = before + counts[i]!
      }
    }
    return nTouched
  }

  #addTerm(nTouched: number, count: number, accept: Bitset): void {
    const weight = Math.log(1 + (this.#nLive - nTouched + 0.5) / (nTouched + 0.5)) * (1 + Math.log(count)) * (K1 + 1)
    const frequency = this.#frequency
    for (let i = 0; i < nTouched; i++) {
      const unit = this.#touched[i]!
      const tf = frequency[unit]!
      frequency[unit] = 0
      if (accept.has(unit)) this.#scores[unit]! += (weight * tf) / (tf + this.#norms[unit]!)
    }
  }
}

/**
 * The terms of a query that stand for whole identifiers, with these flattened: names of several parts, and a word that
 * stands alone.
 */
function identifiersIn(text: string): Map<string, string> {
  const words = contentWords(text)
  const [first] = words
  if (words.length === 1 && splitIdentifier(first!).length === 1) {
    return new Map(analyse(first!).terms.map((term) => [term, flatName(first!)]))
  }
  const identifiers = words.filter((word) => splitIdentifier(word).length > 1)
  return new Map(identifiers.map((word) => [`=${flatName(word)}`, flatName(word)]))
}

/** `best` with the best of `exact` in the places of its last ones. */
function withKept(best: number[], exact: readonly number[], scores: Float32Array, k: number): number[] {
  const byScore = (a: number, b: number) => scores[b]! - scores[a]! || a - b
  const known = new Set(best)
  const lost = [...new Set(exact)].filter((unit) => !known.has(unit)).sort(byScore)
  if (lost.length === 0) return best
  const wanted = new Set(exact)
  const kept = best.filter((unit) => wanted.has(unit)).length
  const added = lost.slice(0, Math.max(0, Math.floor(k / 2) - kept))
  const isDropped = new Set(best.filter((unit) => !wanted.has(unit)).slice(best.length - kept - added.length))
  return [...best.filter((unit) => !isDropped.has(unit)), ...added].sort(byScore).slice(0, k)
}

const flatName = (name: string): string => name.replace(/[^\p{L}\p{M}\p{N}]/gu, '').toLowerCase()

function normsOf(index: LexicalIndex, table: UnitTable): Float32Array {
  const lengths = new Float32Array(table.size)
  const { bodyDoc, contextDoc } = table
  const docLengths = Float32Array.from({ length: index.nDocs }, (_, doc) => index.docLength(doc))
  const lengthOf = (doc: number) => docLengths[doc] ?? 0
  let total = 0
  let nLive = 0
  for (const unit of table.live) {
    const length = lengthOf(bodyDoc[unit]!) + lengthOf(contextDoc[unit]!)
    lengths[unit] = length
    total += length
    nLive++
  }
  const average = total / Math.max(1, nLive) || 1
  return lengths.map((length) => K1 * (1 - B + (B * length) / average))
}

/** A name counts four times beside its own occurrence in the text. */
const LEAST_NAME_COUNT = 4

/** Saturation of repeated words, and how far long units are held back. The quality is flat around both (0.8-2, 0.4-0.75). */
const K1 = 1.2
const B = 0.6
