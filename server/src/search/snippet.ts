import { contentWords, stemmedWords } from '../base/words.ts'

/**
 * Finds the line that shows best why a unit matched: most of the query's words, the earlier where they tie. Answers
 * with its index. Made once a query. Lines with most beginnings of the words are looked at first, and few others then.
 */
export function bestLineFor(query: string): (lines: readonly string[]) => number {
  const wanted = new Set(stemmedWords(contentWords(query).join(' ')))
  const beginnings = Array.from(wanted, beginningOf)
  return (lines) => {
    const counts = new Uint32Array(lines.length)
    let most = 0
    for (let i = 0; i < lines.length; i++) {
      const folded = lines[i]!.toLowerCase()
      let count = 0
      for (const beginning of beginnings) if (folded.includes(beginning)) count++
      counts[i] = count
      if (count > most) most = count
    }
    let best = -1
    let bestScore = 0
    for (let count = most; count > 0 && scoreOf(count, count) >= bestScore; count--) {
      for (let i = counts.indexOf(count); i >= 0; i = counts.indexOf(count, i + 1)) {
        const score = scoreOfLine(lines[i]!, wanted)
        if (score < bestScore || (score === bestScore && (score === 0 || i > best))) continue
        best = i
        bestScore = score
      }
    }
    return best >= 0
      ? best
      : Math.max(
          0,
          lines.findIndex((line) => line.trim() !== ''),
        )
  }
}

function scoreOfLine(line: string, wanted: ReadonlySet<string>): number {
  const words = stemmedWords(line)
  let nMatched = 0
  for (const word of words) if (wanted.has(word)) nMatched++
  return scoreOf(nMatched, words.length)
}

/** A line of one matching word among few tells more than one among many. */
const scoreOf = (nMatched: number, nWords: number) => (nMatched === 0 ? 0 : nMatched + 1 / (1 + nWords))

/**
 * What every word of that stem begins with, in lower case: stems differ from the beginnings of their words in the last
 * letter at most. Nothing where a line may spell the letters in other ways than the stem does.
 */
const beginningOf = (stem: string): string => (/^[a-z\d]+$/.test(stem) ? stem.slice(0, -1) : '')
