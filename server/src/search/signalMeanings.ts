import type { SignalShare } from '../contract/explain.ts'

/** The signals of a ranked unit for people, in the order in which they count; those that say nothing are left out. */
export function signalShares(signals: Readonly<Record<string, number>>): SignalShare[] {
  return Object.entries(signals).flatMap(([name, value]): SignalShare[] => {
    const multiplies = MULTIPLIERS.has(name)
    if (value === (multiplies ? 1 : 0)) return []
    return [{ name, meaning: MEANINGS[name] ?? '', effect: multiplies ? 'multiplies' : 'adds', value }]
  })
}

const MULTIPLIERS: ReadonlySet<string> = new Set(['demotion', 'duplicate'])

const MEANINGS: Record<string, string> = {
  semantic: 'meaning: the words of the query against each token of the unit',
  lexical: 'words: those that query and unit share, rare ones first',
  definition: 'the unit defines what the query names',
  codeName: 'the query spells out its name, as code is written',
  coverage: 'how many words of the query its name and the enclosing names have',
  fileStem: 'the name of the file is in the query',
  abbreviation: 'the name of the file is short for a word of the query',
  folder: 'a folder on the way is in the query',
  coherence: 'more of the file answers the query',
  demotion: 'a place that is seldom meant, such as tests or examples',
  duplicate: 'the same text was found before',
}
