import { contentWords, splitIdentifier, stemmedWords } from '../base/words.ts'
import type { ParsedQuery } from './query.ts'
import { type QueryRoute, routeQuery } from './router.ts'

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
}

export function profileOf(query: Pick<ParsedQuery, 'text' | 'phrases'>): QueryProfile {
  const content = contentWords(query.text)
  const letters = content.map((word) => word.replace(/[_$]/g, ''))
  return {
    route: routeQuery(query.text, query.phrases),
    stems: new Set(stemmedWords(content.join(' '))),
    words: splitIdentifier(content.join(' ')),
    runs: runsOf(letters.map((word) => word.toLowerCase())),
    spelled: new Set(content),
    letters: new Set(letters),
    isCased: /\p{Lu}/u.test(query.text),
  }
}

function runsOf(words: readonly string[]): Set<string> {
  const runs = new Set(words)
  for (let length = 2; length <= LONGEST_RUN; length++) {
    for (let i = 0; i + length <= words.length; i++) runs.add(words.slice(i, i + length).join(''))
  }
  return runs
}

const LONGEST_RUN = 3
