import { printable } from '../contract/printable.ts'

/**
 * Two lines, the query with a '^' below the given column (1-based, in UTF-16 units):
 * ```
 *   retry kind:foo
 *              ^
 * ```
 * Of a long query only what is around it.
 */
export function pointAt(query: string, column: number): [string, string] {
  const at = column - 1
  const from = at > MAX_BEFORE ? at - MAX_BEFORE : 0
  const to = Math.min(query.length, at + MAX_AFTER)
  const before = (from > 0 ? '...' : '') + shown(query.slice(from, at))
  const after = shown(query.slice(at, to)) + (to < query.length ? '...' : '')
  return [`  ${before}${after}`, `  ${' '.repeat(widthOf(before))}^`]
}

const shown = (text: string) => printable(text.replace(/\s/g, ' '))

/** Cells that a terminal takes for it. */
function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += MARK.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  return width
}

const MARK = /\p{M}|\p{Cf}/u
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u
const MAX_BEFORE = 60
const MAX_AFTER = 40
