import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TokenVectors } from '../../../server/src/encode/encoder.ts'
import { POOL_FACTORS, poolDocument, pooledFingerprint, poolRows } from '../../../server/src/encode/pooling.ts'

type Row = number[]

const vectorsOf = (rows: Row[], dim = rows[0]?.length ?? 2): TokenVectors => {
  return { nTokens: rows.length, dim, data: Float32Array.from(rows.flat()) }
}
const rowsOf = ({ nTokens, dim, data }: TokenVectors): Row[] =>
  Array.from({ length: nTokens }, (_, row) => Array.from(data.subarray(row * dim, (row + 1) * dim)))
const unit = (row: Row): Row => row.map((value) => value / Math.hypot(...row))
const at = (degrees: number): Row => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]
const directions = (vectors: TokenVectors) =>
  rowsOf(vectors).map(([x, y]) => Math.round((Math.atan2(y!, x!) * 180) / Math.PI))

/** Without ties, which may be broken either way. */
const unitRows = fc
  .record({
    seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }),
    dim: fc.integer({ min: 2, max: 6 }),
    n: fc.integer({ min: 1, max: 24 }),
  })
  .map(({ seed, dim, n }) => {
    let state = seed
    const next = () => {
      state = (state * 48271) % (2 ** 31 - 1)
      return state / 2 ** 30 - 1
    }
    next()
    return Array.from({ length: n }, () => unit(Array.from({ length: dim }, next)))
  })

/** Ward's criterion as it is defined: join the two clusters whose union adds least to the sum of squares. */
function slowWard(rows: Row[], nClusters: number): number[][] {
  let clusters = rows.map((_, row) => [row])
  const mean = (members: number[]) =>
    rows[0]!.map((_, i) => members.reduce((sum, m) => sum + rows[m]![i]!, 0) / members.length)
  const cost = (a: number[], b: number[]) => {
    const [meanA, meanB] = [mean(a), mean(b)]
    const squares = meanA.reduce((sum, value, i) => sum + (value - meanB[i]!) ** 2, 0)
    return ((a.length * b.length) / (a.length + b.length)) * squares
  }
  while (clusters.length > nClusters) {
    const pairs = clusters.flatMap((a, i) => clusters.slice(i + 1).map((b) => ({ a, b, cost: cost(a, b) })))
    const { a, b } = pairs.reduce((best, pair) => (pair.cost < best.cost ? pair : best))
    clusters = [...clusters.filter((cluster) => cluster !== a && cluster !== b), [...a, ...b].sort((x, y) => x - y)]
  }
  return clusters.sort((a, b) => a[0]! - b[0]!)
}

