import { Bitset } from '../base/bitset.ts'
import { lowerBound } from '../base/lowerBound.ts'
import { type Space, UNIT_KINDS } from '../contract/units.ts'
import type { FileFacts, FileInput, FileRow, FileStat, UnitInput, UnitTable } from './types.ts'

export const SPACES: readonly Space[] = ['code', 'docs']

/**
 * The folder's units in memory, as columns. Replacing a file clears the bits of its old units and appends the new ones;
 * `wasteful` says when it is time to lay the table out afresh. Content keys become doc ids through `resolve`.
 */
export class FolderView implements UnitTable {
  #size = 0
  #liveBits = new Bitset(INITIAL)
  #columns = newColumns(INITIAL)
  readonly #units: UnitInput[] = []
  readonly #files: (FileRow & { live: boolean; units: number[] })[] = []
  readonly #fileByPath = new Map<string, number>()
  readonly #tooComplex = new Set<string>()
  #sorted: number[] | undefined
  #nLive = 0
  #version = nextVersion++

  /** Another with every edit, and never that of another view: what is kept for one table is not taken for the next. */
  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#size
  }
  get nLive(): number {
    return this.#nLive
  }
  get nFiles(): number {
    return this.#fileByPath.size
  }
  get live(): Bitset {
    return new Bitset(this.#size, this.#liveBits.words.subarray(0, (this.#size + 31) >>> 5))
  }
  get kind(): Uint8Array {
    return this.#columns.kind
  }
  get space(): Uint8Array {
    return this.#columns.space
  }
  get file(): Uint32Array {
    return this.#columns.file
  }
  get startLine(): Uint32Array {
    return this.#columns.startLine
  }
  get endLine(): Uint32Array {
    return this.#columns.endLine
  }
  get nameLine(): Uint32Array {
    return this.#columns.nameLine
  }
  get bodyDoc(): Int32Array {
    return this.#columns.bodyDoc.subarray(0, this.#size)
  }
  get contextDoc(): Int32Array {
    return this.#columns.contextDoc.subarray(0, this.#size)
  }

  name = (unit: number): string => this.#units[unit]!.name
  container = (unit: number): string => this.#units[unit]!.container
  path = (unit: number): string => this.#files[this.file[unit]!]!.path
  language = (unit: number): string => this.#files[this.file[unit]!]!.language
  /** Of the bytes that the unit was cut from. */
  contentHash = (unit: number): string => this.#files[this.file[unit]!]!.contentHash
  /** Version of those by which the unit was cut. */
  rules = (unit: number): string | undefined => this.#files[this.file[unit]!]!.rules
  /** Of the file that it was cut from. */
  stat = (unit: number): FileStat => {
    const { sizeBytes, mtimeMs, ctimeMs, inode } = this.#files[this.file[unit]!]!
    return { sizeBytes, mtimeMs, ctimeMs, inode }
  }
  filePath = (file: number): string => this.#files[file]!.path
  fileLanguage = (file: number): string => this.#files[file]!.language
  unitsOfFile = (file: number): readonly number[] => (this.#files[file]!.live ? this.#files[file]!.units : [])
  unit = (unit: number): UnitInput => this.#units[unit]!

  /** Sorted when first asked for, and kept in order through edits: O(log files) and a move of numbers each. */
  get filesByPath(): readonly number[] {
    if (!this.#sorted) {
      const live = [...this.#fileByPath.values()]
      const keys = new Map(live.map((file) => [file, sortKey(this.#files[file]!.path)]))
      this.#sorted = live.sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1))
    }
    return this.#sorted
  }

  fileRow(path: string): FileRow | undefined {
    const file = this.#fileByPath.get(path)
    return file === undefined ? undefined : this.#files[file]
  }

  /** Rows of all live files, or of those at and below `paths`. */
  fileRows(paths?: readonly string[]): FileRow[] {
    const wanted = paths && new Set(paths)
    return [...this.#fileByPath.entries()]
      .filter(([path]) => !wanted || withParents(path).some((each) => wanted.has(each)))
      .map(([, file]) => {
        const row = this.#files[file]!
        return { ...factsOf(row), nUnits: row.nUnits }
      })
  }

  /** Files that are cut by lines, since their grammar would take too many steps: how many, and some of their paths. */
  get tooComplex(): { nFiles: number; paths: string[] } | undefined {
    const nFiles = this.#tooComplex.size
    return nFiles === 0 ? undefined : { nFiles, paths: [...this.#tooComplex].slice(0, MAX_NAMED_PATHS) }
  }

  /** Ordinal of a live file. */
  fileOrdinal(path: string): number | undefined {
    return this.#fileByPath.get(path)
  }

  touch(path: string, { sizeBytes, mtimeMs, ctimeMs, inode }: FileStat): void {
    const file = this.#fileByPath.get(path)
    if (file !== undefined) Object.assign(this.#files[file]!, { sizeBytes, mtimeMs, ctimeMs, inode })
  }

  /** The file was cut again and gave the units that are here: takes on how it was read, and hashes of their lines. */
  mark(input: FileInput): void {
    const file = this.#files[this.#fileByPath.get(input.path)!]!
    Object.assign(file, factsOf(input))
    file.units.forEach((unit, i) => {
      const { linesHash, headHash } = input.units[i]!
      Object.assign(this.#units[unit]!, { linesHash, headHash })
    })
  }

  /** Whether cutting the file has given what is here. */
  hasSame({ path, contentHash, language, outcome, units }: FileInput): boolean {
    const ordinal = this.#fileByPath.get(path)
    const file = ordinal === undefined ? undefined : this.#files[ordinal]!
    return (
      file !== undefined &&
      file.contentHash === contentHash &&
      file.language === language &&
      file.outcome === outcome &&
      file.units.length === units.length &&
      file.units.every((unit, i) => isSameUnit(this.#units[unit]!, units[i]!))
    )
  }

  /** `lexicalDoc` gives the lexical doc of a key; every key's doc must exist by now. */
  putFile(input: FileInput, lexicalDoc: (key: string) => number): void {
    this.removeFile(input.path)
    const ordinal = this.#files.length
    const { path } = input
    const units = input.units.map((unit) => this.#append(unit, ordinal, lexicalDoc))
    const nUnits = units.length
    this.#files.push({ ...factsOf(input), nUnits, live: true, units })
    this.#fileByPath.set(path, ordinal)
    if (input.outcome === 'too-complex') this.#tooComplex.add(path)
    this.#sorted?.splice(this.#placeOf(path), 0, ordinal)
    this.#version = nextVersion++
  }

  removeFile(path: string): void {
    const ordinal = this.#fileByPath.get(path)
    if (ordinal === undefined) return
    const file = this.#files[ordinal]!
    file.live = false
    for (const unit of file.units) this.#liveBits.clear(unit)
    this.#nLive -= file.units.length
    this.#fileByPath.delete(path)
    this.#tooComplex.delete(path)
    this.#sorted?.splice(this.#placeOf(path), 1)
    this.#version = nextVersion++
  }

  /** The lexical store has dropped docs (ascending ids) that no live unit refers to: later ones have moved up. */
  lexicalDocsDropped(dropped: Uint32Array): void {
    const moved = (doc: number) => {
      const nBefore = lowerBound(dropped.length, (i) => dropped[i]! >= doc)
      return dropped[nBefore] === doc ? -1 : doc - nBefore
    }
    for (const column of [this.bodyDoc, this.contextDoc]) column.set(column.map(moved))
    this.#version = nextVersion++
  }

  /** Whether most of the table is dead. */
  get wasteful(): boolean {
    return this.#size > MIN_REPACK && this.#nLive * 2 < this.#size
  }

  /** Where the path stands, or would stand, among the sorted ones. */
  #placeOf(path: string): number {
    const sorted = this.#sorted!
    const key = sortKey(path)
    return lowerBound(sorted.length, (i) => sortKey(this.#files[sorted[i]!]!.path) >= key)
  }

  #append(unit: UnitInput, file: number, lexicalDoc: (key: string) => number): number {
    const at = this.#size++
    if (at >= this.#columns.kind.length) this.#grow()
    const columns = this.#columns
    columns.kind[at] = UNIT_KINDS.indexOf(unit.kind)
    columns.space[at] = SPACES.indexOf(unit.space)
    columns.file[at] = file
    columns.startLine[at] = unit.startLine
    columns.endLine[at] = unit.endLine
    columns.nameLine[at] = unit.nameLine
    columns.bodyDoc[at] = lexicalDoc(unit.bodyKey)
    columns.contextDoc[at] = lexicalDoc(unit.contextKey)
    this.#units.push(unit)
    this.#liveBits.set(at)
    this.#nLive++
    return at
  }

  #grow(): void {
    const capacity = this.#columns.kind.length * 2
    const columns = newColumns(capacity)
    for (const [name, column] of Object.entries(this.#columns)) columns[name as keyof Columns].set(column)
    this.#columns = columns
    const bits = new Bitset(capacity)
    bits.words.set(this.#liveBits.words)
    this.#liveBits = bits
  }
}

/** But for the hashes of their lines, which tell no more than the content does. */
const isSameUnit = (a: UnitInput, b: UnitInput) =>
  a.bodyKey === b.bodyKey &&
  a.contextKey === b.contextKey &&
  a.startLine === b.startLine &&
  a.endLine === b.endLine &&
  a.nameLine === b.nameLine &&
  a.kind === b.kind &&
  a.name === b.name &&
  a.container === b.container &&
  a.space === b.space

/** Without whatever else came with them. */
function factsOf(file: FileFacts): FileFacts {
  const { path, sizeBytes, mtimeMs, ctimeMs, inode, contentHash, language, outcome, rules } = file
  return { path, sizeBytes, mtimeMs, ctimeMs, inode, contentHash, language, outcome, rules }
}

/** Sorts '/' before every other character. */
const sortKey = (path: string) => path.replaceAll('/', '\0')

/** `a/b/c.ts`, `a/b`, `a`. */
function withParents(path: string): string[] {
  const all = [path]
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) all.push(path.slice(0, at))
  return all
}

let nextVersion = 0

type Columns = ReturnType<typeof newColumns>
const newColumns = (capacity: number) => ({
  kind: new Uint8Array(capacity),
  space: new Uint8Array(capacity),
  file: new Uint32Array(capacity),
  startLine: new Uint32Array(capacity),
  endLine: new Uint32Array(capacity),
  nameLine: new Uint32Array(capacity),
  bodyDoc: new Int32Array(capacity),
  contextDoc: new Int32Array(capacity),
})

const INITIAL = 1024
const MIN_REPACK = 20_000

/** Of a list that may have any length. */
const MAX_NAMED_PATHS = 100
