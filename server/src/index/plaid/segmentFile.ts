import path from 'node:path'
import { crc32 } from '../../base/crc32.ts'
import { indexCorrupt } from '../../contract/errorCodes.ts'
import { encodeSectionFile, FILE_KIND, SectionReader } from '../sectionFile.ts'
import type { Codec, Nbits } from './codec.ts'
import type { DocBlock } from './docMemory.ts'
import { residualGroups } from './residualGroups.ts'
import { expandFromFile } from './residualPacking.ts'
import type { ResidualSource } from './residualPages.ts'
import { tokenStarts } from './tokenStarts.ts'

export interface SegmentMeta {
  dim: number
  nbits: Nbits
  /** Of the codec when the segment was written; it may have more by now. */
  nCentroids: number
  nDocs: number
  nTokens: number
  codeBytes: number
}

export const openVectorSegment = (file: string): SectionReader<SegmentMeta> =>
  SectionReader.open<SegmentMeta>(file, FILE_KIND.segment)

/** Fills views of memory with a segment's tokens. `E_INDEX_CORRUPT` where it is damaged or of another codec. */
export function readSegmentTokens(
  reader: SectionReader<SegmentMeta>,
  codec: Codec,
  into: Omit<DocBlock, 'lengths'>,
): void {
  readSegmentCodes(reader, codec, into)
  const { residuals } = into
  if (reader.meta.nbits === 4) reader.read('residuals', residuals)
  else {
    const expanded = readResiduals(reader)
    if (expanded.length !== residuals.length) throw indexCorrupt(path.basename(reader.file), 'it lacks residuals')
    residuals.set(expanded)
  }
}

/** As `readSegmentTokens` without the residuals. */
export function readSegmentCodes(
  reader: SectionReader<SegmentMeta>,
  codec: Codec,
  { codes, norms }: Pick<DocBlock, 'codes' | 'norms'>,
): void {
  const { dim, nbits, nCentroids } = reader.meta
  if (dim !== codec.dim || nbits !== codec.nbits || nCentroids > codec.nCentroids) {
    throw indexCorrupt(path.basename(reader.file), 'it was written with another codec')
  }
  reader.read('codes', new Uint8Array(codes.buffer, codes.byteOffset, codes.byteLength))
  reader.read('norms', norms)
}

/**
 * A segment's residuals, group by group, from the open file; undefined for one without checksums of groups (format 1).
 * The file may be deleted meanwhile: it is held open until `close`.
 */
export function residualSource(
  reader: SectionReader<SegmentMeta>,
  lengths: Uint32Array,
  onDamage: (error: Error) => void,
): { source: ResidualSource; starts: Uint32Array } | undefined {
  if (!reader.content.sections.has('residualChecks')) return undefined
  const { dim, nbits, nTokens } = reader.meta
  const name = path.basename(reader.file)
  const checks = reader.readU32('residualChecks')
  const starts = residualGroups(lengths)
  const tokenBytes = (dim * nbits) / 8
  if (checks.length !== starts.length - 1 || reader.sectionBytes('residuals') !== nTokens * tokenBytes) {
    throw indexCorrupt(name, 'it lacks residuals')
  }
  const docTokens = tokenStarts(lengths)
  const firstBytes = Float64Array.from(starts, (doc) => docTokens[doc]! * tokenBytes)
  const read = (group: number, into: Uint8Array) => {
    const from = firstBytes[group]!
    const packed = nbits === 4 ? into : new Uint8Array(firstBytes[group + 1]! - from)
    reader.readPart('residuals', from, packed)
    if (crc32(packed) !== checks[group]) throw indexCorrupt(name, 'checksum of its residuals does not match')
    if (nbits !== 4) expandFromFile(packed, nbits, into)
  }
  return { source: { read, onDamage, close: () => reader.close() }, starts }
}

/** A segment's residuals as memory holds them. */
function readResiduals(reader: SectionReader<SegmentMeta>): Uint8Array {
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

/** The keys of a vector segment's docs or of a spool's: four words each. */
export function readKeys(file: string): Uint32Array {
  const reader = SectionReader.open<SegmentMeta>(file, file.endsWith('.spool') ? FILE_KIND.spool : FILE_KIND.segment)
  try {
    return reader.readU32('keys')
  } finally {
    reader.close()
  }
}

export function readSpool(file: string): SpooledDocs {
  const reader = SectionReader.open<SpoolMeta>(file, FILE_KIND.spool)
  try {
    return { keys: reader.readU32('keys'), lengths: reader.readU32('lengths'), vectors: reader.readF32('vectors') }
  } finally {
    reader.close()
  }
}
