import {
  type AlignedToken,
  type Explanation,
  type HitExplanation,
  ROUTE_NAMES,
} from '../../../server/src/contract/explain.ts'
import { codeSpan, plainMarkdown } from '../../../server/src/contract/markdown.ts'
import { lineRange } from './model.ts'
import { shortened } from './plainText.ts'

/** An explanation of one hit as a Markdown document. */
export function explanationMarkdown(query: string, { route, hits: [hit] }: Explanation): string {
  if (!hit) return 'There is nothing to explain.\n'
  const place = code(`${hit.path}:${lineRange(hit)}`)
  const found = hit.rank === undefined ? 'is not found any more by' : `is result ${hit.rank} for`
  return [
    `# Why ${hit.name ? code(hit.name) : 'this result'}?`,
    `${place} ${found} ${code(query)}.`,
    routeLine(route),
    ...scoreSection(hit),
    ...wordsSection(hit),
  ]
    .join('\n\n')
    .concat('\n')
}

function routeLine({ name, reason, semantic, lexical }: Explanation['route']): string {
  const taken = `The query was taken for **${ROUTE_NAMES[name] ?? name}**, because ${plainMarkdown(reason)}.`
  if (semantic + lexical === 0) return taken
  return `${taken} So meaning counts ${percent(semantic)}, words count ${percent(lexical)}.`
}

function scoreSection({ signals, score }: HitExplanation): string[] {
  if (signals.length === 0) return []
  const rows = signals.map(({ name, meaning, effect, value }) => [
    plainMarkdown(meaning || name),
    `${effect === 'multiplies' ? '×' : '+'}\u00a0${value.toFixed(3)}`,
  ])
  return [
    '## What its place is made of',
    table(['Signal', ':Share'], [...rows, ['**Together**', `**${score.toFixed(3)}**`]]),
    'Only comparable with the other results of this search.',
  ]
}

function wordsSection({ words }: HitExplanation): string[] {
  if (words.length === 0) return []
  const most = Math.max(...words.map(({ share }) => share))
  const rows = words.map(({ word, share, similarity, isShared, tokens }) => [
    word === '' ? '_the query as a whole_' : cellCode(word),
    bar(share / most),
    percent(share),
    similarity.toFixed(2),
    isShared ? 'yes' : '',
    tokens.map(meeting).join(', '),
  ])
  return [
    '## What the words of the query meet',
    'Each word goes to what it is most like in the result. 1 is the same; a number in brackets is a line.',
    table(['Word', '', ':Share of the meaning', ':Likeness', 'Same word', 'Meets'], rows),
  ]
}

const meeting = ({ text, line }: AlignedToken) =>
  `${text === '' ? '_all of it_' : cellCode(text)}${line === undefined ? '' : ` (${line})`}`

/** A column whose title begins with ':' is one of numbers. */
function table(titles: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rules = titles.map((title) => (title.startsWith(':') ? '---:' : '---'))
  return [line(titles.map((title) => title.replace(/^:/, ''))), line(rules), ...rows.map(line)].join('\n')
}

const bar = (share: number) => '█'.repeat(Math.max(1, Math.round(share * BAR_CELLS)))
const percent = (share: number) => `${Math.round(100 * share)}\u00a0%`

const code = (text: string) => codeSpan(shortened(text.replace(/\s+/g, ' '), MAX_CODE_LENGTH))
/** In a table a bar ends a cell, even within code. */
const cellCode = (text: string) => code(text).replaceAll('|', '\\|')

const BAR_CELLS = 12
const MAX_CODE_LENGTH = 1000
