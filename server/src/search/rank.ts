import { contentWords, stemmedWords } from '../base/words.ts'
import { UNIT_KINDS, type UnitKind } from '../contract/units.ts'
import type { ScoredUnit, UnitTable } from '../index/types.ts'
import type { ParsedQuery } from './query.ts'
import { routeQuery } from './router.ts'
import { demotion } from './signals/demotion.ts'
import { fileStemMatch, folderMatch, nameMatch, type QueryWords } from './signals/names.ts'

export interface RankedUnit extends ScoredUnit {
  /** Contributions by name, for explanations: they add up to the score before `demotion` multiplies it. */
  signals: Record<string, number>
}

export interface RankInput {
  query: ParsedQuery
  semantic: readonly ScoredUnit[]
  lexical: readonly ScoredUnit[]
  table: UnitTable
  limit: number
}

/**
 * One list from two: both scores brought to 0..1 within their lists and weighted by the query's route, plus name,
 * place and coherence signals, times the demotion of places that are seldom meant. Several units of a file may be
 * answered, but only the first few of each before every file has had its turn.
 */
export function rank({ query, semantic, lexical, table, limit }: RankInput): RankedUnit[] {
  const words = wordsOf(query.text)
  const weights = routeQuery(query.text, query.phrases)
  const base = fuse(semantic, lexical, weights)
  const units = [...base.keys()]
  const perFile = new Map<number, number>()
  for (const [unit, parts] of base) {
    const file = table.file[unit]!
    perFile.set(file, (perFile.get(file) ?? 0) + parts.semantic + parts.lexical)
  }
  const greatestFile = Math.max(1e-9, ...perFile.values())
  const stemScores = new Map<number, number>()
  const fileSignal = (file: number) => {
    let score = stemScores.get(file)
    if (score === undefined) {
      score = fileStemMatch(table.filePath(file), words)
      stemScores.set(file, score)
    }
    return score
  }
  const ranked = units.map((unit): RankedUnit => {
    const file = table.file[unit]!
    const path = table.filePath(file)
    const { semantic: meaning, lexical: exact } = base.get(unit)!
    const kind = UNIT_KINDS[table.kind[unit]!]!
    const signals: Record<string, number> = {
      semantic: meaning,
      lexical: exact,
      definition: DEFINITION_WEIGHT * (KIND_WEIGHTS[kind] ?? 0) * nameMatch(table.name(unit), words),
      fileStem: FILE_STEM_WEIGHT * fileSignal(file),
      folder: FOLDER_WEIGHT * folderMatch(path, words),
      coherence: COHERENCE_WEIGHT * (perFile.get(file)! / greatestFile),
    }
    const total = Object.values(signals).reduce((sum, value) => sum + value, 0)
    const factor = demotion(path, words.stems)
    if (factor !== 1) signals.demotion = factor
    return { unit, score: total * factor, signals }
  })
  ranked.sort((a, b) => b.score - a.score || a.unit - b.unit)
  return spread(ranked, table).slice(0, limit)
}

interface BaseScores {
  semantic: number
  lexical: number
}

/** Min-max for meaning (cosines start far above 0), share of the best for words (0 means none). */
function fuse(
  semantic: readonly ScoredUnit[],
  lexical: readonly ScoredUnit[],
  weights: { semantic: number; lexical: number },
): Map<number, BaseScores> {
  const scores = new Map<number, BaseScores>()
  const at = (unit: number) => {
    let entry = scores.get(unit)
    if (!entry) {
      entry = { semantic: 0, lexical: 0 }
      scores.set(unit, entry)
    }
    return entry
  }
  const best = semantic[0]?.score ?? 0
  const worst = semantic.at(-1)?.score ?? 0
  for (const { unit, score } of semantic) {
    at(unit).semantic = weights.semantic * (best > worst ? (score - worst) / (best - worst) : 1)
  }
  const top = lexical[0]?.score ?? 0
  for (const { unit, score } of lexical) at(unit).lexical = weights.lexical * (score / top)
  return scores
}

/** Moves a file's units past its first few behind the first few of every other file. Order is kept otherwise. */
function spread(ranked: RankedUnit[], table: UnitTable): RankedUnit[] {
  const counts = new Map<number, number>()
  const first: RankedUnit[] = []
  const later: RankedUnit[] = []
  for (const entry of ranked) {
    const file = table.file[entry.unit]!
    const count = (counts.get(file) ?? 0) + 1
    counts.set(file, count)
    ;(count <= UNITS_A_FILE ? first : later).push(entry)
  }
  return [...first, ...later]
}

function wordsOf(text: string): QueryWords {
  const content = contentWords(text).map((word) => word.replace(/[_$]/g, '').toLowerCase())
  const runs = new Set(content)
  for (let i = 0; i + 1 < content.length; i++) {
    runs.add(content[i]! + content[i + 1]!)
    if (i + 2 < content.length) runs.add(content[i]! + content[i + 1]! + content[i + 2]!)
  }
  return { stems: new Set(stemmedWords(contentWords(text).join(' '))), runs }
}

const DEFINITION_WEIGHT = 0.25
const FILE_STEM_WEIGHT = 0.4
const FOLDER_WEIGHT = 0.1
const COHERENCE_WEIGHT = 0.2
const UNITS_A_FILE = 3

const KIND_WEIGHTS: Partial<Record<UnitKind, number>> = {
  function: 1,
  method: 1,
  class: 1,
  interface: 1,
  type: 1,
  enum: 1,
  constant: 0.8,
  section: 0.8,
  config: 0.4,
  block: 0.4,
}
