import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../server/src/base/random.ts'
import { Assigner } from '../../../../server/src/index/plaid/assigner.ts'
import { centroidCount, type Nbits, residualBytes, unpackTokens } from '../../../../server/src/index/plaid/codec.ts'
import { loadKernel } from '../../../../server/src/index/plaid/kernel.ts'
import { groupCentroids } from '../../../../server/src/index/plaid/kmeans.ts'
import { Quantiser } from '../../../../server/src/index/plaid/quantiser.ts'
import { runAll } from '../../../../server/src/index/plaid/sliced.ts'
import { atLeast, topIndices } from '../../../../server/src/index/plaid/topk.ts'
import { trainCodec } from '../../../../server/src/index/plaid/trainCodec.ts'
import { KERNEL_DIRECTORY, makeDocs, normalise } from './support.ts'

/** Cosine of each row with what a codec trained on all of them gives back of it, which has length 1 as well. */
function roundTrip(vectors: Float32Array, dim: number, nbits: Nbits): number[] {
  const kernel = loadKernel(KERNEL_DIRECTORY)
  const nTokens = vectors.length / dim
  const codec = runAll(trainCodec(kernel, vectors, dim, { expectedTokens: nTokens, nbits }))
  const quantiser = new Quantiser(kernel, codec)
  const [bytes, codes] = [nTokens * residualBytes(codec), new Uint32Array(nTokens)]
  const [residualsAt, normsAt] = [kernel.allocate(bytes), kernel.allocate(nTokens)]
  const [residuals, norms] = [kernel.u8(residualsAt, bytes), kernel.u8(normsAt, nTokens)]
  quantiser.quantise(vectors, dim, codes, norms, residuals)
  const back = unpackTokens(codec, codes, residuals, norms)
  return Array.from({ length: nTokens }, (_, t) => {
    let dot = 0
    let squares = 0
    for (let d = 0; d < dim; d++) {
      dot += vectors[t * dim + d]! * back[t * dim + d]!
      squares += back[t * dim + d]! ** 2
    }
    expect(Math.abs(squares - 1)).toBeLessThan(0.02)
    return dot
  })
}

describe('the codec', () => {
  it.each([
    [48, 4, 0.985],
    [64, 4, 0.985],
    [48, 2, 0.96],
    [64, 1, 0.93],
  ] as const)('gives back unit rows close to what went in (%i dimensions, %i bits: cosine %d)', (dim, nbits, least) => {
    const cosines = roundTrip(makeDocs({ nDocs: 800, dim }).vectors, dim, nbits)
    expect(cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length).toBeGreaterThan(least)
  })

  it('loses little of any token, whatever it was trained on', () =>
    fc.assert(
      fc.property(
        fc.constantFrom(16, 48, 64, 96),
        fc.constantFrom(1, 2, 4),
        fc.integer({ min: 1, max: 1000 }),
        (dim, nbits, seed) => {
          const { vectors } = makeDocs({ nDocs: 150, dim, seed, world: seed })
          const cosines = roundTrip(vectors, dim, nbits)
          const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length
          expect(mean).toBeGreaterThan({ 1: 0.88, 2: 0.94, 4: 0.97 }[nbits]!)
          // One bit leaves the worst of thousands of tokens to chance: the lowest of 100 such worlds have 0.44.
          expect(Math.min(...cosines)).toBeGreaterThan({ 1: 0.4, 2: 0.6, 4: 0.7 }[nbits]!)
          expect(cosines.sort((a, b) => a - b)[Math.floor(cosines.length / 100)]).toBeGreaterThan(
            { 1: 0.5, 2: 0.6, 4: 0.7 }[nbits]!,
          )
        },
      ),
      { numRuns: 12 },
    ))

  it('trains the same centroids from the same seed', () => {
    const { vectors } = makeDocs({ nDocs: 200, dim: 16 })
    const train = () =>
      runAll(trainCodec(loadKernel(KERNEL_DIRECTORY), vectors, 16, { expectedTokens: 2000, nbits: 4 }))
    expect(train()).toEqual(train())
  })

  it('has 2^floor(log2(16 sqrt(T))) centroids, fewer where corpus or sample are small', () => {
    expect(centroidCount(1_000_000)).toBe(8192)
    expect(centroidCount(300_000)).toBe(4096)
    expect(centroidCount(30_000)).toBe(512)
    expect(centroidCount(3000)).toBe(256)
    expect(centroidCount(30_000, 400)).toBe(64)
    expect(centroidCount(0)).toBe(1)
  })

  it('assigns in two levels nearly always as brute force does', () => {
    const dim = 32
    const kernel = loadKernel(KERNEL_DIRECTORY)
    const centroids = makeDocs({ nDocs: 80, dim, nTypes: 2000 }).vectors.slice(0, 512 * dim)
    const grouped = runAll(groupCentroids(kernel, centroids, dim, seededRandom(1)))
    expect(grouped.groupOffsets.length).toBeGreaterThan(2)
    const { vectors } = makeDocs({ nDocs: 100, dim, seed: 5, nTypes: 2000 })
    const nRows = vectors.length / dim
    const pointer = kernel.allocate(vectors.byteLength)
    kernel.f32(pointer, vectors.length).set(vectors)
    const assign = (groups: typeof grouped) => {
      const codes = new Uint32Array(nRows)
      const scores = new Float32Array(nRows)
      new Assigner(kernel, groups).assign(pointer, nRows, codes, scores)
      return scores
    }
    const flat = { ...grouped, groupCentres: new Float32Array(dim), groupOffsets: Uint32Array.of(0, 512) }
    const exact = assign(flat)
    const twoLevel = assign(grouped)
    const lost = exact.reduce((sum, score, i) => sum + (score - twoLevel[i]!), 0) / nRows
    expect(lost).toBeGreaterThanOrEqual(0)
    expect(lost).toBeLessThan(0.03)
  })

  it('normalises test rows', () => {
    const row = Float32Array.of(3, 4)
    normalise(row, 0, 2)
    expect([...row].map((x) => x.toFixed(2))).toEqual(['0.60', '0.80'])
  })
})

describe('topIndices', () => {
  it('equals a full sort, ties by position', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 70 }),
        (values, k) => {
          const sorted = values.map((_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b)
          expect([...topIndices(Int32Array.from(values), values.length, k, 0, 1)]).toEqual(sorted.slice(0, k))
        },
      ),
    )
  })
})

describe('atLeast', () => {
  it('keeps the same as topIndices, by position', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 60 }),
        fc.nat(70),
        (values, k) => {
          const numbers = Int32Array.from(values)
          const wanted = [...topIndices(numbers, values.length, k, 0, 1)].sort((a, b) => a - b)
          expect([...atLeast(numbers, k)]).toEqual(wanted)
        },
      ),
    )
  })
})
