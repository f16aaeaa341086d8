/** Rows from `from` to `to`, both included. */
export interface RowRange {
  from: number
  to: number
}

/**
 * By row, the index of the first range that covers it, -1 where none does. O(rows + ranges), however they overlap: each
 * row is given away once, and those that are gone are leapt over.
 */
export function rowOwners(nRows: number, ranges: readonly RowRange[]): Int32Array {
  const owners = new Int32Array(nRows).fill(-1)
  /** The first free row at or below each; taken rows point on, and the pointers are shortened on the way. */
  const next = Int32Array.from({ length: nRows + 1 }, (_, row) => row)
  const freeFrom = (row: number): number => {
    let free = row
    while (next[free] !== free) free = next[free]!
    for (let at = row; next[at] !== free; ) {
      const after = next[at]!
      next[at] = free
      at = after
    }
    return free
  }
  for (const [index, { from, to }] of ranges.entries()) {
    for (let row = freeFrom(Math.max(0, from)); row <= to && row < nRows; row = freeFrom(row)) {
      owners[row] = index
      next[row] = row + 1
    }
  }
  return owners
}
