/**
 * Where the pieces of a tokenizer stand in the text that they were cut from: the offset of each, -1 for those that stand
 * for nothing in it (`[CLS]`, fillers) or whose spelling the tokenizer changed. Case does not count, as models may lower
 * it. O(text).
 */
export function placesOfPieces(text: string, pieces: readonly string[]): Int32Array {
  const folded = foldCase(text)
  let at = 0
  return Int32Array.from(pieces, (piece) => {
    const wanted = foldCase(piece.trim())
    if (wanted === '') return -1
    const found = folded.indexOf(wanted, at)
    if (found < 0 || folded.slice(at, found).trim().length > MAX_SKIPPED) return -1
    at = found + wanted.length
    return found
  })
}

/** The name or number around an offset, or else the run of signs: `retryWithBackoff`, `=>`. */
export function wordAround(text: string, offset: number): { word: string; start: number } {
  for (const kind of [/[\p{L}\p{M}\p{N}_$]/u, /[^\p{L}\p{M}\p{N}_$\s]/u]) {
    if (!kind.test(text[offset] ?? '')) continue
    let start = offset
    let end = offset + 1
    while (start > 0 && kind.test(text[start - 1]!)) start--
    while (end < text.length && kind.test(text[end]!)) end++
    return { word: text.slice(start, end), start }
  }
  return { word: text.slice(offset, offset + 1).trim(), start: offset }
}

/** Of the same length as the text, whatever a letter's other case is like. */
const foldCase = (text: string): string =>
  text.replace(/\p{Lu}/gu, (letter) => {
    const lower = letter.toLowerCase()
    return lower.length === letter.length ? lower : letter
  })

/** Characters that a tokenizer may have dropped or spelled otherwise between two pieces. */
const MAX_SKIPPED = 8
