import type { ScoredUnit, UnitTable } from '../../index/types.ts'

/** Moves a file's units past its first few behind the first few of every other file. Order is kept otherwise. */
export function spreadFiles<T extends ScoredUnit>(ranked: readonly T[], table: UnitTable, unitsAFile: number): T[] {
  const counts = new Map<number, number>()
  const first: T[] = []
  const later: T[] = []
  for (const entry of ranked) {
    const file = table.file[entry.unit]!
    const count = (counts.get(file) ?? 0) + 1
    counts.set(file, count)
    ;(count <= unitsAFile ? first : later).push(entry)
  }
  return [...first, ...later]
}
