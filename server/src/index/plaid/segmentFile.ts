import path from 'node:path'
import { indexCorrupt } from '../../contract/errorCodes.ts'
import { encodeSectionFile, FILE_KIND, SectionReader } from '../sectionFile.ts'
import type { Codec, Nbits } from './codec.ts'
import type { DocBlock } from './docMemory.ts'
import { expandFromFile, packForFile } from './residualPacking.ts'

export interface SegmentMeta {
  dim: number
  nbits: Nbits
  /** Of the codec when the segment was written; it may have more by now. */
  nCentroids: number
  nDocs: number
  nTokens: number
  codeBytes: number
}

/** The bytes of a vector segment (FORMAT.md, "Vector segment"). `keys`: four u32 a doc; `block` as in memory. */
export function encodeVectorSegment(meta: SegmentMeta, keys: Uint32Array, block: DocBlock): Uint8Array {
  return encodeSectionFile(FILE_KIND.segment, meta, [
    ['keys', keys],
    ['lengths', block.lengths],
    ['codes', block.codes],
    ['norms', block.norms],
    ['residuals', packForFile(block.residuals, meta.nbits)],
  ])
}

export const openVectorSegment = (file: string): SectionReader<SegmentMeta> =>
  SectionReader.open<SegmentMeta>(file, FILE_KIND.segment)

/** Fills views of memory with a segment's tokens. `E_INDEX_CORRUPT` where it is damaged or of another codec. */
export function readSegmentTokens(
  reader: SectionReader<SegmentMeta>,
  codec: Codec,
  into: Omit<DocBlock, 'lengths'>,
): void {
  const { dim, nbits, nCentroids } = reader.meta
  const name = path.basename(reader.file)
  if (dim !== codec.dim || nbits !== codec.nbits || nCentroids > codec.nCentroids) {
    throw indexCorrupt(name, 'it was written with another codec')
  }
  const { codes, norms, residuals } = into
  reader.read('codes', new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))
  reader.read('norms', norms)
  if (nbits === 4) reader.read('residuals', residuals)
  else {
    const expanded = readResiduals(reader)
    if (expanded.length !== residuals.length) throw indexCorrupt(name, 'it lacks residuals')
    residuals.set(expanded)
  }
}

/** A segment's residuals as memory holds them. */
export function readResiduals(reader: SectionReader<SegmentMeta>): Uint8Array {
  const { nbits } = reader.meta
  const packed = reader.readU8('residuals')
  if (nbits === 4) return packed
  const residuals = new Uint8Array((packed.length * 4) / nbits)
  expandFromFile(packed, nbits, residuals)
  return residuals
}

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
