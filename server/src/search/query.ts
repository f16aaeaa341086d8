import { queryError } from '../contract/errorCodes.ts'
import { UNIT_KINDS, type UnitKind } from '../contract/units.ts'
import { phraseCondition, regexCondition, type TextCondition } from './textConditions.ts'

/** A value of a filter and where it stands in the query: 1-based. */
export interface FilterValue<T extends string = string> {
  value: T
  column: number
}

/** Values of one filter: a unit passes when any of `include` fits (all units where it is empty) and none of `exclude`. */
export interface FilterValues<T extends string = string> {
  include: FilterValue<T>[]
  exclude: FilterValue<T>[]
}

export type UnitRole = 'test' | 'doc'
/** Files that differ from the last commit, and those of them that the next one would take. */
export type GitProperty = 'changed' | 'staged'

export interface QueryFilters {
  dir: FilterValues
  file: FilterValues
  lang: FilterValues
  kind: FilterValues<UnitKind | UnitRole>
  is: FilterValues<UnitRole | GitProperty>
  /** Names of workspace folders; nothing that a unit has. */
  folder: FilterValues
}

export interface ParsedQuery {
  /** What is left for meaning and words. */
  text: string
  filters: QueryFilters
  /** Texts in double quotes that must be there, without the quotes; part of `text` too. */
  phrases: string[]
  /** All that the query asks of a unit's text as it stands: `phrases`, negated ones, regular expressions. */
  conditions: TextCondition[]
}

/**
 * Reads `dir:src -lang:ts,js kind:function -tests "exact words" /retr(y|ies)/i free text`. A leading '-' negates; commas
 * or repetition of a key mean "or", different filters "and"; quotes keep blanks; keys may be in any case. A word that is
 * no filter is text, and so are a quote that nothing closes and slashes as paths have them. A value that a filter does
 * not know, or an expression that cannot be compiled, is `E_QUERY`, with its column.
 */
export function parseQuery(query: string): ParsedQuery {
  const filters: QueryFilters = { dir: none(), file: none(), lang: none(), kind: none(), is: none(), folder: none() }
  const words: string[] = []
  const phrases: string[] = []
  const conditions: TextCondition[] = []
  for (const match of query.matchAll(TOKEN)) {
    const { minus = '', key, value, phrase, regex, flags = '' } = match.groups!
    const negated = minus !== ''
    const column = match.index + 1 + minus.length
    const filter = key && FILTER_NAMES.get(key.toLowerCase())
    if (filter && value && value.replaceAll(/[",]/g, '') !== '') {
      const values: FilterValues = filters[filter]
      for (const each of splitValues(value, column + key.length + 1))
        values[negated ? 'exclude' : 'include'].push({ ...each, value: CHECKS[filter](each.value, each.column) })
    } else if (phrase !== undefined) {
      if (phrase.trim() === '') continue
      conditions.push(phraseCondition(phrase, negated, column))
      if (negated) continue
      phrases.push(phrase)
      words.push(phrase)
    } else if (regex !== undefined) {
      conditions.push(regexCondition(regex, flags, negated, column))
    } else if (SHORT_FOR.has(match[0].toLowerCase())) {
      filters.is.exclude.push({ value: SHORT_FOR.get(match[0].toLowerCase())!, column })
    } else words.push(match[0])
  }
  return { text: words.join(' ').trim(), filters, phrases, conditions }
}

/** Whether the query narrows the search by anything but its words. */
export function hasFilters({ filters, conditions }: ParsedQuery): boolean {
  const any = Object.values<FilterValues>({ ...filters }).some((each) => each.include.length + each.exclude.length > 0)
  return any || conditions.length > 0
}

const none = (): FilterValues<never> => ({ include: [], exclude: [] })

/** The values between commas, each with its column. A comma in quotes or braces, as globs have them, is part of one. */
function splitValues(list: string, column: number): FilterValue[] {
  const values: FilterValue[] = []
  let start = 0
  let inQuotes = false
  let depth = 0
  for (let at = 0; at <= list.length; at++) {
    const char = list[at]
    if (char === '"') inQuotes = !inQuotes
    else if (char === '{') depth++
    else if (char === '}') depth--
    if (char !== undefined && (char !== ',' || inQuotes || depth > 0)) continue
    const value = list.slice(start, at).replaceAll('"', '')
    if (value !== '') values.push({ value, column: column + start })
    start = at + 1
  }
  return values
}

function oneOf<T extends string>(name: string, allowed: readonly T[], value: string, column: number): T {
  const known = allowed.find((each) => each === unalias(value))
  if (known) return known
  throw queryError(`"${value}" at column ${column} is no ${name}: it is one of ${allowed.join(', ')}.`)
}

const FILTER = /(?<key>[A-Za-z]+):(?<value>(?:"[^"]*"|[^\s"])+)(?=\s|$)/
const PHRASE = /"(?<phrase>[^"]*)"/
/**
 * An expression ends as in JavaScript, at the first '/' outside of brackets; one with a bracket too many ends at the
 * first '/', so that it can be complained of. None starts with a blank or a star: those are divisions and comments.
 */
const REGEX = /\/(?![\s*])(?<regex>(?:\\.|\[(?:\\.|[^\\\]])*\]|[^\\/[])+|(?:\\.|[^\\/])+)\/(?<flags>[gimsu]*)(?=\s|$)/
/** In this order: a filter, a phrase, a regular expression, any other word. */
const TOKEN = new RegExp(`(?<minus>-)?(?:${FILTER.source}|${PHRASE.source}|${REGEX.source})|\\S+`, 'g')

const FILTER_NAMES = new Map<string, keyof QueryFilters>([
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
const GIT_PROPERTIES: readonly GitProperty[] = ['changed', 'staged']

/** Each gives the value as the filters know it, or throws. */
const CHECKS: Record<keyof QueryFilters, (value: string, column: number) => string> = {
  dir: (value) => value.replaceAll('\\', '/').replace(/^\.?\/+|\/+$/g, ''),
  file: (value) => value,
  lang: (value) => value.toLowerCase(),
  kind: (value, column) => oneOf('kind', [...UNIT_KINDS, ...ROLES], value, column),
  is: (value, column) => oneOf('property', [...ROLES, ...GIT_PROPERTIES], value, column),
  folder: (value) => value,
}

const unalias = (value: string): string => ALIASES.get(value.toLowerCase()) ?? value.toLowerCase()
