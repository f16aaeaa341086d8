import type { KernelFunctions } from './kernel.ts'
import { topIndices } from './topk.ts'

/** What an index is built with, as `createTwinFunctions`. Floats are summed in the order of the kernel's four lanes. */
export function createAssignTwins(
  memory: WebAssembly.Memory,
): Pick<KernelFunctions, 'assign' | 'sumRows' | 'quantise'> {
  return {
    assign(rows, n, dim, centres, nGroups, nProbes, centroids, offsets, _scratch, codes) {
      const { buffer } = memory
      const centre = new Int16Array(buffer, centres, nGroups * dim)
      const offset = new Uint32Array(buffer, offsets, nGroups + 1)
      const centroid = new Int16Array(buffer, centroids, offset[nGroups]! * dim)
      const out = new Uint32Array(buffer, codes, n)
      const dot = (x: Int8Array, of: Int16Array, row: number) =>
        x.reduce((sum, value, d) => sum + value * of[row * dim + d]!, 0)
      for (let i = 0; i < n; i++) {
        const x = levelsOf(new Float32Array(buffer, rows + i * dim * 4, dim))
        const groups = Float32Array.from({ length: nGroups }, (_, g) => (nGroups > 1 ? dot(x, centre, g) : 0))
        let best = -Infinity
        for (const g of [...topIndices(groups, nGroups, nGroups > 1 ? nProbes : 1, 0, 1)].sort((a, b) => a - b))
          for (let row = offset[g]!; row < offset[g + 1]!; row++) {
            const score = dot(x, centroid, row)
            if (score <= best) continue
            best = score
            out[i] = row
          }
      }
    },

    sumRows(rows, n, dim, codes, sums) {
      const row = new Float32Array(memory.buffer, rows, n * dim)
      const code = new Uint32Array(memory.buffer, codes, n)
      for (let i = 0; i < n; i++) {
        const sum = new Float32Array(memory.buffer, sums + code[i]! * dim * 4, dim)
        for (let d = 0; d < dim; d++) sum[d]! += row[i * dim + d]!
      }
    },

    quantise(rows, n, dim, centroids, codes, buckets, weights, residuals, norms, scores) {
      const { buffer } = memory
      const code = new Uint32Array(buffer, codes, n)
      const bucketOf = new Uint8Array(buffer, buckets, 4096)
      const weight = new Float32Array(buffer, weights, 16)
      const norm = new Uint8ClampedArray(buffer, norms, n)
      const score = new Float32Array(buffer, scores, n)
      for (let i = 0; i < n; i++) {
        const x = new Float32Array(buffer, rows + i * dim * 4, dim)
        const c = new Float32Array(buffer, centroids + code[i]! * dim * 4, dim)
        const out = new Uint8Array(buffer, residuals + (i * dim) / 2, dim / 2)
        const dots = new Float32Array(4)
        const squares = new Float32Array(4)
        const bucket = (d: number) => {
          const at = Math.fround(Math.fround(Math.fround(x[d]! - c[d]!) + 0.5) * 4096)
          const found = bucketOf[Math.max(0, Math.min(4095, Math.trunc(at)))]!
          dots[d & 3]! += Math.fround(x[d]! * c[d]!)
          const value = Math.fround(c[d]! + weight[found]!)
          squares[d & 3]! += Math.fround(value * value)
          return found
        }
        for (let base = 0; base < dim; base += 32) {
          const half = Math.min(16, (dim - base) / 2)
          for (let j = base; j < base + half; j++) out[base / 2 + j - base] = bucket(j) | (bucket(j + half) << 4)
        }
        const inverse = Math.fround(1 / Math.max(Math.fround(Math.sqrt(total(squares))), Math.fround(1e-6)))
        norm[i] = Math.floor(Math.fround(Math.fround(Math.fround(inverse - 0.5) * 255) + 0.5))
        score[i] = total(dots)
      }
    },
  }
}

/** A row in steps of a 127th of its greatest value. */
function levelsOf(row: Float32Array): Int8Array {
  const greatest = row.reduce((most, value) => Math.max(most, Math.abs(value)), Math.fround(1e-9))
  const scale = Math.fround(127 / greatest)
  return Int8Array.from(row, (value) => Math.min(127, roundHalfEven(Math.fround(value * scale))))
}

/** The rounding of SIMD's `nearest`. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
}

const total = ([a, b, c, d]: Float32Array) => Math.fround(Math.fround(Math.fround(a! + b!) + c!) + d!)
