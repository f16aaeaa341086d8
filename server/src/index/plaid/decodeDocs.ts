import { type Codec, unpackTokens } from './codec.ts'
import type { DocMemory } from './docMemory.ts'

export interface DecodedDocs {
  lengths: Uint32Array
  codes: Uint16Array | Uint32Array
  /** Unit rows of the codec's (padded) dimension; what lies past the model's is zero. */
  rows: Float32Array
}

/** The vectors of the docs `[from, to)`, as well as their codes tell them, for quantising them once more. */
export function decodeDocs(memory: DocMemory, codec: Codec, dim: number, from: number, to: number): DecodedDocs {
  const { lengths, codes, residuals, norms } = memory.copy(from, to)
  const rows = unpackTokens(codec, codes, residuals, norms)
  const wide = codec.dim
  for (let at = 0; at < rows.length; at += wide) {
    let squares = 0
    for (let d = 0; d < dim; d++) squares += rows[at + d]! ** 2
    const scale = 1 / Math.sqrt(squares || 1)
    for (let d = 0; d < dim; d++) rows[at + d]! *= scale
    for (let d = dim; d < wide; d++) rows[at + d] = 0
  }
  return { lengths, codes, rows }
}

/** The end of a run of docs from `from` on with about `nTokens` tokens, one doc at least. */
export function endOfRun(memory: DocMemory, from: number, nTokens: number): number {
  let to = from
  for (let left = nTokens; to < memory.nDocs && left > 0; to++) left -= memory.docLength(to)
  return to
}
