import type { WireHit } from '../contract/requests.ts'

/**
 * The rankings of several folders as one. Scores of two answers are not comparable, and a ranking is more than its
 * scores: so each folder's order stays as it is, all first hits come before all second ones, and only hits of one
 * rank are ordered by score. O(hits).
 */
export function mergeRankings(rankings: WireHit[][], limit: number): WireHit[] {
  const merged: WireHit[] = []
  const longest = Math.max(0, ...rankings.map((ranking) => ranking.length))
  for (let rank = 0; rank < longest && merged.length < limit; rank++) {
    const peers = rankings.flatMap((ranking) => ranking[rank] ?? [])
    merged.push(...peers.sort((a, b) => b.score - a.score))
  }
  return merged.slice(0, limit)
}
