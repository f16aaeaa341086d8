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
  kind: FilterValues<UnitKind>
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
 * Reads `dir:src -lang:ts,js kind:function is:test "exact words" free text`. A leading '-' negates; commas or
 * repetition mean "or"; quotes keep blanks. A word that is no filter is text. A value that a filter does not know is
 * `E_QUERY`, with the column.
 */
export function parseQuery(query: string): ParsedQuery {
  const filters: QueryFilters = { dir: none(), file: none(), lang: none(), kind: none(), is: none() }
  const words: string[] = []
  const phrases: string[] = []
  for (const match of query.matchAll(TOKEN)) {
    const { minus, key, value, phrase, word } = match.groups!
    if (phrase !== undefined) {
      phrases.push(phrase)
      words.push(phrase)
      continue
    }
    const filter = key === undefined ? undefined : FILTER_NAMES[key.toLowerCase()]
    if (!filter || !value) {
      words.push(word ?? match[0])
      continue
    }
    for (const part of splitValues(value)) {
      const checked = CHECKS[filter](part, match.index + 1)
      const values: FilterValues<string> = filters[filter]
      values[minus ? 'exclude' : 'include'].push(checked)
    }
  }
  return { text: words.join(' ').trim(), filters, phrases }
}

const none = (): FilterValues<never> => ({ include: [], exclude: [] })

const splitValues = (value: string): string[] =>
  (value.startsWith('"') ? [value.slice(1, -1)] : value.split(',')).filter((part) => part !== '')

/** In this order: a filter, a phrase, any other word. */
const TOKEN = /(?<minus>-)?(?<key>[A-Za-z]+):(?<value>"[^"]*"|[^\s"]+)(?=\s|$)|"(?<phrase>[^"]*)"|(?<word>\S+)/g

const FILTER_NAMES: Record<string, keyof QueryFilters | undefined> = {
  dir: 'dir',
  in: 'dir',
  path: 'dir',
  file: 'file',
  lang: 'lang',
  language: 'lang',
  kind: 'kind',
  is: 'is',
}

function oneOf<T extends string>(name: string, allowed: readonly T[], value: string, column: number): T {
  const known = allowed.find((each) => each === value.toLowerCase())
  if (known) return known
  throw queryError(`"${value}" at column ${column} is no ${name}: it is one of ${allowed.join(', ')}.`)
}

const KIND_ALIASES: Record<string, UnitKind> = {
  const: 'constant',
  struct: 'class',
  trait: 'interface',
  doc: 'section',
}

const CHECKS: Record<keyof QueryFilters, (value: string, column: number) => string> = {
  dir: (value) => value.replace(/^\.?\/+|\/+$/g, ''),
  file: (value) => value,
  lang: (value) => value.toLowerCase(),
  kind: (value, column) => KIND_ALIASES[value.toLowerCase()] ?? oneOf('kind', UNIT_KINDS, value, column),
  is: (value, column) => oneOf('property', ['test', 'doc'] as const, value.replace(/^docs$/, 'doc'), column),
}
