/**
 * Most non-blank characters of one unit. The models read 256 tokens of a document, which is about this much code;
 * what lies beyond would not be searchable.
 */
export const BUDGET_CHARS = 1100

/** A line that holds more than this many budgets is data; the rest of it is left out. */
const MAX_PIECES_OF_A_LINE = 16

export interface Line {
  row: number
  text: string
}

/** Consecutive lines of one part; `pieces` where one long line was cut by characters. */
export interface Part {
  startRow: number
  endRow: number
  text: string
}

/** Non-blank characters of a text. */
export function countChars(text: string): number {
  let n = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 32) n++
  return n
}

/**
 * Cuts lines into parts of at most `BUDGET_CHARS`, at the borders that separate most: before lines of little
 * indentation and after blank ones, never before a closing bracket where that can be helped. Parts come out of
 * similar size. `penaltyOf` makes a border before a row less wanted. O(lines).
 */
export function splitLines(lines: readonly Line[], penaltyOf: (row: number) => number = () => 0): Part[] {
  const parts: Part[] = []
  const sizes = lines.map((line) => countChars(line.text))
  let left = sizes.reduce((sum, size) => sum + size, 0)
  let at = 0
  while (at < lines.length) {
    if (sizes[at]! > BUDGET_CHARS) {
      parts.push(...cutLine(lines[at]!))
      left -= sizes[at]!
      at++
      continue
    }
    const end = left <= BUDGET_CHARS ? lines.length : bestBorder(lines, sizes, at, left, penaltyOf)
    for (let i = at; i < end; i++) left -= sizes[i]!
    const part = trimPart(lines, at, end)
    if (part) parts.push(part)
    at = end
  }
  return parts
}

/** The part of `lines[from, to)` without blank lines at its ends; nothing where all are blank. */
export function trimPart(lines: readonly Line[], from: number, to: number): Part | undefined {
  while (from < to && isBlank(lines[from]!.text)) from++
  while (to > from && isBlank(lines[to - 1]!.text)) to--
  if (from >= to) return undefined
  let text = lines[from]!.text
  for (let i = from + 1; i < to; i++) text += `\n${lines[i]!.text}`
  return { startRow: lines[from]!.row, endRow: lines[to - 1]!.row, text }
}

export function isBlank(line: string): boolean {
  return line.trim() === ''
}

/** Columns of leading white space; a tab counts four. */
export function indentOf(line: string): number {
  let columns = 0
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i)
    if (code === 32) columns++
    else if (code === 9) columns += 4
    else break
  }
  return columns
}

function bestBorder(
  lines: readonly Line[],
  sizes: readonly number[],
  from: number,
  left: number,
  penaltyOf: (row: number) => number,
): number {
  const target = left / Math.ceil(left / BUDGET_CHARS)
  let size = 0
  let best = from + 1
  let bestCost = Number.POSITIVE_INFINITY
  for (let i = from; i < lines.length; i++) {
    if (i > from && size > target * SMALLEST_SHARE) {
      const cost = borderCost(lines, i) + penaltyOf(lines[i]!.row) + DISTANCE_WEIGHT * Math.abs(size / target - 1)
      if (cost <= bestCost) {
        bestCost = cost
        best = i
      }
    } else best = Math.max(best, i)
    size += sizes[i]!
    if (size > BUDGET_CHARS) break
  }
  return Math.max(best, from + 1)
}

/** In levels of indentation: how much a border before line `i` would tear apart. */
function borderCost(lines: readonly Line[], i: number): number {
  const text = lines[i]!.text
  if (isBlank(text)) return MID_COST
  const previous = lines[i - 1]!
  const gap = isBlank(previous.text) || previous.row + 1 !== lines[i]!.row
  return (
    indentOf(text) / 4 + (gap ? -1.5 : 0) + (/^\s*([)\]}]|end\b|else\b|catch\b|then\b|fi\b|done\b)/.test(text) ? 3 : 0)
  )
}

function cutLine(line: Line): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < line.text.length && parts.length < MAX_PIECES_OF_A_LINE; ) {
    let end = Math.min(at + BUDGET_CHARS, line.text.length)
    const code = line.text.charCodeAt(end - 1)
    if (end < line.text.length && code >= 0xd800 && code < 0xdc00) end--
    const text = line.text.slice(at, end)
    if (!isBlank(text)) parts.push({ startRow: line.row, endRow: line.row, text })
    at = end
  }
  return parts
}

/** No part but the last is smaller than this share of the mean. */
const SMALLEST_SHARE = 0.4
const DISTANCE_WEIGHT = 2
/** A border before a blank line is as good as one after it, less the gap's bonus: let the one after win. */
const MID_COST = 6
