import { describe, expect, it } from 'vitest'
import type { TokenVectors } from '../../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'

const rowOf = ({ data, dim }: TokenVectors, row: number) => data.subarray(row * dim, (row + 1) * dim)
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

describe('the fake encoder', () => {
  it('splits identifiers and gives equal words equal unit vectors', async () => {
    const query = await createFakeEncoder().encodeQuery('parseHTTPResponse2 parse_url')
    expect(query.tokens).toEqual(['parse', 'http', 'response', '2', 'parse', 'url'])
    expect(dot(rowOf(query, 0), rowOf(query, 0))).toBeCloseTo(1, 5)
    expect(rowOf(query, 0)).toEqual(rowOf(query, 4))
    expect(Math.abs(dot(rowOf(query, 0), rowOf(query, 5)))).toBeLessThan(0.7)
  })

  it('is the same in queries and documents and from one encoder to the next', async () => {
    const query = await createFakeEncoder({ dim: 8 }).encodeQuery('retry')
    const [document] = await createFakeEncoder({ dim: 8 }).encodeDocuments(['Retry'])
    expect(document!.data).toEqual(query.data)
    expect(document!.dim).toBe(8)
  })

  it('gives one row for a text without words and cuts long ones', async () => {
    const encoder = createFakeEncoder({ documentLength: 3 })
    const [empty, long] = await encoder.encodeDocuments(['', 'a b c d e'])
    expect([empty!.nTokens, long!.nTokens]).toEqual([1, 3])
  })

  it('stops when told', async () => {
    await expect(createFakeEncoder().encodeDocuments(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'CancelledError',
    })
  })
})
