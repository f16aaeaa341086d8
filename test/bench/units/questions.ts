import { contentWords, stemmedWords } from '../../../server/src/base/words.ts'
import type { Unit, UnitKind } from '../../../server/src/contract/units.ts'

/** A function or type that a question is about. */
export interface Target {
  question: string
  path: string
  isType: boolean
  nameLine: number
  startLine: number
  endLine: number
}

export interface CutFile {
  path: string
  units: Unit[]
}

/** The first sentence of a doc comment, where it stands for itself: one about `this` says too little alone. */
export function questionOf(doc: string): string | undefined {
  const sentence = doc
    .replace(/\{@\w+ ([^}]*)\}/g, '$1')
    .replace(/<[^>]*>|[`*"]/g, ' ')
    .split(/(?<=[.!?])\s|\n\s*\n|\n\s*[@:\\-]/)[0]!
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
  const nWords = sentence.split(' ').length
  if (nWords < MIN_WORDS || nWords > MAX_WORDS || !LETTERS_FIRST.test(sentence) || UNFIT.test(sentence))
    return undefined
  return contentWords(sentence).length >= MIN_CONTENT_WORDS ? sentence : undefined
}

/**
 * Functions and types that a question can be asked about, in path and line order: no other in the file has their name, and no
 * other doc begins with the same sentence.
 */
export function candidateTargets(files: readonly CutFile[]): Target[] {
  const all = files.flatMap(({ path, units }) =>
    units.filter(isDeclaration).flatMap((unit) => {
      const { name, doc, nameLine, startLine, endLine } = unit
      const question = questionOf(doc)
      if (question === undefined || units.filter((other) => other.name === name).length > 1) return []
      return [{ question, path, isType: isType(unit), nameLine, startLine, endLine }]
    }),
  )
  const counts = new Map<string, number>()
  for (const { question } of all) counts.set(question, (counts.get(question) ?? 0) + 1)
  return all.filter(({ question }) => counts.get(question) === 1)
}

/** Functions and types, asked for by their name, that no other declaration has in the same spelling; in the same order. */
export function namedTargets(files: readonly CutFile[]): Target[] {
  const all = files.flatMap(({ path, units }) => units.filter(isDeclaration).map((unit) => ({ path, unit })))
  const counts = new Map<string, number>()
  for (const { unit } of all) counts.set(unit.name, (counts.get(unit.name) ?? 0) + 1)
  return all.flatMap(({ path, unit }) => {
    const { name, nameLine, startLine, endLine } = unit
    if (counts.get(name) !== 1 || !NAME.test(name)) return []
    return [{ question: name, path, isType: isType(unit), nameLine, startLine, endLine }]
  })
}

export const isDeclaration = (unit: Pick<Unit, 'kind'>): boolean =>
  unit.kind === 'function' || unit.kind === 'method' || isType(unit)

const isType = ({ kind }: Pick<Unit, 'kind'>) => TYPES.includes(kind)

/** Whether no word of the question, stop words left out, is in the unit's text in any form. */
export function sharesNoStem(question: string, text: string): boolean {
  const words = new Set(stemmedWords(text))
  return stemmedWords(contentWords(question).join(' ')).every((word) => !words.has(word))
}

/** At most `n` of `items`, drawn without replacement. */
export function draw<T>(items: readonly T[], n: number, random: () => number): T[] {
  const left = [...items]
  const drawn: T[] = []
  while (drawn.length < n && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1))
  return drawn
}

const TYPES: readonly UnitKind[] = ['class', 'interface', 'type', 'enum']
const MIN_WORDS = 5
const MAX_WORDS = 30
const MIN_CONTENT_WORDS = 3
/** One word, as somebody types it who has seen it somewhere. */
const NAME = /^[\p{L}_$][\p{L}\p{N}_$]{2,}$/u
const LETTERS_FIRST = /^\p{L}/u
const UNFIT = /[@{}=;\\]|\b(?:this|these|todo|fixme|deprecated|copyright|see)\b/i
