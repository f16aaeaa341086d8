import type { InvertedLists } from '../index/plaid/invertedLists.ts'
import { padRows } from '../index/plaid/queryLayout.ts'
import type { PlaidQuery } from '../index/plaid/searcher.ts'
import { relatedRows, type StoredTokens } from './relatedRows.ts'

/**
 * Rows of units as a query, with those of the question where there is one. The score of a unit is a sum over the rows,
 * so both sides are given the same say by making the units' rows shorter.
 */
export function likeRows(tokens: readonly StoredTokens[], lists: InvertedLists, question?: PlaidQuery): PlaidQuery {
  const like = relatedRows(joined(tokens), lists)
  if (!question || question.nTokens === 0) return like
  if (like.nTokens === 0) return question
  const { dim } = like
  const nTokens = question.nTokens + like.nTokens
  const vectors = new Float32Array(nTokens * dim)
  vectors.set(padRows(question.vectors, question.nTokens, question.dim, dim))
  const weight = Math.min(1, question.nTokens / like.nTokens)
  vectors.set(
    like.vectors.map((value) => value * weight),
    question.nTokens * dim,
  )
  return { vectors, nTokens, dim }
}

/** Tokens of several texts as those of one. A centroid that many of them share is taken once. */
function joined(parts: readonly StoredTokens[]): StoredTokens {
  if (parts.length === 1) return parts[0]!
  const dim = parts[0]?.dim ?? 1
  const chosen = new Map<number, Float32Array>()
  for (const { rows, codes } of parts) {
    codes.forEach((code, i) => {
      if (!chosen.has(code)) chosen.set(code, rows.subarray(i * dim, (i + 1) * dim))
    })
  }
  const rows = new Float32Array(chosen.size * dim)
  ;[...chosen.values()].forEach((row, i) => {
    rows.set(row, i * dim)
  })
  return { rows, codes: Uint32Array.from(chosen.keys()), dim }
}
