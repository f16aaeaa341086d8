/** What sort of question a query is. */
export type QueryRoute = 'exact' | 'identifier' | 'question' | 'docs' | 'mixed'

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
