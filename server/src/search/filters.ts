import { Bitset } from '../base/bitset.ts'
import { Globs } from '../base/glob/globs.ts'
import { lowerBound } from '../base/lowerBound.ts'
import { globTooComplex } from '../contract/errorCodes.ts'
import { type Space, UNIT_KINDS, type UnitKind } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { UnitTable } from '../index/types.ts'
import {
  EDITOR_PROPERTIES,
  type FileProperty,
  type FilterValues,
  GIT_PROPERTIES,
  type GitProperty,
  type QueryFilters,
  type UnitRole,
} from './query.ts'
import { isTestPath } from './signals/demotion.ts'

/** Paths by property, relative to the folder; one that ends with '/' stands for everything below it. */
export type FileSets = Partial<Record<FileProperty, readonly string[]>>
export type GitFiles = Record<GitProperty, readonly string[]>

/**
 * The filters of queries as sets of units. Bound to one version of the table: each value is resolved once, so a glob is
 * matched against each path once and repeated searches only combine bits. Make a new one when the table changes.
 */
export class UnitFilters {
  /** By filter and value. Never changed once they are in here. */
  readonly #known = new Map<string, Bitset>()

  constructor(private readonly table: UnitTable) {}

  /**
   * Live units that pass every filter. O(units / 32) a known value; a new one costs O(log files + units / 32) for a
   * folder, O(files) for globs and languages, O(units) for kinds. `fileSets` are needed where the query asks for them.
   * `E_QUERY` for a glob that would take longer than anybody waits.
   */
  resolve(filters: QueryFilters, fileSets: FileSets = {}): Bitset {
    const accept = this.table.live.clone()
    restrict(accept, filters.dir, (value, column) => this.#cached('dir', value, () => this.#inDirectory(value, column)))
    restrict(accept, filters.file, (value, column) => this.#cached('file', value, () => this.#matching(value, column)))
    restrict(accept, filters.lang, (value) => this.#cached('lang', value, () => this.#inLanguage(value)))
    const property = (value: UnitKind | UnitRole | FileProperty) =>
      isFileProperty(value)
        ? this.#atPaths(fileSets[value] ?? [])
        : this.#cached('kind', value, () => this.#ofKind(value))
    restrict(accept, filters.kind, property)
    restrict(accept, filters.is, property)
    return accept
  }

  /** Units of one space. Not to be changed. */
  inSpace(space: Space): Bitset {
    const wanted = SPACES.indexOf(space)
    return this.#cached('space', space, () => unitsWhere(this.table.space, this.table.size, wanted))
  }

  #cached(filter: string, value: string, resolve: () => Bitset): Bitset {
    const key = `${filter}:${value}`
    let units = this.#known.get(key)
    if (!units) {
      // Every letter typed may be another value: the oldest goes.
      if (this.#known.size >= MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!)
      units = resolve()
      this.#known.set(key, units)
    }
    return units
  }

  #inDirectory(directory: string, column: number): Bitset {
    if (/[*?{]/.test(directory)) return this.#matching(`${directory}/**`, column)
    return unitsOfFiles(this.table, filesBelow(this.table, directory))
  }

  /** A glob without '/' is about the file's name, at any depth. */
  #matching(glob: string, column: number): Bitset {
    const globs = new Globs([glob], { ignoreCase: true })
    const wholePath = glob.includes('/')
    return this.#inFiles((file) => {
      const path = this.table.filePath(file)
      const text = wholePath ? path : path.slice(path.lastIndexOf('/') + 1)
      // Whatever a name holds, it means itself.
      const passes = text === glob || globs.matches(text)
      if (globs.nSteps > MAX_GLOB_STEPS) throw globTooComplex(column)
      return passes
    })
  }

