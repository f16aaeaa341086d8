import type { ScoredUnit, UnitTable } from '../../index/types.ts'
import { valuesOf } from '../candidates.ts'

/**
 * A factor for units, best first, whose body another one above them has already (a vendored or generated copy): seen
 * once, it is enough. They sink, but stay, since only the reader knows which copy is wanted. A body of one or two lines
 * (an import, a getter) may well be alike by chance and is left alone.
 */
export function duplicatesOf(ranked: readonly ScoredUnit[], table: UnitTable, factor: number): Float32Array {
  const seen = new Set<number>()
  return valuesOf(ranked, ({ unit }) => {
    const body = table.bodyDoc[unit]!
    if (body < 0 || table.endLine[unit]! - table.startLine[unit]! + 1 < MIN_LINES) return 1
    if (seen.has(body)) return factor
    seen.add(body)
    return 1
  })
}

const MIN_LINES = 3
