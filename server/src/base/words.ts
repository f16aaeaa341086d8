import { stem } from './stem.ts'
import { isStopWord } from './stopWords.ts'

/**
 * The analyser of the lexical side: text in, weighted terms out. Two sorts of term:
 * - a *word*: one part of an identifier, lower-cased and stemmed (`HTTPServer` -> `http`, `serv`);
 * - an *exact* term: a whole identifier of several parts, lower-cased, its joiners left out, behind '='
 *   (`parse_config` and `parseConfig` -> `=parseconfig`).
 */
export interface WeightedTerms {
  /** Distinct, in order of first appearance. */
  terms: string[]
  /** Parallel to `terms`; 1..255, saturating. */
  counts: Uint8Array
}

/** Terms of a plain text, each occurrence counted once. O(length), more than 5 MB/s. */
export function analyse(text: string): WeightedTerms {
  const counter = new TermCounter()
  counter.add(text, 1)
  return counter.finish()
}

/** Terms of a unit's body. The text holds name and doc already; the extra weight lifts them above it. */
export function bodyTerms(unit: { name: string; doc: string; text: string }): WeightedTerms {
  const counter = new TermCounter()
  counter.add(unit.text, 1)
  counter.add(unit.doc, DOC_WEIGHT)
  counter.add(unit.name, NAME_WEIGHT)
  return counter.finish()
}

/** Terms of where a unit stands: its folders, its file's stem and its enclosing declarations. */
export function contextTerms(path: string, container: string): WeightedTerms {
  const counter = new TermCounter()
  const slash = path.lastIndexOf('/')
  counter.add(path.slice(0, Math.max(slash, 0)), FOLDER_WEIGHT)
  counter.add(fileStem(path), STEM_WEIGHT)
  counter.add(container, CONTAINER_WEIGHT)
  return counter.finish()
}

/** File name without folder and extensions: `a/b/session.test.ts` -> `session.test`, `.eslintrc` -> `.eslintrc`. */
export function fileStem(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(0, dot) : name
}

export interface QueryTerm {
  term: string
  /** Occurrences in the query. */
  count: number
}

/**
 * Terms of a question: stop words left out, unless nothing else is there. Every word also asks for the exact term of
 * its letters, so that `httpserver` finds `HTTPServer`, and so do two or three words in a row: `http server`.
 */
export function queryTerms(text: string): QueryTerm[] {
  const counts = new Map<string, number>()
  const keep = (term: string) => counts.set(term, (counts.get(term) ?? 0) + 1)
  const words = contentWords(text)
  for (const word of words) for (const term of termsOf(word)) keep(term)
  for (const word of words) {
    const exact = `=${flatten(word)}`
    if (exact.length > 4 && !counts.has(exact)) keep(exact)
  }
  for (let i = 0; i + 1 < words.length; i++) {
    const pair = `=${flatten(words[i]!)}${flatten(words[i + 1]!)}`
    if (!counts.has(pair)) keep(pair)
    if (i + 2 < words.length && !counts.has(pair + flatten(words[i + 2]!))) keep(pair + flatten(words[i + 2]!))
  }
  return [...counts].map(([term, count]) => ({ term, count }))
}

/** Words of a text as they stand, stop words left out, unless nothing else is there. */
export function contentWords(text: string): string[] {
  const words: string[] = []
  scan(text, (word) => words.push(word))
  const content = words.filter((word) => !isStopWord(word.toLowerCase()))
  return content.length > 0 ? content : words
}

/** Parts of an identifier or words of a text, lower-cased, not stemmed: `HTTPServer_v2` -> `http`, `server`, `v`, `2`. */
export function splitIdentifier(text: string): string[] {
  const parts: string[] = []
  scan(text, (word) => {
    for (const part of split(word)) parts.push(part)
  })
  return parts
}

/** Distinct stemmed words of a text (no exact terms). */
export function stemmedWords(text: string): string[] {
  const stems = new Set<string>()
  scan(text, (word) => {
    for (const each of stemsOf(word)) stems.add(each)
  })
  return [...stems]
}

/** Adds up weighted terms of several texts. */
export class TermCounter {
  readonly #counts = new Map<string, number>()

  add(text: string, weight: number): void {
    const counts = this.#counts
    scan(text, (word) => {
      for (const term of termsOf(word)) counts.set(term, (counts.get(term) ?? 0) + weight)
    })
  }

