import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LexicalSearcher } from '../../../server/src/search/lexical.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { rank } from '../../../server/src/search/rank.ts'
import { RANKING_WEIGHTS } from '../../../server/src/search/weights.ts'
import { type FixtureUnit, type Folder, folderOf } from './support.ts'

/** Units best first, by lexical hits and the semantic scores that are given by label. */
function ranked(folder: Folder, text: string, meaning: Record<string, number> = {}, limit = 10) {
  const { view, lexical: index } = folder
  const query = parseQuery(text)
  const lexical = new LexicalSearcher(index, view).search(query.text, 100, view.live)
  const semantic = Object.entries(meaning)
    .map(([label, score]) => ({ unit: folder.unit(label), score }))
    .sort((a, b) => b.score - a.score)
  return rank({ query, semantic, lexical, table: view, limit })
}
const order = (folder: Folder, text: string, meaning?: Record<string, number>) =>
  ranked(folder, text, meaning)
    .map(({ unit }) => folder.label(unit))
    .join(' ')

const folder = folderOf({
  'src/session.ts': [
    { name: 'expire', text: 'function expire(token) { Session.of(token).end() }' },
    { name: 'touch', text: 'function touch(token) {}' },
  ],
  'src/models.ts': [{ name: 'Session', kind: 'class', text: 'class Session { token }' }],
  'src/queue.ts': [{ name: 'drain', text: 'function drain() { for (const job of jobs) run(job) }' }],
  'test/session.test.ts': [{ name: 'expireTest', text: 'it("expires", () => expire(token))' }],
})

describe('rank', () => {
  it('has nothing to say about nothing', () => expect(ranked(folder, 'quaternion')).toEqual([]))

  it('answers an identifier with its definition first', () => expect(order(folder, 'Session')).toMatch(/^Session /))

  it('puts a test behind what it tests, unless tests are asked for', () => {
    expect(order(folder, 'expire token')).toMatch(/^expire .*expireTest/)
    expect(order(folder, 'tests that expire')).toMatch(/^expireTest /)
  })

  it('works with one list alone', () => {
    expect(order(folder, 'expire token')).toMatch(/^expire /)
    expect(order(folder, 'zzz', { drain: 9, touch: 5 })).toBe('drain touch')
  })

  it('lets meaning find what shares no word', () =>
    expect(order(folder, 'work through what is waiting', { drain: 20, touch: 11, Session: 10 })).toMatch(/^drain/))

  it('explains every score', () =>
    fc.assert(
      fc.property(fc.constantFrom('Session', 'expire token', 'where do sessions end', '"token" guide'), (text) => {
        for (const { score, signals } of ranked(folder, text, { drain: 20, expire: 15, touch: 11 })) {
          const { demotion = 1, duplicate = 1, ...added } = signals
          const sum = Object.values(added).reduce((total, value) => total + value, 0)
          expect(score).toBeCloseTo(sum * demotion * duplicate)
        }
      }),
    ))

  it('leaves out a part whose weight does nothing', () => {
    const { view } = folder
    const query = parseQuery('expire token')
    const lexical = [...view.live].map((unit, i) => ({ unit, score: 9 - i }))
    const weights = { ...RANKING_WEIGHTS, fileStem: 0, demotion: 0, unitsAFile: Number.POSITIVE_INFINITY }
    for (const { signals } of rank({ query, semantic: [], lexical, table: view, limit: 9, weights })) {
      expect(signals.fileStem).toBe(0)
      expect(signals.demotion).toBeUndefined()
      expect(signals.lexical).toBeGreaterThan(0)
    }
  })

  it('lists each unit once, best first within the first few of each file, whatever the scores', () => {
    const files = Object.fromEntries(
      Array.from({ length: 4 }, (_, f): [string, FixtureUnit[]] => [
        `f${f}.ts`,
        Array.from({ length: 5 }, (_, i) => ({ name: `u${f}${i}`, text: `common u${f}${i}` })),
      ]),
    )
    const many = folderOf(files)
    const scores = fc.dictionary(
      fc.constantFrom(...[...many.view.live].map(many.label)),
      fc.float({ min: 0, max: 30, noNaN: true }),
    )
    fc.assert(
      fc.property(scores, fc.nat(25), (meaning, limit) => {
        const all = ranked(many, 'common', meaning, 99)
        expect(new Set(all.map(({ unit }) => unit)).size).toBe(all.length)
        expect(all).toHaveLength(20)
        const first = all.slice(0, 12)
        for (let i = 1; i < first.length; i++) expect(first[i]!.score).toBeLessThanOrEqual(first[i - 1]!.score)
        expect(new Set(first.map(({ unit }) => many.view.file[unit])).size).toBe(4)
        expect(ranked(many, 'common', meaning, limit)).toEqual(all.slice(0, limit))
      }),
      { numRuns: 40 },
    )
  })
})
