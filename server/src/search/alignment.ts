import { stemmedWords } from '../base/words.ts'
import type { AlignedToken, AlignedWord } from '../contract/explain.ts'
import type { QueryVectors, TokenVectors } from '../encode/encoder.ts'
import { placesOfPieces, wordAround } from './pieces.ts'

/** One of a unit's two texts, encoded without pooling. */
export interface AlignedText {
  text: string
  vectors: TokenVectors
  /** Line of the file for each line of `text`, 1-based; empty for a text that is in no file. */
  lines: readonly (number | undefined)[]
}

/**
 * What each word of a query meets in a unit: MaxSim (Khattab and Zaharia 2020, section 3) taken apart. Each row of the
 * query goes to the row of the unit that it is most like; rows are put together by word. O(rows x rows x dim), some
 * milliseconds.
 */
export function alignWords(query: string, vectors: QueryVectors, texts: readonly AlignedText[]): AlignedWord[] {
  const tokens = texts.flatMap(tokensOf)
  if (tokens.length === 0 || vectors.nTokens === 0) return []
  const stems = new Set(texts.flatMap(({ text }) => stemmedWords(text)))
  const places = placesOfPieces(query, vectors.tokens)
  const words = new Map<number, { word: string; met: Met[] }>()
  let total = 0
  for (let row = 0; row < vectors.nTokens; row++) {
    const met = mostAlike(vectors.data.subarray(row * vectors.dim, (row + 1) * vectors.dim), tokens)
    total += met.similarity
    const { word, start } = wordOfQuery(query, places[row]!)
    const known = words.get(start)
    if (known) known.met.push(met)
    else words.set(start, { word, met: [met] })
  }
  return [...words.values()].map(({ word, met }) => {
    const sum = met.reduce((sum, { similarity }) => sum + similarity, 0)
    return {
      word,
      similarity: sum / met.length,
      share: total > 0 ? sum / total : 0,
      isShared: stemmedWords(word).some((each) => stems.has(each)),
      tokens: bestTokens(met),
    }
  })
}

interface Token {
  row: Float32Array
  /** -1 for what a model adds. */
  place: number
  of: AlignedText
}

interface Met {
  token: Token
  similarity: number
}

function tokensOf(of: AlignedText): Token[] {
  const { nTokens, dim, data, tokens = [] } = of.vectors
  const places = placesOfPieces(of.text, tokens)
  return Array.from({ length: nTokens }, (_, i) => ({
    row: data.subarray(i * dim, (i + 1) * dim),
    place: places[i] ?? -1,
    of,
  }))
}

function mostAlike(row: Float32Array, tokens: readonly Token[]): Met {
  let best: Met = { token: tokens[0]!, similarity: Number.NEGATIVE_INFINITY }
  for (const token of tokens) {
    let similarity = 0
    for (let i = 0; i < row.length; i++) similarity += row[i]! * token.row[i]!
    if (similarity > best.similarity) best = { token, similarity }
  }
  return best
}

/** The word between blanks that holds the offset, without the signs around it; all that is in no word is one. */
function wordOfQuery(query: string, offset: number): { word: string; start: number } {
  if (offset < 0) return { word: '', start: -1 }
  const start = query.slice(0, offset).search(/\S+$/)
  const from = start < 0 ? offset : start
  const typed = /^\S+/.exec(query.slice(from))?.[0] ?? ''
  return { word: typed.replace(/^[^\p{L}\p{N}_$#@]+(?=.)|[^\p{L}\p{N}_$)]+$/gu, '') || typed, start: from }
}

/** By the words that they are part of; each once, with its best similarity. */
function bestTokens(met: readonly Met[]): AlignedToken[] {
  const tokens = new Map<string, AlignedToken>()
  for (const { token, similarity } of [...met].sort((a, b) => b.similarity - a.similarity)) {
    const { place, of } = token
    const text = place < 0 ? '' : wordAround(of.text, place).word
    const line = place < 0 ? undefined : of.lines[lineOf(of.text, place)]
    if (!tokens.has(text)) tokens.set(text, { text, similarity, ...(line !== undefined && { line }) })
  }
  return [...tokens.values()].slice(0, MAX_TOKENS)
}

/** 0-based. */
function lineOf(text: string, offset: number): number {
  let line = 0
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/**
 * The line of a file (1-based) for each line of a unit's text: its lines as they stand, in their order, some left out.
 * `undefined` where a line is not in the file.
 */
export function linesInFile(
  text: string,
  fileLines: readonly string[],
  startLine: number,
  endLine: number,
): (number | undefined)[] {
  let next = startLine
  return text.split(/\r?\n/).map((line) => {
    for (let at = next; at <= Math.min(endLine, fileLines.length); at++) {
      if (fileLines[at - 1]!.trimEnd() !== line.trimEnd()) continue
      next = at + 1
      return at
    }
    return undefined
  })
}

const MAX_TOKENS = 3
