import type { Bitset } from '../base/bitset.ts'
import type { Space, UnitKind } from '../contract/units.ts'

/**
 * Words of one text for the lexical side: distinct terms with their weighted counts, 1..255. Terms come from the
 * analyser in `base/words.ts`; the index takes them as they are.
 */
export interface DocTerms {
  terms: string[]
  counts: Uint8Array
}

/**
 * A *doc* is one text in the store, known by its content key and shared by every unit with that text. Each unit has
 * two: its *body*, and its *context* (path words and enclosing names), so that a move or rename touches the context only.
 */
export interface UnitInput {
  kind: UnitKind
  name: string
  container: string
  startLine: number
  endLine: number
  nameLine: number
  space: Space
  bodyKey: string
  contextKey: string
  /** As in `Unit`. */
  linesHash?: number | undefined
  headHash?: number | undefined
}

/** What the file system said of a file before it was read: the same now, and it is unchanged since. */
export interface FileStat {
  sizeBytes: number
  mtimeMs: number
  /** 0 where the file system has none that tells anything; undefined where unknown. */
  ctimeMs?: number | undefined
  inode?: number | undefined
}

/** What the index keeps of a file beside its units. */
export interface FileFacts extends FileStat {
  /** Relative to the folder, '/' between parts. */
  path: string
  /** Hash of the bytes; equal bytes need no new chunking. */
  contentHash: string
  language: string
  outcome: string
  /** Version of the rules by which it was cut; undefined where unknown. */
  rules?: string | undefined
}

export interface FileInput extends FileFacts {
  units: UnitInput[]
}

export interface FileRow extends FileFacts {
  nUnits: number
}

/**
 * The view of one folder: its units as columns, by unit ordinal. An ordinal stays valid until the next repack; dead
 * ordinals have their `live` bit cleared. Files likewise have ordinals.
 */
export interface UnitTable {
  /** Ordinals in use, dead ones included. */
  readonly size: number
  readonly live: Bitset
  readonly kind: Uint8Array
  readonly space: Uint8Array
  readonly file: Uint32Array
  readonly startLine: Uint32Array
  readonly endLine: Uint32Array
  readonly nameLine: Uint32Array
  /** Lexical doc id of the body and of the context; -1 where unknown. */
  readonly bodyDoc: Int32Array
  readonly contextDoc: Int32Array
  name(unit: number): string
  container(unit: number): string
  path(unit: number): string
  language(unit: number): string
  /** File ordinals sorted by path ('/' sorts before every other character, so a subtree is one range). */
  readonly filesByPath: readonly number[]
  filePath(file: number): string
  fileLanguage(file: number): string
  /** Live unit ordinals of a file, in line order: each one more than the one before. */
  unitsOfFile(file: number): readonly number[]
}

/** Occurrences of one term over all docs of the store: parallel arrays, docs ascending. */
export interface Postings {
  docs: Uint32Array
  counts: Uint8Array
}

/** The lexical store: every segment behind one face. Doc ids are global and stable while the store is open. */
export interface LexicalIndex {
  readonly nDocs: number
  docId(key: string): number | undefined
  /** Weighted count of all terms of a doc. */
  docLength(doc: number): number
  /** Undefined for a term that no doc has. O(length of the list). */
  postings(term: string): Postings | undefined
  /** Terms that start with `prefix`, at most `limit`, in order. */
  termsWithPrefix(prefix: string, limit: number): string[]
}

export interface ScoredUnit {
  unit: number
  score: number
}
