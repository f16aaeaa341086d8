import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../server/src/base/random.ts'
import { type Kernel, type KernelKind, loadKernel } from '../../../../server/src/index/plaid/kernel.ts'
import { writeQuerySlice } from '../../../../server/src/index/plaid/queryLayout.ts'
import { KERNEL_DIRECTORY } from './support.ts'

/** Relaxed SIMD came to V8 with Node 22; before, it is not there and the plain kernel is taken. */
const HAS_RELAXED = Number(process.versions.node.split('.')[0]) >= 22
const KINDS: KernelKind[] = HAS_RELAXED ? ['relaxed', 'simd'] : ['simd']
const random = seededRandom(3)
type Three = [number, number, number]
const floats = (n: number) => Float32Array.from({ length: n }, () => random() * 2 - 1)
const integers = (n: number, below: number) => Array.from({ length: n }, () => Math.floor(random() * below))

/** Runs `use` on the kernel and on the twin, from the same random input, and compares what they return. */
function check(kind: KernelKind, use: (kernel: Kernel) => ArrayLike<number>, tolerance = 1e-4) {
  const actual = use(loadKernel(KERNEL_DIRECTORY, kind))
  const expected = use(loadKernel(KERNEL_DIRECTORY, 'twin'))
  expect(actual.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(tolerance)
}

function put(kernel: Kernel, data: ArrayBufferView) {
  const pointer = kernel.allocate(data.byteLength)
  kernel.u8(pointer, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return pointer
}

describe.each(KINDS)('the %s kernel equals its twin', (kind) => {
  it.each([
    [16, 1, 1],
    [16, 7, 1],
    [48, 7, 3],
    [128, 20, 20],
  ])('in the nearest centroids (%i dimensions, %i groups, %i looked into)', (dim, nGroups, nProbes) => {
    const nRows = 21
    const sizes = integers(nGroups, 9)
    const offsets = Uint32Array.of(0, ...sizes.map((_, g) => sizes.slice(0, g + 1).reduce((sum, n) => sum + n, 0)))
    offsets[nGroups]! += 1
    const centroids = integers(offsets[nGroups]! * dim, 128)
    const centres = integers(nGroups * dim, 128)
    const rows = floats(nRows * dim)
    check(kind, (kernel) => {
      const levels = (of: number[]) =>
        put(kernel, kernel.kind === 'relaxed' ? Uint8Array.from(of) : Int16Array.from(of))
      const codes = put(kernel, new Uint32Array(nRows).fill(offsets[nGroups]! - 1))
      const scratch = kernel.allocate(nRows * (dim * 2 + nProbes * 8 + 4) + dim * 16 + nProbes * 64 + nGroups * 4 + 64)
      kernel.call.assign(
        put(kernel, rows),
        nRows,
        dim,
        levels(centres),
        nGroups,
        nProbes,
        levels(centroids),
        put(kernel, offsets),
        scratch,
        codes,
      )
      return kernel.u32(codes, nRows).slice()
    })
  })

  it('in sums of rows', () => {
    const [rows, codes] = [floats(30 * 16), Uint32Array.from(integers(30, 5))]
    check(kind, (kernel) => {
      const sums = put(kernel, new Float32Array(5 * 16).fill(0.5))
      kernel.call.sumRows(put(kernel, rows), 30, 16, put(kernel, codes), sums)
      return kernel.f32(sums, 5 * 16).slice()
    })
  })

  it.each([16, 48, 64, 128])('in residuals of %i dimensions, to the bit', (dim) => {
    const nRows = 13
    const centroids = floats(6 * dim).map((value) => value / Math.sqrt(dim))
    const codes = Uint32Array.from(integers(nRows, 6))
    const rows = floats(nRows * dim).map(
      (value, i) => value / 3 + centroids[codes[Math.floor(i / dim)]! * dim + (i % dim)]!,
    )
    const buckets = Uint8Array.from({ length: 4096 }, (_, i) => i >> 8)
    const weights = Float32Array.from({ length: 16 }, (_, i) => (i - 7.5) / 16)
    const bytes = (kernel: Kernel) => {
      const [residuals, norms, scores] = [(nRows * dim) / 2, nRows, nRows * 4].map((n) => kernel.allocate(n)) as Three
      const [at, of, code] = [put(kernel, rows), put(kernel, centroids), put(kernel, codes)]
      const [table, values] = [put(kernel, buckets), put(kernel, weights)]
      kernel.call.quantise(at, nRows, dim, of, code, table, values, residuals, norms, scores)
      return [...kernel.u8(residuals, (nRows * dim) / 2), ...kernel.u8(norms, nRows), ...kernel.u8(scores, nRows * 4)]
    }
    check(kind, bytes)
  })

  it.each([0, 1])('in approximate scores (wide codes: %i)', (wide) => {
    const nCentroids = 40
    const lengths = [7, 1, 12]
    const codes = lengths.map((n) => integers(n, nCentroids))
    const rows = Int8Array.from(integers(nCentroids * 32, 256).map((v) => v - 128))
    check(kind, (kernel) => {
      const pointers = codes.map((list) => put(kernel, wide ? Uint32Array.from(list) : Uint16Array.from(list)))
      const table = put(kernel, Uint32Array.from(pointers.flatMap((pointer, i) => [pointer, lengths[i]!, 0, 0])))
      const units = put(kernel, Int32Array.of(0, 1, 2, -1, 1, 2, -1, 0))
      const out = put(kernel, new Int32Array(4).fill(5))
      kernel.call.approximate(units, 4, table, wide, put(kernel, rows), out)
      return kernel.i32(out, 4).slice()
    })
  })

  it.each([16, 48, 64, 128])('in fine scores of %i dimensions', (dim) => {
    for (const how of ['fine', 'refine'] as const) checkFine(kind, dim, how)
  })

  it.each([16, 48, 128])('in dot products of int8 rows (%i dimensions)', (dim) => {
    const rows = Uint8Array.from(integers(12 * dim, 128))
    const query = floats(11 * dim)
    const shifts = Float32Array.from({ length: 16 }, (_, i) => i / 10)
    check(
      kind,
      (kernel) => {
        const slice = writeSlice(kernel, query, dim, 11)
        const [scratch, out] = [kernel.allocate(8 * dim), kernel.allocate(12 * 16 * 4)]
        const [at, offsets] = [put(kernel, rows), put(kernel, shifts)]
        kernel.call.dotBlocks(at, 12, dim, slice.blocked, 2, 0.001, offsets, scratch, out)
        return kernel.f32(out, 12 * 16).slice()
      },
      1e-3,
    )
  })

  it('in rows of int8 scores', () => {
    const scores = floats(9 * 16)
    check(kind, (kernel) => {
      const rows = kernel.allocate(9 * 32)
      kernel.call.scoreRows(put(kernel, scores), 9, 16, rows)
      return kernel.i8(rows, 9 * 32).slice()
    })
  })

  it('in refined scores of texts longer than a run of tokens', () => checkFine(kind, 32, 'refine', [300, 1, 700]))

  it('in the best rows of each column', () => {
    const nRows = 50
    const scores = floats(nRows * 16)
    check(kind, (kernel) => {
      const marked = put(kernel, new Uint8Array(nRows))
      const [thresholds, heap] = [kernel.allocate(64), kernel.allocate(11 * 6 * 8)]
      kernel.call.probe(put(kernel, scores), nRows, 2, 11, 6, thresholds, heap, marked)
      return kernel.u8(marked, nRows).slice()
    })
  })
})

function checkFine(kind: KernelKind, dim: number, how: 'fine' | 'refine', lengths = [5, 1, 8]): void {
  const nCentroids = 8
  const query = floats(13 * dim)
  const centroidScores = floats(nCentroids * 16)
  const codes = lengths.map((n) => Uint16Array.from(integers(n, nCentroids)))
  const norms = lengths.map((n) => Uint8Array.from(integers(n, 256)))
  const residuals = lengths.map((n) => Uint8Array.from(integers((n * dim) / 2, 256)))
  const weights = Int8Array.from(integers(16, 128))
  const normTable = Float32Array.from({ length: 256 }, (_, i) => 0.5 + i / 255)
  const scoreRows = Int8Array.from(integers(nCentroids * 32, 256).map((v) => v - 128))
  check(
    kind,
    (kernel) => {
      const slice = writeSlice(kernel, query, dim, 13)
      const scores = put(kernel, centroidScores)
      const entries = lengths.flatMap((n, i) => [
        put(kernel, codes[i]!),
        n,
        put(kernel, residuals[i]!),
        put(kernel, norms[i]!),
      ])
      const table = put(kernel, Uint32Array.from(entries))
      const units = put(kernel, Int32Array.of(0, -1, 1, 2, 2, 0))
      const scale = slice.step * 0.002
      const offsets = put(
        kernel,
        slice.sums.map((sum) => -64 * sum * scale),
      )
      const nResults = how === 'fine' ? 3 * 16 : 3
      const out = put(kernel, new Float32Array(nResults))
      const work = kernel.allocate(8 * dim + 1024)
      const tables = [put(kernel, weights), put(kernel, normTable)] as const
      const { nBlocks, blocked, rows } = slice
      const common = [scale, offsets, tables[1]] as const
      if (how === 'fine') {
        kernel.call.fine(units, 3, table, 0, dim, scores, blocked, nBlocks, tables[0], ...common, work, out)
      } else {
        const queries = [put(kernel, scoreRows), rows, 13] as const
        kernel.call.refine(units, 3, table, 0, dim, ...queries, tables[0], ...common, work, out)
      }
      return kernel.f32(out, nResults).slice()
    },
    2e-2,
  )
}

function writeSlice(kernel: Kernel, query: Float32Array, dim: number, nTokens: number) {
  const stride = Math.ceil(nTokens / 8) * 8
  const [blocked, rows] = [kernel.allocate(stride * dim * 2), kernel.allocate(stride * dim * 2)]
  return writeQuerySlice(kernel, query, dim, 0, nTokens, { blocked, rows })
}

it('takes the fastest kernel that the runtime has', () => {
  expect(loadKernel(KERNEL_DIRECTORY).kind).toBe(HAS_RELAXED ? 'relaxed' : 'simd')
  expect(loadKernel('/nowhere').kind).toBe('twin')
})
