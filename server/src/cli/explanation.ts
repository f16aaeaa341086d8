import {
  type AlignedWord,
  type Explanation,
  type HitExplanation,
  ROUTE_NAMES,
  type SignalShare,
} from '../contract/explain.ts'

/** `Taken for a question, because it has 5 words: 40 % by meaning, 60 % by words.` */
export function formatRoute({ name, reason, semantic, lexical }: Explanation['route']): string {
  const shares = semantic + lexical > 0 ? `: ${percent(semantic)} by meaning, ${percent(lexical)} by words` : ''
  return `Taken for ${ROUTE_NAMES[name] ?? name}, because ${reason}${shares}.`
}

/**
 * What a hit's score is made of, and what each word of the query meets in it:
 * ```
 *     = 1.204  semantic      0.400  meaning: the words of the query against each token of the unit
 *              demotion  x   0.500  a place that is seldom meant, such as tests or examples
 *       failed   24 %  0.81 *  failure:12 0.81, error:14 0.64
 * ```
 */
export function formatHitExplanation({ rank, score, signals, words }: HitExplanation): string[] {
  const lines: string[] = []
  const indent = ' '.repeat(4)
  if (rank === undefined) lines.push(`${indent}The search does not find it.`)
  const total = `= ${score.toFixed(3)}`
  signals.forEach((share, i) => {
    lines.push(`${indent}${i === 0 ? total : ' '.repeat(total.length)}  ${formatSignal(share)}`)
  })
  const width = Math.max(...words.map(({ word }) => labelOf(word).length), 0)
  for (const word of words) lines.push(`${indent}${' '.repeat(total.length)}  ${formatWord(word, width)}`)
  return lines
}

/** What the columns of words mean; said once. */
export const WORDS_LEGEND = [
  'Words: their share of the score by meaning, how alike their best matches are (1: the same),',
  '* where the unit has the word itself, and the matches with their lines.',
]

function formatSignal({ name, meaning, effect, value }: SignalShare): string {
  const amount = `${effect === 'multiplies' ? 'x' : '+'} ${value.toFixed(3)}`
  return `${name.padEnd(NAME_WIDTH)} ${amount}  ${meaning}`.trimEnd()
}

function formatWord({ word, share, similarity, isShared, tokens }: AlignedWord, width: number): string {
  const met = tokens.map(({ text, line, similarity }) => {
    const place = line === undefined ? '' : `:${line}`
    return `${labelOf(text)}${place} ${similarity.toFixed(2)}`
  })
  const label = labelOf(word).padEnd(width)
  return `${label}  ${percent(share).padStart(5)}  ${similarity.toFixed(2)} ${isShared ? '*' : ' '}  ${met.join(', ')}`
}

const labelOf = (word: string) => (word === '' ? '(all of it)' : word.replace(/\s+/g, ' '))
const percent = (share: number) => `${Math.round(100 * share)} %`
const NAME_WIDTH = 12
