import table from '../../../syntaxes/languages.json'
import type { Space } from '../contract/units.ts'

/** How the structure of a file is found: by a grammar, by line patterns, by headings, by keys, or not at all. */
export type Structure = 'tree' | 'patterns' | 'headings' | 'keys' | 'text'

/** What starts a line comment; `slash` languages have block comments too. */
export type CommentFamily = 'slash' | 'hash' | 'dash' | 'percent' | 'semicolon' | 'quote' | 'none'

export interface Language {
  /** As VS Code has it. */
  languageId: string
  structure: Structure
  space: Space
  family: CommentFamily
  /** Name of the tree-sitter grammar; set where `structure` is `tree`. */
  grammar?: string
  /** Names of the query files (`<name>.chunks.scm`) that say what a declaration is, in order. */
  queries: readonly string[]
}

/**
 * The language of a file by its name, then its extension, then the `#!` of its first line. A file that none of them
 * tells is plain text.
 */
export function languageOf(path: string, firstLine = ''): Language {
  const fileName = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
  const byName = BY_FILENAME.get(fileName) ?? BY_FILENAME.get(fileName.replace(/^(Dockerfile|Makefile)\..*/, '$1'))
  if (byName) return byName
  const dot = fileName.lastIndexOf('.')
  const byExtension = dot < 0 ? undefined : BY_EXTENSION.get(fileName.slice(dot + 1).toLowerCase())
  if (byExtension) return byExtension
  const interpreter = /^#!\s*\S*?(?:\/env\s+(?:-S\s+)?(?:\w+=\S*\s+)*)?([\w.-]+)(?:\s|$)/.exec(
    firstLine.slice(0, MAX_FIRST_LINE_CHARS),
  )?.[1]
  return (interpreter && BY_INTERPRETER.get(interpreter.replace(/[\d.]+$/, ''))) || PLAIN_TEXT
}

/** More than a system reads of it. */
const MAX_FIRST_LINE_CHARS = 300

interface Row {
  id: string
  structure: string
  comments: string
  space: string
  grammar?: string
  queries?: string[]
  extensions?: string[]
  filenames?: string[]
  interpreters?: string[]
}

const rows = table.languages as Row[]
const languages = rows.map(
  (row): Language => ({
    languageId: row.id,
    structure: row.structure as Structure,
    space: row.space as Space,
    family: row.comments as CommentFamily,
    ...(row.grammar && { grammar: row.grammar }),
    queries: row.queries ?? [],
  }),
)

const BY_EXTENSION = lookup((row) => row.extensions)
const BY_FILENAME = lookup((row) => row.filenames)
const BY_INTERPRETER = lookup((row) => row.interpreters)

/** Text that no rule names: code space, since most of it is data or scripts rather than prose. */
const PLAIN_TEXT: Language = {
  languageId: 'plaintext',
  structure: 'text',
  space: 'code',
  family: 'none',
  queries: [],
}

function lookup(keysOf: (row: Row) => string[] | undefined): Map<string, Language> {
  return new Map(rows.flatMap((row, i) => (keysOf(row) ?? []).map((key) => [key, languages[i]!] as const)))
}
