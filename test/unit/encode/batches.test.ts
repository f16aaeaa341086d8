import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { packRows, pieceLength, planBatches, unpackRows } from '../../../server/src/encode/batches.ts'

const texts = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'b'),
    fc.string(),
    fc.nat(30_000).map((n) => 'x'.repeat(n)),
  ),
)

describe('a plan', () => {
  it('holds each text once, and leads back to all of them', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 8 }), (texts, nProcesses) => {
        const { unique, positions, batches } = planBatches(texts, nProcesses)
        expect(positions.map((position) => unique[position])).toEqual(texts)
        expect(new Set(unique).size).toBe(unique.length)
        expect(batches.flatMap(([from, to]) => unique.slice(from, to))).toEqual(unique)
        for (const [from, to] of batches) expect(to).toBeGreaterThan(from)
      }),
    )
  })

  it('shares a short call among the processes', () => {
    const texts = Array.from({ length: 8 }, (_, i) => `text ${i}`)
    expect(planBatches(texts, 4).batches).toHaveLength(4)
    expect(planBatches(texts.slice(0, 1), 4).batches).toHaveLength(1)
  })

  it('cuts a long call into batches of some 5,000 characters, long texts first', () => {
    const texts = Array.from({ length: 160 }, (_, i) => String(i).padEnd(400 + i * 5))
    const { unique, batches } = planBatches(texts, 2)
    expect(unique).toEqual(texts.toReversed())
    const sizes = batches.map(([from, to]) => unique.slice(from, to).join('').length)
    expect(Math.max(...sizes)).toBeLessThan(6_500)
    expect(Math.min(...sizes.slice(0, -1))).toBeGreaterThan(4_000)
  })
})

describe('a piece', () => {
  it('is a whole batch while many wait, and never nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1 }),
        fc.array(texts),
        fc.integer({ min: 1, max: 8 }),
        (...given) => {
          const [batch, waiting, nProcesses] = given
          const length = pieceLength(batch, waiting, nProcesses)
          expect(length).toBeGreaterThan(0)
          expect(length).toBeLessThanOrEqual(batch.length)
          if (waiting.length >= 4 * nProcesses) expect(length).toBe(batch.length)
        },
      ),
    )
  })

  it('gets smaller towards the end: a slow process keeps a fast one waiting for a twentieth of the time at most', () => {
    const texts = Array.from({ length: 100 }, (_, i) => 'x'.repeat(1000 - 10 * i))
    const { unique, batches } = planBatches(texts, 2)
    const waiting = batches.map(([from, to]) => unique.slice(from, to))
    const ends = [0, 0]
    for (let batch = waiting.shift(); batch; batch = waiting.shift()) {
      const length = pieceLength(batch, waiting, 2)
      if (length < batch.length) waiting.unshift(batch.slice(length))
      const next = ends[0]! <= ends[1]! ? 0 : 1
      ends[next]! += batch.slice(0, length).join('').length * (next === 0 ? 1 : 1.7)
    }
    expect(Math.abs(ends[0]! - ends[1]!)).toBeLessThan(Math.max(...ends) / 20)
  })
})

it('rows come out of a buffer as they went in', () => {
  const row = fc.array(fc.float({ noNaN: true }), { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(fc.array(row, { maxLength: 5 })), (texts) => {
      const vectors = texts.map((rows) => ({ nTokens: rows.length, dim: 3, data: Float32Array.from(rows.flat()) }))
      expect(unpackRows(packRows(vectors, 3))).toEqual(vectors)
    }),
  )
})
