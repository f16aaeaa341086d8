import { contentWords, stemmedWords } from '../base/words.ts'

/**
 * Finds the line of a text that shows best why a unit matched: most of the query's words, the earlier where they tie.
 * Answers with its index; lines end with `\n`. Made once a query. Lines with most beginnings of the words are looked at
 * first, and few others then.
 */
export function bestLineFor(query: string): (text: string) => number {
  const wanted = new Set(stemmedWords(contentWords(query).join(' ')))
  const beginnings = Array.from(wanted, beginningOf)
  return (text) => {
    const folded = text.toLowerCase()
    const ends = endsOfLines(folded)
    // A few letters become two in lower case: then the lines are elsewhere in the text itself.
    const own = folded.length === text.length ? ends : endsOfLines(text)
    const lineAt = (i: number) => text.slice(i === 0 ? 0 : own[i - 1]! + 1, own[i])
    const counts = countsByLine(folded, ends, beginnings)
    let most = 0
    for (const count of counts) if (count > most) most = count
    let best = -1
    let bestScore = 0
    for (let count = most; count > 0 && scoreOf(count, count) >= bestScore; count--) {
      for (let i = counts.indexOf(count); i >= 0; i = counts.indexOf(count, i + 1)) {
        const score = scoreOfLine(lineAt(i), wanted)
        if (score < bestScore || (score === bestScore && (score === 0 || i > best))) continue
        best = i
        bestScore = score
      }
    }
    if (best >= 0) return best
    const firstOfAll = ends.findIndex((_, i) => lineAt(i).trim() !== '')
    return Math.max(0, firstOfAll)
  }
}

/** Where each line ends, the last one at the end of the text. */
function endsOfLines(text: string): number[] {
  const ends: number[] = []
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) ends.push(end)
  ends.push(text.length)
  return ends
}

/** How many of the beginnings each line has. One search through the whole text is much faster than one for each line. */
function countsByLine(text: string, ends: readonly number[], beginnings: readonly string[]): Uint32Array {
  const counts = new Uint32Array(ends.length)
  for (const beginning of beginnings) {
    let line = 0
    let from = 0
    while (from <= text.length) {
      const at = text.indexOf(beginning, from)
      if (at < 0) break
      while (ends[line]! < at) line++
      counts[line]!++
      from = ends[line]! + 1
    }
  }
  return counts
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
