import { encodeSectionFile, FILE_KIND, SectionReader } from '../sectionFile.ts'
import type { Codec } from './codec.ts'

interface CodecMeta {
  dim: number
  nbits: 4
  nCentroids: number
}

/** The bytes of a codec file (FORMAT.md, "Codec"). */
export function encodeCodec(codec: Codec): Uint8Array {
  const meta: CodecMeta = { dim: codec.dim, nbits: codec.nbits, nCentroids: codec.nCentroids }
  return encodeSectionFile(FILE_KIND.codec, meta, [
    ['centroids', codec.centroids],
    ['groupCentres', codec.groupCentres],
    ['groupOffsets', codec.groupOffsets],
    ['cutoffs', codec.cutoffs],
    ['weights', codec.weights],
  ])
}

/** Throws `E_INDEX_CORRUPT` where a checksum fails. */
export function readCodec(file: string): { codec: Codec; sizeBytes: number } {
  const reader = SectionReader.open<CodecMeta>(file, FILE_KIND.codec)
  try {
    const codec: Codec = {
      ...reader.meta,
      centroids: reader.readF32('centroids'),
      groupCentres: reader.readF32('groupCentres'),
      groupOffsets: reader.readU32('groupOffsets'),
      cutoffs: reader.readF32('cutoffs'),
      weights: reader.readF32('weights'),
    }
    return { codec, sizeBytes: reader.sizeBytes }
  } finally {
    reader.close()
  }
}
