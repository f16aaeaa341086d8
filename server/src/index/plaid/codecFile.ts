import { encodeSectionFile, FILE_KIND, SectionReader } from '../sectionFile.ts'
import type { Codec } from './codec.ts'

type CodecMeta = Omit<Codec, 'centroids' | 'groupCentres' | 'groupOffsets' | 'cutoffs' | 'weights'>

/** The bytes of a codec file (FORMAT.md, "Codec"). */
export function encodeCodec(codec: Codec): Uint8Array {
  const { centroids, groupCentres, groupOffsets, cutoffs, weights, ...numbers } = codec
  const meta: CodecMeta = numbers
  return encodeSectionFile(FILE_KIND.codec, meta, [
    ['centroids', centroids],
    ['groupCentres', groupCentres],
    ['groupOffsets', groupOffsets],
    ['cutoffs', cutoffs],
    ['weights', weights],
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
