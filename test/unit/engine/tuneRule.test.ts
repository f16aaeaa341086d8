import { describe, expect, it } from 'vitest'
import type { MeasuredEffort, SearchEffort } from '../../../server/src/contract/tuning.ts'
import { effortsToMeasure, percentile, reached, recommend } from '../../../server/src/engine/tuneRule.ts'

const DEFAULT = { nIvfProbe: 8, nFullScores: 4096 }

/** Rows of `probes candidates recall p50`. */
const measured = (rows: string[]): MeasuredEffort[] =>
  rows.map((row) => {
    const [nIvfProbe, nFullScores, recall, p50Ms] = row.split(' ').map(Number) as [number, number, number, number]
    return { nIvfProbe, nFullScores, recall, p50Ms, p95Ms: p50Ms * 2 }
  })

describe('the recommended setting', () => {
  function check(rows: string[], expected: string | undefined, current: SearchEffort = DEFAULT) {
    const chosen = recommend(measured(rows), current)
    expect(chosen && `${chosen.nIvfProbe} ${chosen.nFullScores}`).toBe(expected)
  }

  it('is the fastest within 0.01 of the best recall', () =>
    check(['2 1024 0.90 1', '4 2048 0.985 3', '8 4096 0.99 5', '16 8192 0.995 9'], '4 2048'))
  it('includes one exactly 0.01 below the best', () => check(['2 1024 0.98 1', '8 4096 0.99 5'], '2 1024'))
  it('is the only one that was measured', () => check(['32 16384 0.4 80'], '32 16384'))
  it('is none where nothing was measured', () => check([], undefined))
  it('gives up no recall for a difference that is noise', () =>
    check(['2 1024 0.985 5', '4 1024 0.99 5.2'], '4 1024', { nIvfProbe: 32, nFullScores: 64 }))
  it('stays with what is in use where that is as good', () => check(['4 2048 0.99 5', '8 4096 0.985 5.2'], '8 4096'))
  it('leaves what is in use for something clearly faster', () => check(['4 2048 0.99 4', '8 4096 0.99 5.2'], '4 2048'))
  it('takes the least effort among equals', () => check(['4 2048 0.99 5', '2 4096 0.99 5', '2 2048 0.99 5'], '2 2048'))
})

describe('what is measured', () => {
  it('includes the setting in use, once, in order', () => {
    for (const current of [DEFAULT, { nIvfProbe: 7, nFullScores: 5000 }]) {
      const efforts = effortsToMeasure(current)
      expect(efforts.filter((each) => JSON.stringify(each) === JSON.stringify(current))).toHaveLength(1)
      const ranks = efforts.map(({ nIvfProbe, nFullScores }) => nIvfProbe * 1e6 + nFullScores)
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    }
  })
})

describe('recall', () => {
  const exact = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.05]
  it('counts the ten best of the exact search', () => {
    expect(reached(exact, exact)).toEqual({ found: 10, wanted: 10 })
    expect(reached([0.9, 0.8, 0.05], exact)).toEqual({ found: 2, wanted: 10 })
    expect(reached([], exact)).toEqual({ found: 0, wanted: 10 })
  })
  it('takes a tie with the last for a find', () =>
    expect(reached([0.5, 0.5 - 5e-7], [0.7, 0.5])).toEqual({ found: 2, wanted: 2 }))
  it('wants no more than there is', () => {
    expect(reached([0.5], [0.5])).toEqual({ found: 1, wanted: 1 })
    expect(reached([0.5], [])).toEqual({ found: 0, wanted: 0 })
  })
})

describe('percentile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect([percentile(values, 0.5), percentile(values, 0.95), percentile([3], 0.95)]).toEqual([50, 95, 3])
    expect(percentile([], 0.5)).toBe(0)
  })
})
