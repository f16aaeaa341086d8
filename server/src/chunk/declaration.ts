import type { UnitKind } from '../contract/units.ts'

/**
 * Something named in a file, as a finder (grammar, patterns, headings, keys) saw it. Rows are 0-based and inclusive.
 * Nesting is told by the rows alone. A `scope` (namespace, module block) only lends its name to what it holds.
 */
export interface Declaration {
  kind: UnitKind | 'scope'
  name: string
  /** Container that the declaration itself names, such as a Go receiver; outermost first, joined as in `Unit`. */
  container: string
  startRow: number
  endRow: number
  nameRow: number
  /** Comment or docstring without markers; may be empty. */
  doc: string
  /** May share a unit with its neighbours while it is tiny: constants, aliases, prototypes, keys. */
  minor: boolean
}
