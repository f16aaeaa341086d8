import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import path from 'node:path'
import { tokenStarts } from '../../../server/src/index/plaid/tokenStarts.ts'

/**
 * Multi-vector data on disk, as both engines read it: `v.bin` rows of f32, `l.bin` u32 rows a document, `q.bin`,
 * `ql.bin` the same for queries, `sub1.bin` and `sub20.bin` u32 document ids, all little-endian.
 */
export interface Dataset {
  directory: string
  dim: number
  lengths: Uint32Array
  /** First row of each document, and the number of rows at the end. */
  starts: Uint32Array
}

export function openDataset(directory: string, dim: number): Dataset {
  const lengths = readU32(path.join(directory, 'l.bin'))
  return { directory, dim, lengths, starts: tokenStarts(lengths) }
}

/** Rows of the documents `[from, to)`, read by position: the whole file need not fit in memory. */
export function readDocs({ directory, dim, starts }: Dataset, from: number, to: number): Float32Array {
  const bytes = new Uint8Array((starts[to]! - starts[from]!) * dim * 4)
  const fd = openSync(path.join(directory, 'v.bin'), 'r')
  try {
    for (let at = 0; at < bytes.length; ) {
      const n = readSync(fd, bytes, at, bytes.length - at, starts[from]! * dim * 4 + at)
      if (n === 0) throw new Error(`${directory}/v.bin is cut short`)
      at += n
    }
  } finally {
    closeSync(fd)
  }
  return new Float32Array(bytes.buffer)
}

export function readQueries(directory: string, dim: number): Float32Array[] {
  const all = readF32(path.join(directory, 'q.bin'))
  const starts = tokenStarts(readU32(path.join(directory, 'ql.bin')))
  return Array.from({ length: starts.length - 1 }, (_, i) => all.slice(starts[i]! * dim, starts[i + 1]! * dim))
}

export const readU32 = (file: string): Uint32Array => new Uint32Array(Uint8Array.from(readFileSync(file)).buffer)
export const readF32 = (file: string): Float32Array => new Float32Array(Uint8Array.from(readFileSync(file)).buffer)
