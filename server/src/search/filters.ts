import picomatch from 'picomatch'
import { Bitset } from '../base/bitset.ts'
import { UNIT_KINDS, type UnitKind } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { UnitTable } from '../index/types.ts'
import type { FilterValues, QueryFilters, UnitRole } from './query.ts'
import { isTestPath } from './signals/demotion.ts'

/** Live units that pass every filter. O(files + units), with a word of work for 32 units where no filter is set. */
export function resolveFilters(filters: QueryFilters, table: UnitTable): Bitset {
  const accept = table.live.clone()
  const files = (passes: (file: number) => boolean) => unitsOfFiles(table, table.filesByPath.filter(passes))
  restrict(accept, filters.dir, (value) =>
    value.includes('*') ? files(pathMatcher(table, `${value}/**`)) : unitsOfFiles(table, filesBelow(table, value)),
  )
  restrict(accept, filters.file, (value) => files(pathMatcher(table, value)))
  restrict(accept, filters.lang, (value) => {
    const languages = LANGUAGE_ALIASES.get(value) ?? [value]
    return files((file) => languages.includes(table.fileLanguage(file)))
  })
  const kindOrRole = (value: UnitKind | UnitRole) => {
    if (value === 'test') return files((file) => isTestPath(table.filePath(file)))
    if (value === 'doc') return unitsWhere(table, (unit) => table.space[unit] === DOCS_SPACE)
    return unitsWhere(table, (unit) => UNIT_KINDS[table.kind[unit]!] === value)
  }
  restrict(accept, filters.kind, kindOrRole)
  restrict(accept, filters.is, kindOrRole)
  return accept
}

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

/** A glob without '/' is about the file's name, at any depth. */
function pathMatcher(table: UnitTable, glob: string): (file: number) => boolean {
  const matches = picomatch(glob, { dot: true, nocase: true, basename: !glob.includes('/') })
  return (file) => matches(table.filePath(file))
}

function restrict<T extends string>(
  accept: Bitset,
  { include, exclude }: FilterValues<T>,
  resolve: (value: T) => Bitset,
): void {
  if (include.length > 0) {
    const any = new Bitset(accept.size)
    for (const value of include) any.or(resolve(value))
    accept.and(any)
  }
  for (const value of exclude) accept.andNot(resolve(value))
}

function unitsOfFiles(table: UnitTable, files: readonly number[]): Bitset {
  const units = new Bitset(table.size)
  for (const file of files) for (const unit of table.unitsOfFile(file)) units.set(unit)
  return units
}

function unitsWhere(table: UnitTable, holds: (unit: number) => boolean): Bitset {
  const units = new Bitset(table.size)
  for (let unit = 0; unit < table.size; unit++) if (holds(unit)) units.set(unit)
  return units
}

/** First index for which `reached` holds; `n` where none does. `reached` must be monotonic. */
function lowerBound(n: number, reached: (index: number) => boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(middle)) high = middle
    else low = middle + 1
  }
  return low
}

const DOCS_SPACE = SPACES.indexOf('docs')

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
