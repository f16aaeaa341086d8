import { queryError } from '../contract/errorCodes.ts'
import { UNIT_KINDS, type UnitKind } from '../contract/units.ts'

/** Values of one filter: a unit passes when any of `include` fits (all units where it is empty) and none of `exclude`. */
export interface FilterValues<T extends string = string> {
  include: T[]
  exclude: T[]
}

export type UnitRole = 'test' | 'doc'

export interface QueryFilters {
  dir: FilterValues
  file: FilterValues
  lang: FilterValues
  kind: FilterValues<UnitKind | UnitRole>
  is: FilterValues<UnitRole>
}

export interface ParsedQuery {
  /** What is left for meaning and words. */
  text: string
  filters: QueryFilters
  /** Texts in double quotes, without them; part of `text` too. */
  phrases: string[]
}

/**
 * Reads `dir:src -lang:ts,js kind:function -tests "exact words" free text`. A leading '-' negates; commas or
 * repetition mean "or"; quotes keep blanks; keys may be in any case. A word that is no filter is text, and so is a quote
 * that nothing closes. A value that a filter does not know is `E_QUERY`, with the column.
 */
export function parseQuery(query: string): ParsedQuery {
  const filters: QueryFilters = { dir: none(), file: none(), lang: none(), kind: none(), is: none() }
  const words: string[] = []
  const phrases: string[] = []
  for (const match of query.matchAll(TOKEN)) {
    const { minus, key, value, phrase } = match.groups!
    const filter = key && FILTER_NAMES.get(key.toLowerCase())
    if (filter && value) {
      const column = match.index + 1 + (minus ?? '').length + key.length + 1
      const values: FilterValues = filters[filter]
      for (const part of splitValues(value)) values[minus ? 'exclude' : 'include'].push(CHECKS[filter](part, column))
    } else if (phrase !== undefined) {
      if (phrase.trim() === '') continue
      phrases.push(phrase)
      words.push(phrase)
    } else if (SHORT_FOR.has(match[0].toLowerCase())) {
      filters.is.exclude.push(SHORT_FOR.get(match[0].toLowerCase())!)
    } else words.push(match[0])
  }
  return { text: words.join(' ').trim(), filters, phrases }
}

const none = (): FilterValues<never> => ({ include: [], exclude: [] })

const splitValues = (value: string): string[] =>
  (value.startsWith('"') ? [value.slice(1, -1)] : value.split(',')).filter((part) => part !== '')

function oneOf<T extends string>(name: string, allowed: readonly T[], value: string, column: number): T {
  const known = allowed.find((each) => each === value)
  if (known) return known
  throw queryError(`"${value}" at column ${column} is no ${name}: it is one of ${allowed.join(', ')}.`)
}

/** In this order: a filter, a phrase, any other word. */
const TOKEN = /(?<minus>-)?(?<key>[A-Za-z]+):(?<value>"[^"]*"|[^\s"]+)(?=\s|$)|"(?<phrase>[^"]*)"|\S+/g

const FILTER_NAMES = new Map<string, keyof QueryFilters>([
  ['dir', 'dir'],
  ['in', 'dir'],
  ['path', 'dir'],
  ['file', 'file'],
  ['lang', 'lang'],
  ['language', 'lang'],
  ['kind', 'kind'],
  ['is', 'is'],
])

const SHORT_FOR = new Map<string, UnitRole>([
  ['-tests', 'test'],
  ['-docs', 'doc'],
])

/** Other words for a kind or role. */
const ALIASES = new Map<string, UnitKind | UnitRole>([
  ['const', 'constant'],
  ['struct', 'class'],
  ['trait', 'interface'],
  ['tests', 'test'],
  ['docs', 'doc'],
])

const ROLES: readonly UnitRole[] = ['test', 'doc']

/** Each gives the value as the filters know it, or throws. */
const CHECKS: Record<keyof QueryFilters, (value: string, column: number) => string> = {
  dir: (value) => value.replace(/^\.?\/+|\/+$/g, ''),
  file: (value) => value,
  lang: (value) => value.toLowerCase(),
  kind: (value, column) => oneOf('kind', [...UNIT_KINDS, ...ROLES], unalias(value), column),
  is: (value, column) => oneOf('property', ROLES, unalias(value), column),
}

const unalias = (value: string): string => ALIASES.get(value.toLowerCase()) ?? value.toLowerCase()
