import { UNIT_KINDS, type UnitKind } from '../../contract/units.ts'
import type { Signal } from '../candidates.ts'
import { nameMatch } from './nameMatch.ts'

/** The unit defines what the query names. */
export const definition: Signal = (candidates, { table, query }) =>
  Float32Array.from(candidates, ({ unit }) => {
    const kind = UNIT_KINDS[table.kind[unit]!]!
    return (OTHER_KINDS[kind] ?? 1) * nameMatch(table.name(unit), query)
  })

/** Kinds whose name is less of a definition than that of a function or type. */
const OTHER_KINDS: Partial<Record<UnitKind, number>> = { constant: 0.8, section: 0.8, config: 0.4, block: 0.4 }
