import { stemmedWords } from '../../base/words.ts'
import type { QueryProfile } from '../profile.ts'

/**
 * How far a name is what the query asks for, 0..1: 1 where the whole name stands in the query as one word or as
 * neighbours; else the share of its words that the query has, damped, as the words may stand there for something else.
 */
export function nameMatch(name: string, query: QueryProfile): number {
  if (name === '') return 0
  const { flat, words } = knownName(name)
  if (flat.length > 2 && query.runs.has(flat)) return 1
  return shareMatched(words, (word) => query.stems.has(word))
}

/**
 * What a match counts for where the query is a name itself: who types `Visitor` has seen it so, and means neither
 * `visitor` nor `visit`, and `_Visitor` only where there is no other. Capitals are only looked at where the query has
 * some.
 */
export function spelling(name: string, query: QueryProfile): number {
  if (query.spelled.has(name)) return 1
  const { flat, letters } = knownName(name)
  if (query.letters.has(letters)) return OTHER_SIGNS
  if (!query.runs.has(flat)) return OTHER_WORD
  return query.isCased ? OTHER_CASE : 1
}

/** The share of words that match, damped; 0 where there are none. */
export function shareMatched(words: readonly string[], matches: (word: string) => boolean): number {
  if (words.length === 0) return 0
  const matched = words.filter(matches).length
  return (matched / words.length) * (matched === words.length ? ALL_WORDS : SOME_WORDS)
}

/** The share of the query's words that a name or path has. */
export function shareOfQuery(name: string, query: QueryProfile): number {
  const shared = wordsOfName(name).filter((word) => query.stems.has(word)).length
  return shared / Math.max(1, query.stems.size)
}

/** Stemmed words of a name or path; lone letters say nothing. */
export function wordsOfName(name: string): readonly string[] {
  return knownName(name).words
}

interface KnownName {
  /** Letters and digits, as they are written. */
  letters: string
  /** The same in lower case. */
  flat: string
  words: readonly string[]
}

/** A folder's searches meet the same few thousand names and paths again and again. */
const known = new Map<string, KnownName>()
const MAX_KNOWN = 20_000

function knownName(name: string): KnownName {
  let found = known.get(name)
  if (!found) {
    if (known.size >= MAX_KNOWN) known.clear()
    const letters = name.replace(/[^\p{L}\p{N}]/gu, '')
    found = {
      letters,
      flat: letters.toLowerCase(),
      words: stemmedWords(name).filter((word) => word.length > 1 || word.charCodeAt(0) > 0x7f),
    }
    known.set(name, found)
  }
  return found
}

const ALL_WORDS = 0.9
const SOME_WORDS = 0.5
const OTHER_SIGNS = 0.95
const OTHER_CASE = 0.6
const OTHER_WORD = 0.5
