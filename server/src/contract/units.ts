/** What is searched: pieces of files ("units"), their kinds, and the two vector spaces. Any layer may import this. */

/** Prose and code are encoded by different models; scores of two spaces are not comparable. */
export type Space = 'code' | 'docs'

export const UNIT_KINDS = [
  'function',
  'method',
  'class',
  'interface',
  'type',
  'enum',
  'constant',
  'block',
  'section',
  'config',
] as const

/**
 * `block`: lines that no declaration covers, and windows of unparsed text. `section`: a heading of a document with
 * its text. `config`: a top-level piece of a data or settings file.
 */
export type UnitKind = (typeof UNIT_KINDS)[number]

/** One searchable piece of a file. Together the units of a file cover all of its lines that are not blank. */
export interface Unit {
  kind: UnitKind
  /** Declared name or heading; empty for blocks without one. */
  name: string
  /** Enclosing declarations or heading trail, outermost first, joined by '.' (code) or ' > ' (docs); may be empty. */
  container: string
  /** 1-based, inclusive. For a class: the whole class, though its text leaves the bodies of its members out. */
  startLine: number
  endLine: number
  /** Line on which the name stands, for hovers. Equals startLine where there is no name. */
  nameLine: number
  /** Language id as VS Code has it ('typescript', 'python', 'markdown', ...). */
  language: string
  space: Space
  /** Comment or docstring of the declaration, without its markers; may be empty. Also part of `text`. */
  doc: string
  /** The text that is encoded and indexed: source lines as they stand. Never includes the path. */
  text: string
  /**
   * What finds the unit again in a changed file (`chunk/lineHashes.ts`): the hash of its lines, and that of its head,
   * which is the line with its name or else its first lines. Absent where unknown.
   */
  linesHash?: number
  headHash?: number
}

/**
 * How the cutting of one file ended. Every outcome but the last three still has units; `too-complex` is cut by lines,
 * since its grammar would take too many steps; with `holds-secret` those that hold secrets, or parts of them, were left out.
 */
export type ChunkOutcome =
  | 'ok'
  | 'syntax-errors'
  | 'plain-text'
  | 'too-complex'
  | 'holds-secret'
  | 'binary'
  | 'not-utf8'
  | 'too-large'

export interface ChunkedFile {
  outcome: ChunkOutcome
  language: string
  units: Unit[]
}

/** One result, in the user's words. Lines are 1-based and inclusive. */
export interface SearchHit {
  /** Relative to the folder, '/' between parts. */
  path: string
  absolutePath: string
  startLine: number
  endLine: number
  nameLine: number
  kind: UnitKind
  name: string
  container: string
  language: string
  space: Space
  /** Only comparable within one answer. Never shown to users as a number. */
  score: number
  /** The line that matches best, trimmed. */
  snippet: string
  snippetLine: number
}
