/** What sort of question a query is; decides how much words and meaning weigh. */
export type QueryRoute = 'identifier' | 'exact' | 'question' | 'mixed'

export interface RouteWeights {
  route: QueryRoute
  semantic: number
  lexical: number
}

/** By rules that a reader can follow: quotes ask for words, one identifier asks for its definition, prose for meaning. */
export function routeQuery(text: string, phrases: readonly string[]): RouteWeights {
  const words = text.split(/\s+/).filter(Boolean)
  if (phrases.length > 0) return { route: 'exact', semantic: 0.2, lexical: 0.8 }
  if (words.length === 1) return { route: 'identifier', semantic: 0.25, lexical: 0.75 }
  if (words.length >= 4 || QUESTION_WORD.test(text)) return { route: 'question', semantic: 0.5, lexical: 0.5 }
  return { route: 'mixed', semantic: 0.4, lexical: 0.6 }
}

const QUESTION_WORD = /^(?:how|where|what|which|when|why|who|does|do|is|are|can)\b/i
