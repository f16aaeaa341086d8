/** The outer form of a query, which the parser and the editor share: where filters, quotes and expressions begin and end. */

/** Filters by their own name; `FILTER_NAMES` has the other ways to write them. */
export type FilterName = 'dir' | 'file' | 'lang' | 'kind' | 'is' | 'folder' | 'like'

export interface TokenPlace {
  /** As typed, a leading '-' included. */
  text: string
  negated: boolean
  /** Of the first character after the '-': 1-based, in UTF-16 units. */
  column: number
}

export type QueryToken = TokenPlace &
  (
    | { type: 'filter'; name: FilterName; value: string; valueColumn: number }
    | { type: 'phrase'; phrase: string }
    | { type: 'regex'; source: string; flags: string }
    | { type: 'word' }
  )

/**
 * Cuts `dir:src -lang:ts "exact words" /retr(y|ies)/i free text` into tokens. Never fails: what is no filter, phrase or
 * expression is a word, and so are a quote that nothing closes and slashes as paths have them. O(query).
 */
export function queryTokens(query: string): QueryToken[] {
  return Array.from(query.matchAll(TOKEN), (match): QueryToken => {
    const { minus = '', key, value, phrase, regex, flags = '' } = match.groups!
    const text = match[0]
    const place = { text, negated: minus !== '', column: match.index + 1 + minus.length }
    const name = key && FILTER_NAMES.get(key.toLowerCase())
    if (name && value && value.replaceAll(/[",]/g, '') !== '') {
      return { type: 'filter', ...place, name, value, valueColumn: place.column + key.length + 1 }
    }
    if (phrase !== undefined) return { type: 'phrase', ...place, phrase }
    if (regex !== undefined) return { type: 'regex', ...place, source: regex, flags }
    const short = SHORT_FOR.get(text.toLowerCase())
    if (short)
      return {
        type: 'filter',
        text,
        negated: true,
        column: match.index + 2,
        name: 'is',
        value: short,
        valueColumn: match.index + 2,
      }
    return { type: 'word', text, negated: false, column: match.index + 1 }
  })
}

/** A filter as it is typed; `value` may hold blanks and commas, but no double quotes. */
export const filterText = (name: FilterName, value: string): string =>
  `${name}:${/[\s,{}]/.test(value) ? `"${value}"` : value}`

const FILTER = /(?<key>[A-Za-z]+):(?<value>(?:"[^"]*"|[^\s"])+)(?=\s|$)/
const PHRASE = /"(?<phrase>[^"]*)"/
/**
 * An expression ends as in JavaScript, at the first '/' outside of brackets; one with a bracket too many ends at the
 * first '/', so that it can be complained of. None starts with a blank or a star: those are divisions and comments.
 */
const REGEX = /\/(?![\s*])(?<regex>(?:\\.|\[(?:\\.|[^\\\]])*\]|[^\\/[])+|(?:\\.|[^\\/])+)\/(?<flags>[gimsu]*)(?=\s|$)/
/** In this order: a filter, a phrase, a regular expression, any other word. */
const TOKEN = new RegExp(`(?<minus>-)?(?:${FILTER.source}|${PHRASE.source}|${REGEX.source})|\\S+`, 'g')

const FILTER_NAMES = new Map<string, FilterName>([
  ['dir', 'dir'],
  ['in', 'dir'],
  ['path', 'dir'],
  ['file', 'file'],
  ['lang', 'lang'],
  ['language', 'lang'],
  ['kind', 'kind'],
  ['is', 'is'],
  ['folder', 'folder'],
  ['repo', 'folder'],
  ['like', 'like'],
])

const SHORT_FOR = new Map([
  ['-tests', 'test'],
  ['-docs', 'doc'],
])
