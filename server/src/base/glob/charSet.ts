/** Code units as sorted ranges that neither overlap nor touch; both ends are included. */
export type CharSet = readonly (readonly [from: number, to: number])[]

export const SLASH = 47

export const ANY: CharSet = [[0, 0xffff]]

/** What `*` and `?` stand for: any character of a name. */
export const NOT_SLASH: CharSet = [
  [0, SLASH - 1],
  [SLASH + 1, 0xffff],
]

export const SLASH_ALONE: CharSet = [[SLASH, SLASH]]

export const charOf = (code: number): CharSet => [[code, code]]

/** A set from ranges in any order; those that run backwards hold nothing. */
export function charSetOf(ranges: readonly (readonly [number, number])[]): CharSet {
  const sorted = ranges.filter(([from, to]) => from <= to).sort((a, b) => a[0] - b[0])
  const merged: [number, number][] = []
  for (const [from, to] of sorted) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

/** Everything that is not in a set. */
export function complementOf(set: CharSet): CharSet {
  const ranges: [number, number][] = []
  let from = 0
  for (const range of set) {
    ranges.push([from, range[0] - 1])
    from = range[1] + 1
  }
  ranges.push([from, 0xffff])
  return charSetOf(ranges)
}

/** O(log ranges). */
export function holds(set: CharSet, code: number): boolean {
  let low = 0
  let high = set.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [from, to] = set[middle]!
    if (code < from) high = middle - 1
    else if (code > to) low = middle + 1
    else return true
  }
  return false
}
