import type { UnitTable } from '../index/types.ts'

/**
 * From a lexical doc to the live units made of it, as one flat list: the units of doc `d` are
 * `units[offsets[d] .. offsets[d + 1])`. The loops over postings read the arrays themselves; a view for each of a
 * common word's 100,000 docs would cost more than the scoring. Built in O(units + docs).
 */
export interface DocUnits {
  nDocs: number
  offsets: Uint32Array
  units: Uint32Array
}

export function docUnitsOf(table: UnitTable, nDocs: number): DocUnits {
  const { bodyDoc, contextDoc, live, size } = table
  const offsets = new Uint32Array(nDocs + 1)
  const each = (visit: (doc: number, unit: number) => void) => {
    for (let unit = 0; unit < size; unit++) {
      if (!live.has(unit)) continue
      const body = bodyDoc[unit]!
      const context = contextDoc[unit]!
      if (body >= 0 && body < nDocs) visit(body, unit)
      if (context >= 0 && context < nDocs && context !== body) visit(context, unit)
    }
  }
  each((doc) => offsets[doc + 1]!++)
  for (let doc = 0; doc < nDocs; doc++) offsets[doc + 1]! += offsets[doc]!
  const next = offsets.slice(0, nDocs)
  const units = new Uint32Array(offsets[nDocs]!)
  each((doc, unit) => {
    units[next[doc]!++] = unit
  })
  return { nDocs, offsets, units }
}
