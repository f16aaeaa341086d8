import { createAssignTwins } from './assignTwin.ts'
import type { KernelFunctions } from './kernel.ts'
import { topIndices } from './topk.ts'

/**
 * The kernels in plain TypeScript over the same memory: what the WASM must equal (tests compare them), and the way
 * out where a runtime has no SIMD. Written for clarity; fine scores take the int16 queries of the plain kernel.
 */
export function createTwinFunctions(memory: WebAssembly.Memory): KernelFunctions {
  return {
    ...createAssignTwins(memory),

    approximate(units, n, docTable, wideCodes, rows, out) {
      const scores = new Int32Array(memory.buffer, out, n)
      const maxima = new Int32Array(32)
      for (let i = 0; i < n; i++) {
        maxima.fill(-128)
        for (const doc of docsOf(memory, units, i)) {
          const codes = codesOf(memory, docTable, doc, wideCodes)
          for (const code of codes) {
            const row = new Int8Array(memory.buffer, rows + code * 32, 32)
            for (let q = 0; q < 32; q++) if (row[q]! > maxima[q]!) maxima[q] = row[q]!
          }
        }
        scores[i]! += maxima.reduce((sum, value) => sum + value, 0)
      }
    },

    fine(units, n, docTable, wideCodes, dim, scores, qT, nBlocks, table, scale, offsets, norms, _scratch, out) {
      const buffer = memory.buffer
      const stride = nBlocks * 8
      const weights = new Int8Array(buffer, table, 16)
      const offset = new Float32Array(buffer, offsets, stride)
      const normTable = new Float32Array(buffer, norms, 256)
      const query = new Int16Array(buffer, qT, nBlocks * dim * 8)
      const token = new Int8Array(dim)
      for (let i = 0; i < n; i++) {
        const maxima = new Float32Array(buffer, out + i * stride * 4, stride).fill(-1e9)
        for (const doc of docsOf(memory, units, i)) {
          const entry = new Uint32Array(buffer, docTable + doc * 16, 4)
          const codes = codesOf(memory, docTable, doc, wideCodes)
          for (let t = 0; t < codes.length; t++) {
            decodeToken(new Uint8Array(buffer, entry[2]! + (t * dim) / 2, dim / 2), dim, weights, token)
            const centroid = new Float32Array(buffer, scores + codes[t]! * stride * 4, stride)
            const norm = normTable[new Uint8Array(buffer, entry[3]! + t, 1)[0]!]!
            for (let q = 0; q < stride; q++) {
              let sum = 0
              for (let d = 0; d < dim; d++) {
                // [block][dim/2][8][2]
                const at = (((q >> 3) * (dim / 2) + (d >> 1)) * 8 + (q & 7)) * 2 + (d & 1)
                sum += query[at]! * token[d]!
              }
              const score = (sum * scale + offset[q]! + centroid[q]!) * norm
              if (score > maxima[q]!) maxima[q] = score
            }
          }
        }
      }
    },

    refine(...parameters) {
      const [units, n, docTable, wideCodes, dim, rows, queries, nQuery] = parameters
      const [table, scale, offsets, norms, , out] = parameters.slice(8) as number[] as Six
      const buffer = memory.buffer
      const weights = new Int8Array(buffer, table, 16)
      const offset = new Float32Array(buffer, offsets, nQuery)
      const normTable = new Float32Array(buffer, norms, 256)
      const query = new Int16Array(buffer, queries, nQuery * dim)
      const result = new Float32Array(buffer, out, n)
      const token = new Int8Array(dim)
      const rowOf = (code: number) => new Int8Array(buffer, rows + code * 32, 32)
      for (let i = 0; i < n; i++) {
        const tokens = docsOf(memory, units, i).flatMap((doc) => {
          const entry = new Uint32Array(buffer, docTable + doc * 16, 4)
          return Array.from(codesOf(memory, docTable, doc, wideCodes), (code, t) => ({
            code,
            residual: entry[2]! + (t * dim) / 2,
            norm: normTable[new Uint8Array(buffer, entry[3]! + t, 1)[0]!]!,
          }))
        })
        for (let q = 0; q < nQuery; q++) {
          const order = tokens.map((_, t) => t).filter((t) => rowOf(tokens[t]!.code)[q]! > -128)
          order.sort((a, b) => rowOf(tokens[b]!.code)[q]! - rowOf(tokens[a]!.code)[q]! || a - b)
          let best = -1e9
          for (const { code, residual, norm } of order.slice(0, 2).map((t) => tokens[t]!)) {
            decodeToken(new Uint8Array(buffer, residual, dim / 2), dim, weights, token)
            let sum = 0
            for (let d = 0; d < dim; d++) sum += query[q * dim + d]! * token[d]!
            const centroid = rowOf(code)[q]! / 127
            best = Math.max(best, (sum * scale + offset[q]! + centroid) * norm)
          }
          result[i]! += best
        }
      }
    },

    scoreRows(scores, n, stride, rows) {
      const from = new Float32Array(memory.buffer, scores, n * stride)
      const to = new Int8Array(memory.buffer, rows, n * 32).fill(0)
      for (let i = 0; i < n; i++)
        for (let q = 0; q < stride; q++)
          to[i * 32 + q] = Math.max(-128, Math.min(127, Math.trunc(Math.fround(from[i * stride + q]! * 127))))
    },

    dotBlocks(rows, n, dim, xT, nBlocks, scale, offsets, _scratch, out) {
      const stride = nBlocks * 8
      const row = new Int8Array(memory.buffer, rows, n * dim)
      const x = new Int16Array(memory.buffer, xT, stride * dim)
      const offset = new Float32Array(memory.buffer, offsets, stride)
      const result = new Float32Array(memory.buffer, out, n * stride)
      for (let i = 0; i < n; i++)
        for (let q = 0; q < stride; q++) {
          let sum = 0
          for (let d = 0; d < dim; d++) {
            // [block][dim/2][8][2]
            const at = (((q >> 3) * (dim / 2) + (d >> 1)) * 8 + (q & 7)) * 2 + (d & 1)
            sum += row[i * dim + d]! * x[at]!
          }
          result[i * stride + q] = sum * scale + offset[q]!
        }
    },

    probe(scores, nRows, nBlocks, nQuery, n, _thresholds, _heap, marked) {
      const stride = nBlocks * 8
      const table = new Float32Array(memory.buffer, scores, nRows * stride)
      const marks = new Uint8Array(memory.buffer, marked, nRows)
      for (let q = 0; q < nQuery; q++) for (const row of topIndices(table, nRows, n, q, stride)) marks[row] = 1
    },
  }
}

type Six = [number, number, number, number, number, number]

function docsOf(memory: WebAssembly.Memory, units: number, i: number): number[] {
  return [...new Int32Array(memory.buffer, units + i * 8, 2)].filter((doc) => doc >= 0)
}

function codesOf(memory: WebAssembly.Memory, docTable: number, doc: number, wide: number): Uint16Array | Uint32Array {
  const [codes, nTokens] = new Uint32Array(memory.buffer, docTable + doc * 16, 2) as unknown as [number, number]
  return wide ? new Uint32Array(memory.buffer, codes, nTokens) : new Uint16Array(memory.buffer, codes, nTokens)
}

/** Weights of one token: blocks of 16 bytes = 32 dimensions, low nibbles first; a last half block of 8 bytes. */
function decodeToken(bytes: Uint8Array, dim: number, weights: Int8Array, out: Int8Array): void {
  for (let base = 0; base < dim; base += 32) {
    const half = Math.min(16, (dim - base) / 2)
    for (let j = 0; j < half; j++) {
      const byte = bytes[base / 2 + j]!
      out[base + j] = weights[byte & 15]!
      out[base + half + j] = weights[byte >> 4]!
    }
  }
}
