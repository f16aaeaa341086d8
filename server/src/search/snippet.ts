import { contentWords, stemmedWords } from '../base/words.ts'

/** Index of the line that shows best why a unit matched: most of the query's words, the earlier where they tie. */
export function bestLine(lines: readonly string[], query: string): number {
  const wanted = new Set(stemmedWords(contentWords(query).join(' ')))
  let best = 0
  let bestScore = -1
  lines.forEach((line, i) => {
    if (line.trim() === '') return
    const words = stemmedWords(line)
    const matched = words.filter((word) => wanted.has(word)).length
    // A line of one matching word among few tells more than one among many.
    const score = matched === 0 ? 0 : matched + 1 / (1 + words.length)
    if (score > bestScore) {
      best = i
      bestScore = score
    }
  })
  return best
}
