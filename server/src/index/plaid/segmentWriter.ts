import path from 'node:path'
import type { SegmentEntry } from '../manifest.ts'
import { FILE_KIND } from '../sectionFile.ts'
import { SectionWriter } from '../sectionWriter.ts'
import type { Codec } from './codec.ts'
import type { DocMemory } from './docMemory.ts'
import { GroupChecks } from './residualGroups.ts'
import { packForFile } from './residualPacking.ts'
import type { SegmentMeta } from './segmentFile.ts'
import type { Sliced } from './sliced.ts'

/** What a segment is written from. */
export interface StoredDocs {
  codec: Codec
  memory: DocMemory
  /** Content keys of docs, four u32 each. */
  keysOf(docs: Uint32Array): Uint32Array
}

/** Writes a whole segment. What a manifest says of it. */
export function writeSegment(file: string, from: StoredDocs, docs: Uint32Array): SegmentEntry {
  const writer = new SegmentWriter(file, from, docs)
  try {
    writer.write()
    return finished(writer)
  } finally {
    writer.close()
  }
}

/** As `writeSegment`; given up half-way, it leaves no file. */
export function* writeSegmentInSlices(file: string, from: StoredDocs, docs: Uint32Array): Sliced<SegmentEntry> {
  const writer = new SegmentWriter(file, from, docs)
  try {
    yield* writer.writeInSlices()
    return finished(writer)
  } finally {
    writer.close()
  }
}

function finished(writer: SegmentWriter): SegmentEntry {
  const sizeBytes = writer.finish()
  const { nDocs, nTokens } = writer.meta
  return { file: path.basename(writer.file), nDocs, nTokens, sizeBytes }
}

/** Writes a vector segment (FORMAT.md, section 4.2) of some docs piece by piece: it is never in memory as a whole. */
export class SegmentWriter {
  readonly meta: SegmentMeta
  #isFinished = false
  readonly #writer: SectionWriter
  readonly #groups: GroupChecks

  constructor(
    readonly file: string,
    private readonly from: StoredDocs,
    private readonly docs: Uint32Array,
  ) {
    const { codec, memory } = from
    const { dim, nbits, nCentroids } = codec
    const nDocs = docs.length
    const lengths = docs.map((doc) => memory.docLength(doc))
    const nTokens = lengths.reduce((sum, n) => sum + n, 0)
    const { codeBytes } = memory
    const tokenBytes = (dim * nbits) / 8
    this.meta = { dim, nbits, nCentroids, nDocs, nTokens, codeBytes }
    this.#groups = new GroupChecks(lengths, tokenBytes)
    this.#writer = new SectionWriter(file, FILE_KIND.segment, this.meta, [
      ['keys', nDocs * 16],
      ['lengths', nDocs * 4],
      ['codes', nTokens * codeBytes],
      ['norms', nTokens],
      ['residualChecks', this.#groups.checks.byteLength],
      ['residuals', nTokens * tokenBytes],
    ])
  }

  write(): void {
    for (const _ of this.#pieces());
  }

  /** As `write`; what is written is synced as it goes, so that no slice waits for the disk to take all of it. */
  *writeInSlices(): Sliced<void> {
    for (const _ of this.#pieces()) {
      yield
      this.#writer.sync()
      yield
    }
  }

  *#pieces(): Sliced<void> {
    const { memory } = this.from
    const docBytes = (doc: number) => memory.docLength(doc) * memory.tokenBytes
    let from = 0
    let bytes = 0
    for (let i = 0; i < this.docs.length; i++) {
      bytes += docBytes(this.docs[i]!)
      if (bytes < PIECE_BYTES && i + 1 < this.docs.length) continue
      this.#append(this.docs.subarray(from, i + 1))
      from = i + 1
      bytes = 0
      yield
    }
  }

  #append(docs: Uint32Array): void {
    const block = this.from.memory.copyOf(docs)
    const residuals = packForFile(block.residuals, this.meta.nbits)
    this.#groups.add(docs.length, residuals)
    this.#writer.append('keys', bytesOf(this.from.keysOf(docs)))
    this.#writer.append('lengths', bytesOf(block.lengths))
    this.#writer.append('codes', bytesOf(block.codes))
    this.#writer.append('norms', block.norms)
    this.#writer.append('residuals', residuals)
  }

  /** Gives the bytes of the file, which from here on is the caller's to name or to remove. */
  finish(): number {
    this.#writer.append('residualChecks', bytesOf(this.#groups.checks))
    const sizeBytes = this.#writer.finish()
    this.#isFinished = true
    return sizeBytes
  }

  /** Removes what is not finished. */
  close(): void {
    if (!this.#isFinished) this.#writer.abandon()
  }
}

const bytesOf = (view: ArrayBufferView) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

const PIECE_BYTES = 2 * 1024 * 1024
