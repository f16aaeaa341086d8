/** What sort of question a query is. */
export type QueryRoute = 'exact' | 'identifier' | 'question' | 'docs' | 'mixed'

/** What counts how much on a route. */
export interface RouteWeights {
  /** Weights of the two lists; they add up to 1. */
  semantic: number
  lexical: number
  /** The boost of units that define what the query names, in units of the best fused score. */
  definition: number
}

export const ROUTE_WEIGHTS: Record<QueryRoute, RouteWeights> = {
  exact: { semantic: 0.2, lexical: 0.8, definition: 0.4 },
  // More than a file of that name: who types an identifier looks for its definition first.
  identifier: { semantic: 0.25, lexical: 0.75, definition: 0.8 },
  mixed: { semantic: 0.4, lexical: 0.6, definition: 0.4 },
  question: { semantic: 0.4, lexical: 0.6, definition: 0.4 },
  docs: { semantic: 0.6, lexical: 0.4, definition: 0.4 },
}

/**
 * By rules that a reader can follow; the first that fits decides. Quotes ask for words (`exact`); one word, or words
 * that all look like code, ask for a definition (`identifier`); words about documents ask for prose (`docs`); a
 * question word, or four words and more, for meaning (`question`); the rest is `mixed`.
 */
export function routeQuery(text: string, phrases: readonly string[]): QueryRoute {
  if (phrases.length > 0) return 'exact'
  const words = text.split(/\s+/).filter(Boolean)
  if (words.length === 1 || (words.length > 1 && words.every(looksLikeCode))) return 'identifier'
  if (DOCUMENT_WORD.test(text)) return 'docs'
  return words.length >= QUESTION_WORDS || QUESTION_WORD.test(text) ? 'question' : 'mixed'
}

/** `camelCase`, `snake_case`, `Type::method`, `a.b`, `call()`, `#macro`, `@decorator`, `CONSTANT`. */
function looksLikeCode(word: string): boolean {
  return /[a-z\d][A-Z]|[A-Za-z\d]_[A-Za-z\d]|^[A-Z][A-Z\d]+$|::|->|\w\.\w|\(\)?$|^[#@$]\w/.test(word)
}

const QUESTION_WORDS = 4
const QUESTION_WORD = /^(?:how|where|what|which|when|why|who|does|do|is|are|can|should)\b|\?$/i
const DOCUMENT_WORD =
  /\b(?:docs?|documentation|readme|changelog|release notes|tutorial|guide|how[- ]?to|getting started|contributing|install(?:ation)? instructions)\b/i
