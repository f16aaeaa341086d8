import type { InvertedLists } from '../index/plaid/invertedLists.ts'
import type { PlaidQuery } from '../index/plaid/searcher.ts'

/** Token rows of a text as they are stored, with the centroid of each. */
export interface StoredTokens {
  rows: Float32Array
  codes: Uint16Array | Uint32Array
  dim: number
}

/**
 * A unit's own token rows as a query: the ones whose centroids the fewest docs share, since those say most about it
 * (brackets and keywords are everywhere). At most `MAX_ROWS`, so that a hover stays quick.
 */
export function relatedRows(tokens: StoredTokens, lists: InvertedLists): PlaidQuery {
  const { rows, codes, dim } = tokens
  const frequency = (token: number) => lists.offsets[codes[token]! + 1]! - lists.offsets[codes[token]!]!
  const chosen = Array.from(codes.keys())
    .sort((a, b) => frequency(a) - frequency(b) || a - b)
    .slice(0, MAX_ROWS)
  const vectors = new Float32Array(chosen.length * dim)
  chosen.forEach((token, i) => {
    vectors.set(rows.subarray(token * dim, (token + 1) * dim), i * dim)
  })
  return { vectors, nTokens: chosen.length, dim }
}

const MAX_ROWS = 32
