import { contentWords, splitIdentifier, stemmedWords } from '../base/words.ts'
import type { ParsedQuery } from './query.ts'
import { looksLikeCode, type QueryRoute, routeQuery } from './router.ts'

/** A query as the signals see it: computed once a search. */
export interface QueryProfile {
  route: QueryRoute
  /** Distinct stemmed words, stop words left out. */
  stems: ReadonlySet<string>
  /** Words and parts of identifiers in order, lower-cased, not stemmed, stop words left out. */
  words: readonly string[]
  /** Words and runs of up to three neighbours, lower-cased, joined: `http server` -> http, server, httpserver. */
  runs: ReadonlySet<string>
  /** Words as they are written. */
  spelled: ReadonlySet<string>
  /** The same without signs. */
  letters: ReadonlySet<string>
  /** Whether a word has a capital letter. */
  isCased: boolean
  /** Names in a sentence that are written as in code, and their parts: `Plug.Session` -> Plug.Session, Plug, Session. */
  codeNames: ReadonlySet<string>
}

export function profileOf(query: Pick<ParsedQuery, 'text' | 'phrases'>): QueryProfile {
  const content = contentWords(query.text)
  const letters = content.map((word) => word.replace(/[_$]/g, ''))
  const route = routeQuery(query.text, query.phrases)
  return {
    route,
    stems: new Set(stemmedWords(content.join(' '))),
    words: splitIdentifier(content.join(' ')),
    runs: runsOf(letters.map((word) => word.toLowerCase())),
    spelled: new Set(content),
    letters: new Set(letters),
    isCased: /\p{Lu}/u.test(query.text),
    codeNames: route === 'identifier' ? NONE : codeNamesOf(query.text),
  }
}

function codeNamesOf(text: string): Set<string> {
  const names = new Set<string>()
  for (const raw of text.split(/\s+/)) {
    if (!looksLikeCode(raw)) continue
    const word = WITHIN_SIGNS.exec(raw)?.[0].replace(/['’]s$/u, '') ?? ''
    if (ACRONYM.test(word)) continue
    for (const name of [word, ...word.split(/[^\p{L}\p{N}_$]+/u)]) if (name.length >= SHORTEST_NAME) names.add(name)
  }
  return names
}

function runsOf(words: readonly string[]): Set<string> {
  const runs = new Set(words)
  for (let length = 2; length <= LONGEST_RUN; length++) {
    for (let i = 0; i + length <= words.length; i++) runs.add(words.slice(i, i + length).join(''))
  }
  return runs
}

const LONGEST_RUN = 3
/** From the first character of a name to the last. */
const WITHIN_SIGNS = /[\p{L}\p{N}_$](?:.*[\p{L}\p{N}_$])?/su
/** Of `e.g.` and `v1.2` nothing is left. */
const SHORTEST_NAME = 3
/** `HTTP` is a word of every sentence about it. */
const ACRONYM = /^[A-Z\d]+$/
const NONE: ReadonlySet<string> = new Set()
