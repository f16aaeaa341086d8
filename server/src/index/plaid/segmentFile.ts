import { encodeSectionFile, FILE_KIND, SectionReader } from '../sectionFile.ts'
import type { DocBlock } from './docMemory.ts'

export interface SegmentMeta {
  dim: number
  nbits: number
  nCentroids: number
  nDocs: number
  nTokens: number
  codeBytes: number
}

/** The bytes of a vector segment (FORMAT.md, "Vector segment"). `keys`: four u32 a doc. */
export function encodeVectorSegment(meta: SegmentMeta, keys: Uint32Array, block: DocBlock): Uint8Array {
  return encodeSectionFile(FILE_KIND.segment, meta, [
    ['keys', keys],
    ['lengths', block.lengths],
    ['codes', block.codes],
    ['norms', block.norms],
    ['residuals', block.residuals],
  ])
}

export const openVectorSegment = (file: string): SectionReader<SegmentMeta> =>
  SectionReader.open<SegmentMeta>(file, FILE_KIND.segment)

export interface SpoolMeta {
  dim: number
  nDocs: number
  nTokens: number
}

/** Docs whose vectors wait for the first codec: raw f32 rows (FORMAT.md, "Raw spool"). */
export interface SpooledDocs {
  keys: Uint32Array
  lengths: Uint32Array
  vectors: Float32Array
}

export function encodeSpool(dim: number, docs: SpooledDocs): Uint8Array {
  const meta: SpoolMeta = { dim, nDocs: docs.lengths.length, nTokens: docs.vectors.length / dim }
  return encodeSectionFile(FILE_KIND.spool, meta, [
    ['keys', docs.keys],
    ['lengths', docs.lengths],
    ['vectors', docs.vectors],
  ])
}

export function readSpool(file: string): SpooledDocs {
  const reader = SectionReader.open<SpoolMeta>(file, FILE_KIND.spool)
  try {
    return { keys: reader.readU32('keys'), lengths: reader.readU32('lengths'), vectors: reader.readF32('vectors') }
  } finally {
    reader.close()
  }
}