  finish(): WeightedTerms {
    const counts = new Uint8Array(this.#counts.size)
    let i = 0
    for (const count of this.#counts.values()) counts[i++] = Math.min(Math.round(count), 255)
    return { terms: [...this.#counts.keys()], counts }
  }
}

const NAME_WEIGHT = 4
const DOC_WEIGHT = 1
const FOLDER_WEIGHT = 1
const STEM_WEIGHT = 3
const CONTAINER_WEIGHT = 2

/** Longer runs of letters and digits with many digits are data (hashes, base64), not names. */
const LONGEST_NAME = 64

/** The same few thousand identifiers make up most of a code base: what they fall into is remembered. */
const cache = new Map<string, readonly string[]>()
const CACHE_LIMIT = 50_000

function termsOf(word: string): readonly string[] {
  let terms = cache.get(word)
  if (!terms) {
    if (cache.size >= CACHE_LIMIT) cache.clear()
    terms = makeTerms(word)
    cache.set(word, terms)
  }
  return terms
}

function makeTerms(word: string): string[] {
  if (word.length > LONGEST_NAME && word.replace(/\D/g, '').length * 5 > word.length) return []
  const terms: string[] = []
  const parts = split(word)
  for (const part of parts) {
    // A lone ASCII letter or digit (`i`, `T`, the 2 of `v2`) is everywhere and asks for nothing.
    if (part.length > 1 || part.charCodeAt(0) > 0x7f) terms.push(stem(part))
  }
  if (parts.length > 1 && word.length <= LONGEST_NAME) {
    const flat = flatten(word)
    if (flat.length > 1) terms.push(`=${flat}`)
  }
  return terms
}

/** The same of the stems of a word's parts. */
const stemCache = new Map<string, readonly string[]>()

function stemsOf(word: string): readonly string[] {
  let stems = stemCache.get(word)
  if (!stems) {
    if (stemCache.size >= CACHE_LIMIT) stemCache.clear()
    stems = split(word).map(stem)
    stemCache.set(word, stems)
  }
  return stems
}

function flatten(word: string): string {
  return word.replace(/[_$]/g, '').toLowerCase()
}

const OTHER = 0
const LOWER = 1
const UPPER = 2
const DIGIT = 3
const JOINER = 4
/** Scripts written without blanks between words: Han, Hiragana, Katakana, Hangul, Thai. */
const UNSPACED = 5

/** Calls `found` with every run of letters, digits, marks and joiners, accents composed with their letters. */
function scan(source: string, found: (word: string) => void): void {
  const text = DECOMPOSED.test(source) ? source.normalize('NFC') : source
  const length = text.length
  let start = -1
  for (let i = 0; i < length; i++) {
    let code = text.charCodeAt(i)
    let width = 1
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(i)!
      width = code > 0xffff ? 2 : 1
    }
    if (classOf(code) === OTHER) {
      if (start >= 0) found(text.slice(start, i))
      start = -1
    } else if (start < 0) start = i
    i += width - 1
  }
  if (start >= 0) found(text.slice(start))
}

/**
 * Parts of a word, cut at case, digit and joiner borders, in lower case:
 * `parseHTTPHeader2` -> parse http header 2; `URLs` stays whole; unspaced scripts fall into overlapping pairs.
 */
function split(word: string): string[] {
  const parts: string[] = []
  let start = 0
  let before = JOINER
  let beforeAt = 0
  for (let i = 0; i < word.length; i++) {
    const code = word.codePointAt(i)!
    const width = code > 0xffff ? 2 : 1
    const now = classOf(code)
    /** Where a part ends before this character; -1 for nowhere. */
    let end = -1
    if (now === JOINER) end = i
    else if (now === UNSPACED) {
      if (before !== UNSPACED) end = i
    } else if (now !== before && before !== JOINER) {
      if (before === UPPER && now === LOWER) {
        const acronym = beforeAt > start
        const loneLower = i + width >= word.length || classOf(word.codePointAt(i + width)!) !== LOWER
        if (acronym && !loneLower) end = beforeAt
      } else if (before !== UNSPACED) end = i
    }
    if (end >= 0) {
      if (end > start) parts.push(word.slice(start, end).toLowerCase())
      start = end
    }
    if (now === JOINER) start = i + 1
    else if (now === UNSPACED) {
      const next = word.codePointAt(i + width)
      const pair = next !== undefined && classOf(next) === UNSPACED
      if (pair) parts.push(word.slice(i, i + width + (next > 0xffff ? 2 : 1)))
      else if (before !== UNSPACED) parts.push(word.slice(i, i + width))
      start = i + width
    }
    before = now
    beforeAt = i
    i += width - 1
  }
  if (word.length > start) parts.push(word.slice(start).toLowerCase())
  return parts
}

/** Class of each UTF-16 code unit; 255 where it has not been asked yet. */
const classes = new Uint8Array(0x10000).fill(255)

function classOf(code: number): number {
  if (code > 0xffff) return classify(String.fromCodePoint(code))
  const known = classes[code]!
  if (known !== 255) return known
  const found = classify(String.fromCharCode(code))
  classes[code] = found
  return found
}

/** By expressions, which take a millisecond to be made ready, only what is not ASCII. */
function classify(char: string): number {
  if (char < '\x80') {
    if (char >= 'a' && char <= 'z') return LOWER
    if (char >= 'A' && char <= 'Z') return UPPER
    if (char >= '0' && char <= '9') return DIGIT
    return char === '_' || char === '$' ? JOINER : OTHER
  }
  if (/\p{Lu}|\p{Lt}/u.test(char)) return UPPER
  if (/\p{L}|\p{M}/u.test(char)) return UNSPACED_SCRIPT.test(char) ? UNSPACED : LOWER
  if (/\p{N}/u.test(char)) return DIGIT
  return OTHER
}

/** Marks that may have a composed form with the letter before them: accents, the voicing of kana, parts of Hangul. */
const DECOMPOSED = /[\u0300-\u036f\u1160-\u11ff\u3099\u309a]/

/** With the letters that several scripts share, such as the long-vowel mark of kana. */
const UNSPACED_SCRIPT = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u
