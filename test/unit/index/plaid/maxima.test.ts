import { describe, expect, it } from 'vitest'
import { contrastOf, filesOf, type Maxima, weighted } from '../../../../server/src/index/plaid/maxima.ts'

/** How units meet the rows of a query: a line a unit. */
const maximaOf = (units: number[][]): Maxima => ({
  values: Float32Array.from(units.flat()),
  nTokens: units[0]!.length,
  n: units.length,
})

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0)

describe('contrast', () => {
  it('lets the row decide that only one unit meets', () => {
    // All have the first row's word; only the last one has the second's. The first unit has the better mean.
    const maxima = maximaOf([
      [1, 0.3],
      [0.95, 0.3],
      [0.9, 0.3],
      [0.95, 0.3],
      [0.6, 0.65],
    ])
    const equal = weighted(maxima)
    const weights = contrastOf(maxima)
    const found = weighted(maxima, weights)
    expect(equal[0]).toBeGreaterThan(equal[4]!)
    expect(weights[1]).toBeGreaterThan(3 * weights[0]!)
    expect(found[4]).toBe(Math.max(...found))
  })

  it('is 1 on average, so that scores stay means of cosines', () => {
    const weights = contrastOf(maximaOf(Array.from({ length: 9 }, (_, i) => [0.9, i / 10, 0.5, (i % 3) / 3])))
    expect(sum(weights)).toBeCloseTo(4, 4)
    expect(weighted(maximaOf([[0.7, 0.7, 0.7, 0.7]]), weights)[0]).toBeCloseTo(0.7, 5)
  })

  it.each([
    ['of one unit', [[0.9, 0.1]]],
    [
      'of units that are alike',
      [
        [0.9, 0.1],
        [0.9, 0.1],
      ],
    ],
  ])('takes all rows for equal, %s', (_, units) =>
    expect([...contrastOf(maximaOf(units))]).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]),
  )

  it('does not depend on how many units come after the best ones', () => {
    const best = Array.from({ length: 200 }, (_, i) => [0.5 + (i % 7) / 20, 0.5 + (i % 11) / 30])
    const rest = Array.from({ length: 300 }, () => [0.1, 0.2])
    expect(contrastOf(maximaOf([...best, ...rest]))).toEqual(contrastOf(maximaOf(best)))
  })
})

it('a file has what any of its units has', () => {
  const maxima = maximaOf([
    [0.9, 0.1],
    [0.6, 0.6],
    [0.2, 0.8],
  ])
  const files = filesOf(maxima, Float32Array.of(1, 1), (i) => [7, 3, 7][i]!)
  expect([...files]).toEqual([expect.closeTo(0.85, 5), expect.closeTo(0.6, 5), expect.closeTo(0.85, 5)])
})
