import type { Kernel } from './kernel.ts'

/** Query tokens the kernels take at once; a longer query is scored in slices that add up. */
export const MAX_SLICE_TOKENS = 32

/** A slice of a query (at most 32 tokens) in the kernels' layouts. Pointers are into the kernel's memory. */
export interface QuerySlice {
  nTokens: number
  nBlocks: number
  /** Tokens rounded up to blocks of 8; the rows past `nTokens` are zero and add nothing to a score. */
  stride: number
  /** int8 [block][dim/4][8][4] or int16 [block][dim/2][8][2] by kernel kind, for `dotBlocks` and `fine`. */
  blocked: number
  /** int8 or int16 by kernel kind, [token][dim], for `refine`. */
  rows: number
  /** One step of the quantised query. */
  step: number
  /** f32 [stride]: sum of the quantised values of each token. */
  sums: Float32Array
}

/** Where a slice's arrays go: stride * dim int16 each. */
export interface SlicePointers {
  blocked: number
  rows: number
}

/**
 * Writes `nTokens` rows of `query` from row `from` on in both layouts. Values are quantised to -127..127 by one
 * step for the whole slice.
 */
export function writeQuerySlice(
  kernel: Kernel,
  query: Float32Array,
  dim: number,
  from: number,
  nTokens: number,
  pointers: SlicePointers,
): QuerySlice {
  const nBlocks = Math.ceil(nTokens / 8)
  const stride = nBlocks * 8
  const relaxed = kernel.kind === 'relaxed'
  const view = relaxed ? kernel.i8 : kernel.i16
  const blocked = view(pointers.blocked, stride * dim).fill(0)
  const rows = view(pointers.rows, stride * dim).fill(0)
  let greatest = 1e-9
  for (let i = from * dim; i < (from + nTokens) * dim; i++) greatest = Math.max(greatest, Math.abs(query[i]!))
  const step = greatest / 127
  const sums = new Float32Array(stride)
  const group = relaxed ? 4 : 2
  for (let t = 0; t < nTokens; t++) {
    const block = t >> 3
    const lane = t & 7
    for (let d = 0; d < dim; d++) {
      const value = query[(from + t) * dim + d]!
      const level = Math.round(value / step)
      blocked[((block * (dim / group) + Math.floor(d / group)) * 8 + lane) * group + (d % group)] = level
      rows[t * dim + d] = level
      sums[t]! += level
    }
  }
  return { nTokens, nBlocks, stride, ...pointers, step, sums }
}

/** Rows of `from` dimensions as rows of `to`, zeros behind; the same array where nothing is to do. */
export function padRows(vectors: Float32Array, nTokens: number, from: number, to: number): Float32Array {
  if (from === to) return vectors
  const padded = new Float32Array(nTokens * to)
  for (let t = 0; t < nTokens; t++) padded.set(vectors.subarray(t * from, (t + 1) * from), t * to)
  return padded
}
