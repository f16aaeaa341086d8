import { type Signal, valuesOf } from '../candidates.ts'

/**
 * The unit has a name that the query spells out as code is written: `how does ManageHook route windows` is about that
 * one, whatever else routes windows. A query that is nothing but a name is left to `definition`.
 */
export const codeName: Signal = (candidates, { table, query: { codeNames } }) =>
  valuesOf(candidates, ({ unit }) => (codeNames.has(table.name(unit)) ? 1 : 0))
