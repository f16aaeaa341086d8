import picomatch from 'picomatch'
import { Bitset } from '../base/bitset.ts'
import { UNIT_KINDS } from '../contract/units.ts'
import type { UnitTable } from '../index/types.ts'
import type { FilterValues, QueryFilters } from './query.ts'
import { isTestPath } from './signals/demotion.ts'

/** Live units that pass every filter. O(files + units of the files that pass). */
export function resolveFilters(filters: QueryFilters, table: UnitTable): Bitset {
  const accept = table.live.clone()
  restrict(accept, filters.dir, table, (value) => unitsOfFiles(table, filesBelow(table, value)))
  restrict(accept, filters.file, table, (value) => {
    const matches = picomatch(value, { dot: true, nocase: true, basename: !value.includes('/') })
    return unitsOfFiles(
      table,
      table.filesByPath.filter((file) => matches(table.filePath(file))),
    )
  })
  restrict(accept, filters.lang, table, (value) => {
    const language = LANGUAGE_ALIASES[value] ?? [value]
    return unitsOfFiles(
      table,
      table.filesByPath.filter((file) => language.includes(table.fileLanguage(file))),
    )
  })
  restrict(accept, filters.kind, table, (value) => unitsWhere(table, (unit) => UNIT_KINDS[table.kind[unit]!] === value))
  restrict(accept, filters.is, table, (value) =>
    value === 'test'
      ? unitsOfFiles(
          table,
          table.filesByPath.filter((file) => isTestPath(table.filePath(file))),
        )
      : unitsWhere(table, (unit) => table.space[unit] === DOCS_SPACE),
  )
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

function restrict<T extends string>(
  accept: Bitset,
  { include, exclude }: FilterValues<T>,
  table: UnitTable,
  resolve: (value: T) => Bitset,
): void {
  if (include.length > 0) {
    const any = new Bitset(table.size)
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

const DOCS_SPACE = 1

const LANGUAGE_ALIASES: Record<string, string[]> = {
  ts: ['typescript', 'typescriptreact'],
  tsx: ['typescriptreact'],
  typescript: ['typescript', 'typescriptreact'],
  js: ['javascript', 'javascriptreact'],
  jsx: ['javascriptreact'],
  javascript: ['javascript', 'javascriptreact'],
  py: ['python'],
  rs: ['rust'],
  rb: ['ruby'],
  cs: ['csharp'],
  'c#': ['csharp'],
  'c++': ['cpp'],
  cc: ['cpp'],
  kt: ['kotlin'],
  hs: ['haskell'],
  ex: ['elixir'],
  sh: ['shellscript'],
  bash: ['shellscript'],
  shell: ['shellscript'],
  md: ['markdown'],
  yml: ['yaml'],
  golang: ['go'],
}
