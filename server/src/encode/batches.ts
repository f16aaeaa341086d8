import type { TokenVectors } from './encoder.ts'
import type { DocumentsReply, RowsOfDocuments } from './protocol.ts'

/** How one call's texts go to the encoder processes. */
export interface BatchPlan {
  /** Distinct texts, longest first. */
  unique: string[]
  /** For each text of the call its place in `unique`. */
  positions: number[]
  /** Runs of `unique`, `[from, to)`. */
  batches: [from: number, to: number][]
}

/**
 * Drops repeats and cuts what is left into batches: large enough that messages cost nothing beside encoding, small enough
 * to share a short call among `nProcesses` and to cancel at once. Each text is run by itself; but ONNX Runtime is 3 %
 * faster where one run is about as long as the one before, and what is left for the end is short.
 */
export function planBatches(texts: string[], nProcesses: number): BatchPlan {
  const unique = [...new Set(texts)].sort((a, b) => b.length - a.length)
  const places = new Map(unique.map((text, place) => [text, place]))
  const positions = texts.map((text) => places.get(text)!)

  const total = unique.reduce((sum, text) => sum + costOf(text), 0)
  const target = Math.min(BATCH_CHARS, total / nProcesses)
  const batches: [number, number][] = []
  let from = 0
  let chars = 0
  unique.forEach((text, i) => {
    chars += costOf(text)
    if (chars < target && i + 1 < unique.length) return
    batches.push([from, i + 1])
    from = i + 1
    chars = 0
  })
  return { unique, positions, batches }
}

/**
 * How many texts of a batch go to a process at once, the rest being put back: all of them as long as many batches are
 * `waiting`, then the fewer the less there is left, so that at the end no process waits long for another. With a model
 * of 150 million weights a whole batch takes half a second.
 */
export function pieceLength(batch: readonly string[], waiting: readonly string[][], nProcesses: number): number {
  const nPieces = PIECES_A_PROCESS * nProcesses
  if (waiting.length >= nPieces) return batch.length
  const charsLeft = [batch, ...waiting].flat().reduce((sum, text) => sum + costOf(text), 0)
  const target = Math.max(MIN_PIECE_CHARS, charsLeft / nPieces)
  let chars = 0
  const last = batch.findIndex((text) => {
    chars += costOf(text)
    return chars >= target
  })
  return last < 0 ? batch.length : last + 1
}

/** Rows of several texts in one buffer, ready to be sent. */
export function packRows(vectors: TokenVectors[], dim: number): DocumentsReply {
  const data = new Float32Array(vectors.reduce((sum, { data }) => sum + data.length, 0))
  let at = 0
  for (const { data: rows } of vectors) {
    data.set(rows, at)
    at += rows.length
  }
  return { ...describeRows(vectors, dim), data }
}

/** What is to be known of rows that are one after another elsewhere. */
export function describeRows(vectors: TokenVectors[], dim: number): RowsOfDocuments {
  const rowCounts = Uint32Array.from(vectors, ({ nTokens }) => nTokens)
  const tokens = vectors.flatMap((each) => (each.tokens ? [each.tokens] : []))
  return { dim, rowCounts, ...(tokens.length > 0 && tokens.length === vectors.length && { tokens }) }
}

/** The inverse of `packRows`: views on the one buffer, nothing copied. */
export function unpackRows({ dim, rowCounts, data, tokens }: DocumentsReply): TokenVectors[] {
  let at = 0
  return Array.from(rowCounts, (nTokens, i) => {
    const from = at
    at += nTokens * dim
    return { nTokens, dim, data: data.subarray(from, at), ...(tokens && { tokens: tokens[i]! }) }
  })
}

/** 40 ms of work for the built-in model, half a second for one of 150 million weights. */
const BATCH_CHARS = 5_000
/** When the end is near, each process is given that part of its share of what is left. */
const PIECES_A_PROCESS = 4
/** 5 ms of work for the built-in model: messages do not count beside it. */
const MIN_PIECE_CHARS = 600
/** Longer texts are cut by the model's own limit. */
const MAX_COUNTED_CHARS = 8_000
/** What a short text costs beside its characters. */
const CHARS_OF_CALL = 40

/** What encoding a text costs, in characters. */
const costOf = (text: string) => Math.min(text.length, MAX_COUNTED_CHARS) + CHARS_OF_CALL
