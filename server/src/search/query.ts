import { queryError } from '../contract/errorCodes.ts'
import { checkQueryLength } from '../contract/queryLength.ts'
import { queryTokens } from '../contract/queryTokens.ts'
import { UNIT_KINDS, type UnitKind } from '../contract/units.ts'
import { type LikePlace, parseLike } from './queryLike.ts'
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

export type UnitRole = 'test' | 'doc' | 'generated'
/** Files that differ from the last commit, and those of them that the next one would take. */
export type GitProperty = 'changed' | 'staged'
/** Files that the editor shows, and those of them whose text is not on disk. */
export type EditorProperty = 'open' | 'unsaved'
/** What files have at the moment, and no index knows. */
export type FileProperty = GitProperty | EditorProperty

export interface QueryFilters {
  dir: FilterValues
  file: FilterValues
  lang: FilterValues
  kind: FilterValues<UnitKind | UnitRole>
  is: FilterValues<UnitRole | FileProperty>
  /** Names of workspace folders; nothing that a unit has. */
  folder: FilterValues
}

export interface ParsedQuery {
  /** What is left for meaning and words. */
  text: string
  filters: QueryFilters
  /** Code that hits shall be like, together with `text`. It orders hits and, its own units aside, leaves none out. */
  like: LikePlace[]
  /** Texts in double quotes that must be there, without the quotes; part of `text` too. */
  phrases: string[]
  /** All that the query asks of a unit's text as it stands: `phrases`, negated ones, regular expressions. */
  conditions: TextCondition[]
}

/**
 * Reads `dir:src -lang:ts,js kind:function -tests like:a.ts:9 "exact words" /retr(y|ies)/i free text`. A leading '-'
 * negates; commas or repetition of a key mean "or", different filters "and"; quotes keep blanks; keys may be in any
 * case. A word that is no filter is text. A value that a filter does not know, or an expression that cannot be
 * compiled, is `E_QUERY`, with its column; so is a query longer than `MAX_QUERY_LENGTH`.
 */
export function parseQuery(query: string): ParsedQuery {
  checkQueryLength(query)
  const filters: QueryFilters = { dir: none(), file: none(), lang: none(), kind: none(), is: none(), folder: none() }
  const parsed = { filters, like: [] as LikePlace[], phrases: [] as string[], conditions: [] as TextCondition[] }
  const words: string[] = []
  for (const token of queryTokens(query)) {
    const { negated, column } = token
    if (token.type === 'word') words.push(token.text)
    else if (token.type === 'regex') parsed.conditions.push(regexCondition(token.source, token.flags, negated, column))
    else if (token.type === 'phrase') {
      if (token.phrase.trim() === '') continue
      parsed.conditions.push(phraseCondition(token.phrase, negated, column))
      if (negated) continue
      parsed.phrases.push(token.phrase)
      words.push(token.phrase)
    } else if (token.name === 'like') {
      if (negated)
        throw queryError(`The "like:" at column ${column} cannot be turned round: it leaves nothing out.`, column)
      parsed.like.push(...splitValues(token.value, token.valueColumn).map(parseLike))
    } else {
      const { name } = token
      const values: FilterValues = filters[name]
      for (const each of splitValues(token.value, token.valueColumn))
        values[negated ? 'exclude' : 'include'].push({ ...each, value: CHECKS[name](each.value, each.column) })
    }
  }
  return { text: words.join(' ').trim(), ...parsed }
}

/** Whether there is anything to order hits by. */
export const isRanked = ({ text, like }: ParsedQuery): boolean => text !== '' || like.length > 0

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
  throw queryError(`"${value}" at column ${column} is no ${name}: it is one of ${allowed.join(', ')}.`, column)
}

/** Other words for a kind or role. */
const ALIASES = new Map<string, UnitKind | UnitRole>([
  ['const', 'constant'],
  ['struct', 'class'],
  ['trait', 'interface'],
  ['tests', 'test'],
  ['docs', 'doc'],
])

const ROLES: readonly UnitRole[] = ['test', 'doc', 'generated']
export const GIT_PROPERTIES: readonly GitProperty[] = ['changed', 'staged']
export const EDITOR_PROPERTIES: readonly EditorProperty[] = ['open', 'unsaved']

/** Each gives the value as the filters know it, or throws. */
const CHECKS: Record<keyof QueryFilters, (value: string, column: number) => string> = {
  dir: (value) => value.replaceAll('\\', '/').replace(/^\.?\/+|\/+$/g, ''),
  file: (value) => value,
  lang: (value) => value.toLowerCase(),
  kind: (value, column) => oneOf('kind', [...UNIT_KINDS, ...ROLES], value, column),
  is: (value, column) => oneOf('property', [...ROLES, ...GIT_PROPERTIES, ...EDITOR_PROPERTIES], value, column),
  folder: (value) => value,
}

const unalias = (value: string): string => ALIASES.get(value.toLowerCase()) ?? value.toLowerCase()
