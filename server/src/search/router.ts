/** What sort of question a query is. */
export type QueryRoute = 'exact' | 'identifier' | 'question' | 'docs' | 'mixed'

export interface RouteDecision {
  route: QueryRoute
  /** The rule that decided, for people: goes on after "because". */
  reason: string
}

/**
 * By rules that a reader can follow; the first that fits decides. Quotes ask for words (`exact`); the name of a document
 * asks for prose (`docs`); one word, or words that all look like code, for a definition (`identifier`); words about
 * documents for prose; a question word, or four words and more that are no piece of code, for meaning (`question`); the
 * rest is `mixed`.
 */
export function decideRoute(text: string, phrases: readonly string[]): RouteDecision {
  if (phrases.length > 0) return { route: 'exact', reason: 'it has text in double quotes' }
  const words = text.split(/\s+/).filter(Boolean)
  if (words.length === 1) {
    if (DOCUMENT_NAME.test(text.trim())) return { route: 'docs', reason: 'it names a document' }
    return { route: 'identifier', reason: 'it is one word' }
  }
  if (words.length > 1 && words.every(looksLikeCode)) {
    return { route: 'identifier', reason: 'all of its words look like names in code' }
  }
  const about = DOCUMENT_WORD.exec(text)
  if (about) return { route: 'docs', reason: `"${about[0]}" is about documents` }
  const asking = QUESTION_WORD.exec(text)
  if (asking) return { route: 'question', reason: `of "${asking[0]}"` }
  if (isPieceOfCode(text)) return { route: 'mixed', reason: 'it reads like a piece of code' }
  if (words.length >= QUESTION_WORDS) return { route: 'question', reason: `it has ${words.length} words` }
  return { route: 'mixed', reason: words.length === 0 ? 'it has no words' : `it has only ${words.length} words` }
}

export const routeQuery = (text: string, phrases: readonly string[]): QueryRoute => decideRoute(text, phrases).route

/** `camelCase`, `snake_case`, `Type::method`, `a.b`, `call()`, `#macro`, `@decorator`, `CONSTANT`. */
export function looksLikeCode(word: string): boolean {
  return /[a-z\d][A-Z]|[A-Za-z\d]_[A-Za-z\d]|^[A-Z][A-Z\d]+$|::|->|\w\.\w|\(\)?$|^[#@$]\w/.test(word)
}

/** Three signs that prose does not have, as in `if (a == null) {` and `for x := range xs {`. */
function isPieceOfCode(text: string): boolean {
  return (text.match(/[{}();=<>[\]]+|:=|->|&&|\|\|/g) ?? []).length >= MIN_CODE_SIGNS
}

const MIN_CODE_SIGNS = 3
const QUESTION_WORDS = 4
const QUESTION_WORD = /^(?:how|where|what|which|when|why|who|does|do|is|are|can|should)\b|\?$/i
const DOCUMENT_NAME =
  /^(?:readme|changelog|contributing|documentation|tutorial)(?:\.txt)?$|^[\w/.-]+\.(?:md|mdx|rst|adoc)$/i
const DOCUMENT_WORD =
  /\b(?:docs?|documentation|readme|changelog|release notes|tutorial|guide|how[- ]?to|getting started|contributing|install(?:ation)? instructions)\b/i
