import type { UnitKind } from './units.ts'

/** Why a search answers what it does: for people who ask, never needed to show hits. */
export interface Explanation {
  /** What sort of question the query was taken for. */
  route: {
    /** That of a `QueryRoute`, or `like` and `list` where there are no words to go by. */
    name: string
    /** The rule that decided; goes on after "because". */
    reason: string
    /** What meaning and words count on this route; they add up to 1, or are 0 in a list. */
    semantic: number
    lexical: number
  }
  /** In the order of the places that were asked about. */
  hits: HitExplanation[]
}

export interface HitExplanation {
  /** Relative to the folder, '/' between parts. */
  path: string
  /** 1-based, inclusive. */
  startLine: number
  endLine: number
  kind: UnitKind
  name: string
  container: string
  /** Place in the answer, from 1; absent where the search does not find it (any more). */
  rank?: number
  /** What the contributions make; comparable within one answer only. */
  score: number
  signals: SignalShare[]
  /** Words of the query in their order; none where nothing was compared by meaning. */
  words: AlignedWord[]
}

export interface SignalShare {
  name: string
  /** What it looks at, in a few words. */
  meaning: string
  /** Shares are added up; then what is left multiplies the sum. */
  effect: 'adds' | 'multiplies'
  value: number
}

/** A word of the query beside what it meets in the unit. */
export interface AlignedWord {
  /** As typed; empty for what a model adds of its own, which stands for the query as a whole. */
  word: string
  /** Mean over the word's tokens of the best cosine to any token of the unit. */
  similarity: number
  /** Of the sum over all words: this is what the score by meaning is made of. */
  share: number
  /** The unit has this word itself, in some form. */
  isShared: boolean
  /** What it is most like, best first. */
  tokens: AlignedToken[]
}

export interface AlignedToken {
  /** The whole name or sign that the token is part of; empty for what a model adds to a text. */
  text: string
  /** 1-based, in the file; absent where it stands in the path or an enclosing name. */
  line?: number
  /** Cosine. */
  similarity: number
}

/** What the query was taken for, in words, by the route's name. */
export const ROUTE_NAMES: Record<string, string> = {
  exact: 'exact words',
  identifier: 'an identifier',
  question: 'a question',
  docs: 'a question about documents',
  mixed: 'a mix of words',
  like: 'a search for what is like other code',
  list: 'a list of what passes its filters',
}
