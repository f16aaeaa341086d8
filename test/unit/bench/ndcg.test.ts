import { describe, expect, it } from 'vitest'
import { ndcg } from '../../bench/quality/ndcg.ts'

/** Ranks as the benchmark of semble scores them: see the comment of `ndcg`. */
const check = (files: string, targets: string) =>
  expect(ndcg(files.split(' ').filter(Boolean), targets.split(' ').filter(Boolean)))
const at = (...ranks: number[]) => ranks.reduce((sum, rank) => sum + 1 / Math.log2(rank + 1), 0)

describe('ndcg', () => {
  it('falls with the rank of the only target', () => {
    check('/r/src/a.ts /r/src/b.ts', 'src/a.ts').toBe(1)
    check('/r/src/b.ts /r/src/a.ts', 'src/a.ts').toBeCloseTo(0.6309, 4)
    check('/r/src/b.ts /r/src/c.ts /r/src/a.ts', 'src/a.ts').toBeCloseTo(0.5)
    check('/r/src/b.ts', 'src/a.ts').toBe(0)
    check('', 'src/a.ts').toBe(0)
  })

  it('counts every target alike, found or not', () => {
    check('/r/a /r/x /r/b', 'a b').toBeCloseTo(at(1, 3) / at(1, 2))
    check('/r/x /r/b', 'a b').toBeCloseTo(at(2) / at(1, 2))
  })

  it('looks at files, not at units: one that comes again takes no rank', () =>
    check('/r/x /r/x /r/x /r/a', 'a').toBeCloseTo(at(2)))

  it('looks at ten files', () => {
    const nine = 'bcdefghij'.split('').map((name) => `/r/${name}`)
    check([...nine, '/r/a'].join(' '), 'a').toBeCloseTo(at(10))
    check([...nine, '/r/x', '/r/a'].join(' '), 'a').toBe(0)
  })

  it('takes paths from the folder that is indexed as well, at whole parts only', () => {
    check('/r/src/a.ts', 'a.ts').toBe(1)
    check('/r/src/ba.ts', 'a.ts').toBe(0)
  })

  it('counts a file once that is two targets, and both among what there was to find', () =>
    check('/r/src/a.ts', 'src/a.ts a.ts').toBeCloseTo(1 / at(1, 2)))
})
