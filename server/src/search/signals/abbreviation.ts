import { type Signal, valuesOf } from '../candidates.ts'
import type { QueryProfile } from '../profile.ts'
import { nameOfFile } from './fileStem.ts'
import { nameMatch, shareMatched, wordsOfName } from './nameMatch.ts'

/**
 * The file is named by a short form of what the query asks for: `args` for arguments, `ctx` for context, `fs` for file
 * system. The value is what short forms add to the match of its name.
 */
export const abbreviation: Signal = (candidates, { table, query }) => {
  const byFile = new Map<number, number>()
  return valuesOf(candidates, ({ file }) => {
    let gain = byFile.get(file)
    if (gain === undefined) {
      const { name, factor } = nameOfFile(table.filePath(file))
      gain = factor * gainOf(name, query)
      byFile.set(file, gain)
    }
    return gain
  })
}

function gainOf(name: string, query: QueryProfile): number {
  const matched = shareMatched(
    wordsOfName(name),
    (word) =>
      query.stems.has(word) || query.words.some((long) => isShortFor(word, long)) || isInitials(word, query.words),
  )
  return Math.max(0, matched - nameMatch(name, query))
}

/** The beginning of the word (`arg`, `impl`), or its first letter with consonants of it in order (`ctx`, `mgr`). */
export function isShortFor(short: string, long: string): boolean {
  if (short.length < SHORTEST || short.length >= long.length || short[0] !== long[0]) return false
  if (long.startsWith(short)) return true
  if (/[aeiou]/.test(short.slice(1))) return false
  let at = 0
  for (const letter of long) if (letter === short[at]) at++
  return at === short.length
}

/** The first letters of neighbours: `fs` of `file system`. */
export function isInitials(short: string, words: readonly string[]): boolean {
  if (short.length < 2 || short.length > LONGEST_INITIALS) return false
  return words
    .map((word) => word[0])
    .join('')
    .includes(short)
}

const SHORTEST = 3
const LONGEST_INITIALS = 4
