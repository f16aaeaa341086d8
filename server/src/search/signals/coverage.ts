import { type Signal, valuesOf } from '../candidates.ts'
import { shareOfQuery } from './nameMatch.ts'

/**
 * Share of the query's words in the unit's name and the names that enclose it. Where `definition` asks whether a name
 * is all in the query, this asks how much of the query it accounts for: a method of `TarEntry` beats the type itself
 * when its own name is asked for too.
 */
export const coverage: Signal = (candidates, { table, query }) => {
  const byName = new Map<string, number>()
  return valuesOf(candidates, ({ unit }) => {
    const name = `${table.container(unit)} ${table.name(unit)}`
    let share = byName.get(name)
    if (share === undefined) {
      share = shareOfQuery(name, query)
      byName.set(name, share)
    }
    return share
  })
}