describe('pooled rows', () => {
  it('are means of length 1 of rows that lie together, in order of their first rows', () => {
    const rows = [90, 0, 40, 2, 44, 4].map(at)
    expect(directions(poolRows(vectorsOf(rows), { factor: 2, nProtected: 1 }))).toEqual([90, 2, 42])
    expect(directions(poolRows(vectorsOf(rows), { factor: 2, nProtected: 0 }))).toEqual([90, 2, 42])
  })

  it('leave the protected rows alone', () => {
    const rows = [0, 1, 2, 2, 4, 4].map(at)
    expect(directions(poolRows(vectorsOf(rows), { factor: 9, nProtected: 2 }))).toEqual([0, 1, 3])
    expect(directions(poolRows(vectorsOf(rows), { factor: 2, nProtected: 9 }))).toEqual([0, 1, 2, 2, 4, 4])
  })

  it('are the rows themselves where there is nothing to merge', () => {
    for (const rows of [[], [at(3)], [at(3), at(4)]]) {
      const vectors = vectorsOf(rows, 2)
      expect(poolRows(vectors, { factor: 1 })).toBe(vectors)
      expect(poolRows(vectors, { factor: 2 })).toBe(vectors)
    }
  })

  it('never are zero, even where rows cancel out', () => {
    const opposite = vectorsOf([at(0), at(180)])
    expect(directions(poolRows(opposite, { factor: 2, nProtected: 0 }))).toEqual([0])
  })

  it('come to an end whatever a broken model gives', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1e30]) {
      const rows = [...[0, 50, 100].map(at), [value, value], [value, -value], ...[150, 200].map(at)]
      expect(poolRows(vectorsOf(rows), { factor: 2, nProtected: 0 }).nTokens).toBe(3)
    }
  })

  it('merge equal rows first', () => {
    const rows = Array.from({ length: 12 }, (_, i) => at((i % 4) * 50))
    expect(directions(poolRows(vectorsOf(rows), { factor: 3, nProtected: 0 }))).toEqual([0, 50, 100, 150])
  })

  it('follow the clusters that SciPy finds', () => {
    // hierarchy.fcluster(hierarchy.linkage(rows, 'ward'), 4, 'maxclust'), named by first rows.
    const labels = [0, 1, 2, 1, 0, 2, 0, 2, 3]
    const rows = SCIPY_ROWS.map(unit)
    const expected = [0, 1, 2, 3].map((label) => {
      const members = rows.filter((_, row) => labels[row] === label)
      return unit(members[0]!.map((_, i) => members.reduce((sum, row) => sum + row[i]!, 0)))
    })
    const pooled = rowsOf(poolRows(vectorsOf(rows), { factor: 2, nProtected: 0 }))
    pooled.forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i]![j]!, 5)
      })
    })
  })

  it('are those of the greedy definition, and have length 1', () => {
    fc.assert(
      fc.property(unitRows, fc.integer({ min: 2, max: 5 }), (rows, factor) => {
        const pooled = poolRows(vectorsOf(rows), { factor, nProtected: 0 })
        const nClusters = Math.max(1, Math.floor(rows.length / factor))
        expect(pooled.nTokens).toBe(nClusters)
        const clusters = slowWard(rows, nClusters)
        rowsOf(pooled).forEach((row, i) => {
          expect(Math.hypot(...row)).toBeCloseTo(1, 4)
          const sum = rows[0]!.map((_, j) => clusters[i]!.reduce((sum, m) => sum + rows[m]![j]!, 0))
          const cosine = row.reduce((dot, value, j) => dot + value * unit(sum)[j]!, 0)
          if (Math.hypot(...sum) > 0.01) expect(cosine).toBeGreaterThan(0.999)
        })
      }),
      { numRuns: 200 },
    )
  })

  it('do not depend on the order of the rows', () => {
    fc.assert(
      fc.property(unitRows, fc.integer({ min: 2, max: 4 }), fc.infiniteStream(fc.nat()), (rows, factor, numbers) => {
        const shuffled = rows
          .map((row) => ({ row, rank: numbers.next().value! }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ row }) => row)
        const pooled = (given: Row[]) => rowsOf(poolRows(vectorsOf(given), { factor, nProtected: 0 }))
        const [before, after] = [pooled(rows), pooled(shuffled)]
        expect(after).toHaveLength(before.length)
        // Sums in another order are rounded otherwise.
        const isSame = (a: Row, b: Row) => a.reduce((dot, value, i) => dot + value * b[i]!, 0) > 0.9999
        for (const row of before) expect(after.some((other) => isSame(row, other))).toBe(true)
      }),
    )
  })

  it('are the same every time, with as many rows as asked for, for long texts too', () => {
    const rows = Array.from({ length: 301 }, (_, i) => at((i * i * 7) % 360))
    for (const factor of POOL_FACTORS) {
      const pooled = poolRows(vectorsOf(rows), { factor })
      expect(pooled.nTokens).toBe(1 + Math.floor(300 / factor))
      expect(poolRows(vectorsOf(rows), { factor })).toEqual(pooled)
      for (const row of rowsOf(pooled)) expect(Math.hypot(...row)).toBeCloseTo(1, 5)
    }
  })

  it('do not change what was given', () => {
    const vectors = vectorsOf([0, 10, 20, 30, 40].map(at))
    const before = vectors.data.slice()
    poolRows(vectors, { factor: 2 })
    expect(vectors.data).toEqual(before)
  })
})

describe('a pooled document', () => {
  it('has all rows of a short text', () => {
    const rowsLeft = (n: number) => poolDocument(vectorsOf(Array.from({ length: n }, (_, i) => at(i * 9))), 2).nTokens
    expect([0, 1, 24, 25, 40].map(rowsLeft)).toEqual([0, 1, 24, 13, 20])
  })
})

describe('the fingerprint of a model', () => {
  it('is another one for each factor, and its own where nothing is pooled', () => {
    const found = POOL_FACTORS.map((factor) => pooledFingerprint('abc', factor))
    expect(found[0]).toBe('abc')
    expect(new Set(found).size).toBe(POOL_FACTORS.length)
    expect(pooledFingerprint('abd', 2)).not.toBe(found[1])
  })
})

const SCIPY_ROWS = [
  [0.61, -0.7639, 0.125, -0.1697],
  [-0.2161, -0.103, -0.9646, -0.1108],
  [-0.2501, 0.9606, 0.0653, -0.1019],
  [-0.2102, -0.4991, -0.7883, -0.292],
  [0.4317, -0.2137, 0.8579, -0.179],
  [0.0141, 0.9012, 0.3178, -0.2945],
  [-0.0898, 0.2656, 0.9507, -0.1325],
  [-0.1751, 0.7206, -0.6373, -0.2097],
  [0.7036, 0.4627, 0.073, 0.5343],
]
