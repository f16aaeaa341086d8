import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WireHit } from '../../../server/src/contract/requests.ts'
import { mergeRankings } from '../../../server/src/lsp/merge.ts'

const hit = (name: string, score: number) => ({ name, score }) as WireHit
const names = (hits: WireHit[]) => hits.map(({ name }) => name)

describe('merging the rankings of several folders', () => {
  it('takes rank before score', () => {
    const web = [hit('web1', 0.2), hit('web2', 0.9)]
    const api = [hit('api1', 0.5), hit('api2', 0.1), hit('api3', 0.8)]
    expect(names(mergeRankings([web, api], 10))).toEqual(['api1', 'web1', 'web2', 'api2', 'api3'])
    expect(names(mergeRankings([web, api], 3))).toEqual(['api1', 'web1', 'web2'])
    expect(mergeRankings([], 3)).toEqual([])
  })

  it('never changes the order within a folder', () => {
    const rankings = fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), { maxLength: 4 })
    fc.assert(
      fc.property(rankings, (scores) => {
        const given = scores.map((ranking, folder) => ranking.map((score, rank) => hit(`${folder}.${rank}`, score)))
        const merged = mergeRankings(given, 100)
        for (const ranking of given) expect(merged.filter((each) => ranking.includes(each))).toEqual(ranking)
      }),
    )
  })
})
