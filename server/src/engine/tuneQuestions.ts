import { splitIdentifier } from '../base/words.ts'

/** What is known of a unit that a question is made from. */
export interface QuestionSource {
  name: string
  container: string
  /** Comment or docstring; empty where there is none. */
  doc: string
}

/**
 * What someone who looks for the unit could type: the first sentence of its comment, cut to the length of a question,
 * or else the words of its name and of what encloses it. Empty where there is neither.
 */
export function questionFor({ name, container, doc }: QuestionSource): string {
  const words = firstSentence(doc).split(' ').slice(0, MAX_WORDS)
  if (words.length >= MIN_WORDS) return words.join(' ')
  const enclosing = container.split(/\.| > /).at(-1) ?? ''
  const parts = [...splitIdentifier(enclosing), ...splitIdentifier(name)]
  return [...new Set(parts)].slice(-MAX_WORDS).join(' ')
}

/** Up to the first full stop, empty line or tag, on one line, its marks of code left out. */
function firstSentence(doc: string): string {
  const [paragraph = ''] = doc
    .slice(0, MAX_DOC_CHARS)
    .trim()
    .split(/\n\s*\n|\n\s*[@:\\]/)
  const text = paragraph
    .replace(/[`*{}]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
  return (/^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text).replace(/[.!?:;]+$/, '')
}

const MIN_WORDS = 3
const MAX_WORDS = 12

/** A question is made from its first paragraph. */
const MAX_DOC_CHARS = 2000