  #inLanguage(name: string): Bitset {
    const languages = LANGUAGE_ALIASES.get(name) ?? [name]
    return this.#inFiles((file) => languages.includes(this.table.fileLanguage(file)))
  }

  #ofKind(kind: UnitKind | UnitRole): Bitset {
    const { table } = this
    if (kind === 'test') return this.#inFiles((file) => isTestPath(table.filePath(file)))
    if (kind === 'generated') return this.#inFiles((file) => GENERATED_PATH.test(table.filePath(file)))
    if (kind === 'doc') return this.inSpace('docs')
    return unitsWhere(table.kind, table.size, UNIT_KINDS.indexOf(kind))
  }

  #atPaths(paths: readonly string[]): Bitset {
    const { table } = this
    const files = paths.flatMap((path) => {
      if (path.endsWith('/')) return filesBelow(table, path.slice(0, -1))
      return filesBelow(table, path).filter((file) => table.filePath(file) === path)
    })
    return unitsOfFiles(table, files)
  }

  #inFiles(passes: (file: number) => boolean): Bitset {
    return unitsOfFiles(this.table, this.table.filesByPath.filter(passes))
  }
}

const isFileProperty = (value: string): value is FileProperty => FILE_PROPERTIES.has(value)

/** The files of a subtree: one range in path order, found by two binary searches. A whole path is a subtree too. */
export function filesBelow(table: UnitTable, directory: string): readonly number[] {
  const files = table.filesByPath
  if (directory === '') return files
  const keyOf = (file: number) => table.filePath(file).replaceAll('/', '\0')
  const prefix = directory.replaceAll('/', '\0')
  const from = lowerBound(files.length, (i) => keyOf(files[i]!) >= prefix)
  // '\x01' is the first character after the separator: everything below the directory sorts before it.
  const to = lowerBound(files.length, (i) => keyOf(files[i]!) >= `${prefix}\x01`)
  return files.slice(from, to)
}

function restrict<T extends string>(
  accept: Bitset,
  { include, exclude }: FilterValues<T>,
  resolve: (value: T, column: number) => Bitset,
): void {
  if (include.length > 0) {
    const any = new Bitset(accept.size)
    for (const { value, column } of include) any.or(resolve(value, column))
    accept.and(any)
  }
  for (const { value, column } of exclude) accept.andNot(resolve(value, column))
}

/** The units of a file are one range of ordinals. */
function unitsOfFiles(table: UnitTable, files: readonly number[]): Bitset {
  const units = new Bitset(table.size)
  for (const file of files) {
    const own = table.unitsOfFile(file)
    if (own.length > 0) units.setRange(own[0]!, own[0]! + own.length)
  }
  return units
}

function unitsWhere(column: Uint8Array, size: number, value: number): Bitset {
  const units = new Bitset(size)
  for (let unit = 0; unit < size; unit++) if (column[unit] === value) units.set(unit)
  return units
}

const FILE_PROPERTIES: ReadonlySet<string> = new Set([...GIT_PROPERTIES, ...EDITOR_PROPERTIES])
/** By the habits of generators; what a file says of itself is not looked at. */
const GENERATED_PATH =
  /(?:^|\/)(?:generated|__generated__|gen)\/|\.(?:g|gen|generated|designer|pb|min|bundle)\.[^/]+$|_(?:pb2|pb2_grpc|generated)\.[^/]+$/i

/** A second or so. Globs that anybody means take some thousand. */
const MAX_GLOB_STEPS = 100_000_000

/** 12 kB each at 100,000 units. */
const MAX_KNOWN = 200

/** What people type for a language, and the ids it stands for. An id stands for itself where it is not listed. */
const LANGUAGE_ALIASES = new Map<string, string[]>([
  ['ts', ['typescript', 'typescriptreact']],
  ['tsx', ['typescriptreact']],
  ['typescript', ['typescript', 'typescriptreact']],
  ['js', ['javascript', 'javascriptreact']],
  ['jsx', ['javascriptreact']],
  ['javascript', ['javascript', 'javascriptreact']],
  ['py', ['python']],
  ['rs', ['rust']],
  ['rb', ['ruby']],
  ['cs', ['csharp']],
  ['c#', ['csharp']],
  ['c++', ['cpp']],
  ['cc', ['cpp']],
  ['kt', ['kotlin']],
  ['hs', ['haskell']],
  ['ex', ['elixir']],
  ['sh', ['shellscript']],
  ['bash', ['shellscript']],
  ['shell', ['shellscript']],
  ['md', ['markdown']],
  ['yml', ['yaml']],
  ['golang', ['go']],
])
