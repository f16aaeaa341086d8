import { describe, expect, it } from 'vitest'
import { PendingOrder } from '../../../server/src/ingest/pendingOrder.ts'

const files = (n: number) => Array.from({ length: n }, (_, i) => ({ path: `f${i}`, nUnits: 1, mtimeMs: i % 7 }))
const paths = (taken: { path: string }[]) => taken.map((file) => file.path)

describe('the order of files that wait', () => {
  it('is the given one, each file once', () => {
    const order = new PendingOrder(files(5))
    expect([paths(order.take(2)), paths(order.take(9)), order.size]).toEqual([['f0', 'f1'], ['f2', 'f3', 'f4'], 0])
  })

  it('puts files in use first, whenever they come into use, and only those that still wait', () => {
    const order = new PendingOrder(files(6))
    expect(paths(order.take(2, ['f4', 'elsewhere']))).toEqual(['f4', 'f0'])
    expect(paths(order.take(3, ['f5', 'f4', 'f3']))).toEqual(['f5', 'f3', 'f1'])
  })

  it('by time has those first that were changed last', () => {
    expect(paths(new PendingOrder(files(4)).sortByTime().take(9))).toEqual(['f3', 'f2', 'f1', 'f0'])
  })

  it('shuffled is another one, the same at every try', () => {
    const shuffled = () => paths(new PendingOrder(files(50)).shuffle().take(50))
    expect(shuffled()).toEqual(shuffled())
    expect(shuffled()).not.toEqual(paths(files(50)))
    expect(shuffled().sort()).toEqual(paths(files(50)).sort())
  })
})
