import { UNIT_KINDS, type UnitKind } from '../../contract/units.ts'
import { type Signal, valuesOf } from '../candidates.ts'
import { nameMatch, spelling } from './nameMatch.ts'

/** The unit defines what the query names; where the query is a name itself, spelled as it is there. */
export const definition: Signal = (candidates, { table, query }) => {
  const byName = new Map<string, number>()
  return valuesOf(candidates, ({ unit }) => {
    const name = table.name(unit)
    let match = byName.get(name)
    if (match === undefined) {
      match = nameMatch(name, query) * (query.route === 'identifier' ? spelling(name, query) : 1)
      byName.set(name, match)
    }
    return (OTHER_KINDS[UNIT_KINDS[table.kind[unit]!]!] ?? 1) * match
  })
}

/** Kinds whose name is less of a definition than that of a function or type. */
const OTHER_KINDS: Partial<Record<UnitKind, number>> = { constant: 0.8, section: 0.8, config: 0.4, block: 0.4 }
