import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../../base/log.ts'
import { seededRandom } from '../../base/random.ts'
import { indexCorrupt } from '../../contract/errorCodes.ts'
import { isShared, linkOrCopy } from '../linkOrCopy.ts'
import {
  fileName,
  type Manifest,
  manifestFiles,
  readManifest,
  removeUnnamed,
  type SegmentEntry,
  writeManifest,
} from '../manifest.ts'
import { makeStoreFolder, readPart } from '../storageFailure.ts'
import { writeSynced } from '../writeSynced.ts'
import { appendCentroids } from './appendCentroids.ts'
import { type Codec, type Nbits, paddedDim, unpackTokens } from './codec.ts'
import { encodeCodec, readCodec } from './codecFile.ts'
import { type DocBlock, DocMemory } from './docMemory.ts'
import { countOutliers, dueUpkeep, type StoredTokens } from './drift.ts'
import { InvertedLists } from './invertedLists.ts'
import { type Kernel, loadKernel } from './kernel.ts'
import { KernelThreads } from './kernelThreads.ts'
import { KeyTable, keyWords } from './keyTable.ts'
import { segmentsToMerge } from './mergeRule.ts'
import { type NewDocs, withoutKnown } from './newDocs.ts'
import { Quantiser } from './quantiser.ts'
import { retrain } from './retrain.ts'
import { PlaidSearcher } from './searcher.ts'
import { openVectorSegment, readSegmentCodes, readSegmentTokens, residualSource } from './segmentFile.ts'
import { type StoredDocs, writeSegment } from './segmentWriter.ts'
import { runAll, type Sliced } from './sliced.ts'
import { Spool } from './spool.ts'
import { firstCodec, wantedSampleTokens } from './trainCodec.ts'

export interface VectorStoreOptions {
  directory: string
  /** Folder of the kernels' WASM files. */
  kernelDirectory: string
  /** The model's dimension. */
  dim: number
  /** Bits a dimension for a codec that is yet to be trained, 4 by default; one that exists keeps its own. */
  nbits?: Nbits
  log: Log
  readOnly?: boolean
  /** Most bytes that residuals of stored docs may take in memory. */
  memoryLimitBytes?: number
  /** Threads that score one search; 1 by default. */
  searchThreads?: number
  /** Segments with fewer bytes of residuals are read and checked at once; 4 MiB where absent. */
  pagedFromBytes?: number
}

/**
 * The token vectors of one model: a PLAID index of docs by content key, on disk and in the kernel's memory. Docs added
 * before there is a codec are spooled raw; afterwards they are quantised and searchable at once. `commit` makes
 * what was added durable. One thread; one writer.
 */
export class VectorStore {
  readonly dim: number
  readonly directory: string
  #manifest: Manifest
  /** As it stands on disk. */
  #committed: Manifest
  readonly #keys = new KeyTable()
  readonly #spool: Spool
  #codec: Codec | undefined
  #memory: DocMemory | undefined
  #searcher: PlaidSearcher | undefined
  #threads: KernelThreads | undefined
  #quantiser: Quantiser | undefined
  #lists: InvertedLists | undefined
  /** Docs [0, nSealed) are in segment files. */
  #nSealed = 0
  /** Outliers of the codec in docs that are not. */
  #nNewOutliers = 0
  /** Files of segments in which residuals were found damaged. */
  readonly #damaged = new Set<string>()
  #codecBytes = 0
  /** How much of the upkeep under way is done, 0..1. */
  upkeepShare = 0

  private constructor(
    private readonly options: VectorStoreOptions,
    manifest: Manifest,
    private kernel: Kernel,
  ) {
    this.dim = options.dim
    this.directory = options.directory
    this.#manifest = manifest
    this.#committed = manifest
    this.#spool = new Spool(options.dim)
  }

  /** Opens what the manifest names; deletes files it does not name. A damaged segment is dropped, named in the log. */
  static open(options: VectorStoreOptions): VectorStore {
    if (!options.readOnly) makeStoreFolder(options.directory)
    const store = new VectorStore(options, readManifest(options.directory), loadKernel(options.kernelDirectory))
    store.#load()
    return store
  }

  /** Docs that a search can find. */
  get nDocs(): number {
    return this.#memory?.nDocs ?? 0
  }
  get nTokens(): number {
    return (this.#memory?.nTokens ?? 0) + this.#spool.nTokens
  }
  get nSpooledTokens(): number {
    return this.#spool.nTokens
  }
  get hasCodec(): boolean {
    return this.#codec !== undefined
  }
  get kernelKind(): string {
    return this.kernel.kind
  }
  /** Bytes of its docs in memory: what is always there, and residuals that searches have read. */
  get memoryBytes(): { fixed: number; paged: number } {
    return this.#memory?.sizeBytes ?? { fixed: 0, paged: 0 }
  }
  /** Bytes of the store's files. */
  get sizeBytes(): number {
    const files = [...this.#manifest.segments, ...(this.#manifest.spools ?? [])]
    return files.reduce((sum, file) => sum + file.sizeBytes, this.#codecBytes)
  }

  /** Searchable doc of a key, -1 where there is none (yet). */
  docId(key: string): number {
    return this.#keys.find(key)
  }
  /** Whether the key's vectors are stored, be it raw. */
  has(key: string): boolean {
    return this.#keys.find(key) >= 0 || this.#spool.has(key)
  }

  /** Stores docs; known keys are passed over. Durable after the next `commit`. */
  add(docs: NewDocs): void {
    if (!this.#codec) {
      this.#spool.add(docs)
      return
    }
    this.#addQuantised(docs)
  }

  /** Whether enough is spooled to train the first codec for a corpus of `expectedTokens`. */
  wantsTraining(expectedTokens: number): boolean {
    return !this.#codec && this.#spool.nTokens >= wantedSampleTokens(expectedTokens)
  }

  train(expectedTokens: number, shouldStop?: () => boolean): void {
    runAll(this.training(expectedTokens), shouldStop)
  }

  /** Trains the first codec on what is spooled, quantises that in the last slice, commits. Docs may come in between. */
  *training(expectedTokens: number): Sliced<void> {
    if (this.#codec || this.#spool.nTokens === 0) return
    const nbits = this.options.nbits ?? DEFAULT_NBITS
    // A kernel of its own: the sample's memory goes with it.
    const codec = yield* firstCodec(this.#newKernel(), this.#spool, this.dim, { expectedTokens, nbits })
    if (this.#codec) return // adopted meanwhile
    const bytes = encodeCodec(codec)
    const file = this.#newFile('codec')
    writeSynced(path.join(this.options.directory, file), bytes)
    this.#begin(codec, file, bytes.byteLength)
  }

  /** Quantises what is spooled with the first codec, and commits. */
  #begin(codec: Codec, file: string, sizeBytes: number): void {
    this.#useCodec(codec, sizeBytes)
    for (const docs of this.#spool.drain()) this.#addQuantised(docs)
    this.#manifest = { ...this.#manifest, codec: file, spools: [] }
    this.commit()
  }

  /** The codec's file, undefined before there is one. */
  get codecFile(): string | undefined {
    return this.#manifest.codec && path.join(this.directory, this.#manifest.codec)
  }

  /**
   * Takes another store's codec file for its own, quantises what is spooled and commits. Only before there is a codec.
   * `E_INDEX_CORRUPT` where it is damaged or not such as would be trained here.
   */
  adoptCodec(foreign: string): void {
    const file = this.#newFile('codec')
    const own = path.join(this.directory, file)
    linkOrCopy(foreign, own)
    let adopted: ReturnType<typeof readCodec>
    try {
      adopted = readCodec(own)
      const { dim, nbits } = adopted.codec
      const isWanted = dim === paddedDim(this.dim) && nbits === (this.options.nbits ?? DEFAULT_NBITS)
      if (!isWanted) throw indexCorrupt(path.basename(foreign), `it has ${dim} dimensions of ${nbits} bits`)
    } catch (error) {
      rmSync(own, { recursive: true, force: true })
      throw error
    }
    this.#begin(adopted.codec, file, adopted.sizeBytes)
  }

  /**
   * Takes another store's segment of the same codec for its own: the file is shared where it can be. Committed.
   * `entry` is what the other manifest says of it; `isGood` is asked once the file is held: what goes by its name may
   * have changed until then.
   */
  adoptSegment(foreign: string, entry: SegmentEntry, isGood: () => boolean): void {
    this.commit()
    const file = this.#newFile('vec')
    const own = path.join(this.directory, file)
    linkOrCopy(foreign, own)
    try {
      if (!isGood()) throw indexCorrupt(path.basename(foreign), 'it has another codec by now')
      const taken = { ...entry, file, ...this.#readSegment(own) }
      this.#publish({ ...this.#manifest, segments: [...this.#manifest.segments, taken] })
      this.#nSealed = this.nDocs
    } catch (error) {
      removeUnnamed(this.directory, [file])
      throw error
    }
  }

  /** Stores docs that are quantised with this store's codec; keys are four u32 each. Durable after `commit`. */
  addQuantised(keys: Uint32Array, docs: DocBlock): void {
    this.#memory!.add(docs.lengths, (codes, norms, residuals) => {
      codes.set(docs.codes)
      norms.set(docs.norms)
      residuals.set(docs.residuals)
    })
    for (let i = 0; i < docs.lengths.length; i++) this.#keys.add(keys, i * 4)
  }

  /** Committed segments, each with the ids of its docs: `firstDoc` and those that follow. */
  segments(): { entry: SegmentEntry; file: string; firstDoc: number }[] {
    let firstDoc = 0
    return this.#manifest.segments.map((entry) => {
      firstDoc += entry.nDocs
      return { entry, file: path.join(this.directory, entry.file), firstDoc: firstDoc - entry.nDocs }
    })
  }

  /** Bytes of all that is stored of a token (FORMAT.md, section 4.2). Only with a codec. */
  get tokenBytes(): number {
    const { dim, nbits } = this.#codec!
    return this.#memory!.codeBytes + 1 + (dim * nbits) / 8
  }

  docLength(doc: number): number {
    return this.#memory!.docLength(doc)
  }

  /** What a segment is written from. Only with a codec. */
  stored(): StoredDocs {
    return {
      codec: this.#codec!,
      memory: this.#memory!,
      keysOf: (docs) => {
        const keys = new Uint32Array(docs.length * 4)
        docs.forEach((doc, i) => {
          keys.set(this.#keys.words(doc, doc + 1), i * 4)
        })
        return keys
      },
    }
  }

  /** A name that no file of this store has had. */
  newSegmentFile(): string {
    return path.join(this.directory, this.#newFile('vec'))
  }

  /**
   * Puts `file`, a segment without the docs `dropped` (ascending ids), in the place of the segment that has them, or
   * nothing where all are dropped. Committed. Ids of later docs are smaller afterwards.
   */
  replaceSegment(old: SegmentEntry, dropped: Uint32Array, file: string | undefined, sizeBytes: number): void {
    const lost = dropped.reduce((sum, doc) => sum + this.docLength(doc), 0)
    const nTokens = old.nTokens - lost
    const nOutliers = Math.round(((old.nOutliers ?? 0) * nTokens) / Math.max(1, old.nTokens))
    const entry = file && { file: path.basename(file), nDocs: old.nDocs - dropped.length, nTokens, sizeBytes }
    const next = entry ? [{ ...entry, ...(nOutliers > 0 && { nOutliers }) }] : []
    const segments = this.#manifest.segments.flatMap((each) => (each.file === old.file ? next : [each]))
    try {
      this.#publish({ ...this.#manifest, segments })
    } catch (error) {
      removeUnnamed(
        this.directory,
        next.map((each) => each.file),
      )
      throw error
    }
    this.#nSealed -= dropped.length
    this.#keys.remove(dropped)
    this.#useCodec(this.#codec!, this.#codecBytes, this.#memory!.without(dropped, this.#codec!))
  }

  /**
   * Writes what was added since the last commit and replaces the manifest. Quick when there is nothing. Where it fails
   * (`E_DISK_FULL`), the last commit stands, its files are all that is left, and the next call tries everything again.
   */
  commit(): void {
    const written: string[] = []
    try {
      this.#commit(written)
    } catch (error) {
      removeUnnamed(this.directory, written)
      throw error
    }
  }

  /** `written` takes the names of the files that it makes. */
  #commit(written: string[]): void {
    const { directory } = this.options
    const segments = [...this.#manifest.segments]
    const spools = [...(this.#manifest.spools ?? [])]
    const nDocs = this.nDocs
    const spooled = this.#spool.unwritten()
    if (spooled) {
      const file = this.#newFile('spool')
      written.push(file)
      writeSynced(path.join(directory, file), spooled.bytes)
      spools.push({ file, nDocs: spooled.nDocs, nTokens: spooled.nTokens, sizeBytes: spooled.bytes.byteLength })
    }
    if (this.#nSealed < nDocs) {
      segments.push(this.#writeSegment(this.#nSealed, nDocs, this.#nNewOutliers, written))
      this.#mergeSmall(segments, written)
    }
    if (written.length === 0 && this.#manifest.codec === this.#committed.codec) return
    this.#publish({ ...this.#manifest, segments, spools }, written)
    this.#spool.markWritten()
    this.#nSealed = nDocs
    this.#nNewOutliers = 0
  }

  /** Makes `next` the manifest and deletes what it does not name of the one before and of `written`. */
  #publish(next: Manifest, written: string[] = []): void {
    const { directory } = this.options
    const manifest = { ...next, generation: this.#manifest.generation + 1 }
    writeManifest(directory, manifest)
    const before = manifestFiles(this.#committed)
    this.#manifest = manifest
    this.#committed = manifest
    const named = manifestFiles(manifest)
    for (const file of [...before, ...written]) {
      if (!named.has(file)) rmSync(path.join(directory, file), { recursive: true, force: true })
    }
  }

  /**
   * Upkeep that the codec needs (`drift.ts`), in slices, committed at its end; undefined where it needs none. Searches,
   * additions and commits may come between slices. Given up half-way, or killed, it leaves the store as it was.
   */
  upkeep(): Sliced<void> | undefined {
    const codec = this.#codec
    const memory = this.#memory
    if (!codec || !memory || this.options.readOnly) return undefined
    const stored = { nTokens: memory.nTokens, nOutliers: outliersOf(this.#manifest.segments) + this.#nNewOutliers }
    const due = dueUpkeep(codec, stored)
    if (!due) return undefined
    return due === 'append' ? this.#append(codec, memory, stored) : this.#retrain(codec, memory)
  }

  *#append(codec: Codec, memory: DocMemory, stored: StoredTokens): Sliced<void> {
    const trainer = this.#newKernel()
    const next = yield* appendCentroids(trainer, codec, memory, this.dim, stored, seededRandom(codec.nCentroids))
    if (this.#codec !== codec || this.#memory !== memory) return
    const bytes = encodeCodec(next)
    const file = this.#newFile('codec')
    writeSynced(path.join(this.directory, file), bytes)
    try {
      this.#publish({ ...this.#manifest, codec: file })
    } catch (error) {
      removeUnnamed(this.directory, [file])
      throw error
    }
    this.#useCodec(next, bytes.byteLength, memory)
    this.options.log.info(`${next.nCentroids - codec.nCentroids} centroids were added for texts of a new kind.`)
  }

  *#retrain(codec: Codec, memory: DocMemory): Sliced<void> {
    const written: string[] = []
    const newFile = (extension: string) => {
      const file = this.#newFile(extension)
      written.push(file)
      return path.join(this.directory, file)
    }
    let replaced: DocMemory | undefined
    try {
      const next = yield* retrain({
        ...this.stored(),
        codec,
        memory,
        dim: this.dim,
        newKernel: this.#newKernel,
        newFile,
        onProgress: (share) => {
          this.upkeepShare = share
        },
      })
      if (this.#codec !== codec || this.#memory !== memory) return
      this.#publish({ ...this.#manifest, codec: next.codecFile, segments: next.segments })
      this.kernel = next.kernel
      replaced = memory
      this.#useCodec(next.codec, next.codecBytes, next.memory)
      this.#lists = next.lists
      this.#nSealed = this.nDocs
      this.#nNewOutliers = 0
      this.options.log.info(
        `The index was trained anew: ${next.codec.nCentroids} centroids for ${this.nTokens} tokens.`,
      )
      yield
      yield* memory.closeInSlices()
    } finally {
      this.upkeepShare = 0
      replaced?.close()
      removeUnnamed(this.directory, written)
    }
  }

  #newKernel = () => loadKernel(this.options.kernelDirectory, this.kernel.kind)

  /** What a search needs; undefined before there is a codec. New docs are found without the lists until there are many. */
  searchable(): { searcher: PlaidSearcher; lists: InvertedLists; codec: Codec } | undefined {
    if (!this.#codec || !this.#memory || !this.#searcher) return undefined
    if (!this.#lists || this.#memory.nDocs - this.#lists.nDocs > MAX_UNLISTED_DOCS) {
      this.#lists = InvertedLists.build(this.#memory, this.#codec.nCentroids)
    }
    return { searcher: this.#searcher, lists: this.#lists, codec: this.#codec }
  }

  /** Decompressed rows of a doc (padded dimension), and their codes. */
  tokens(doc: number): { rows: Float32Array; codes: Uint16Array | Uint32Array; dim: number } | undefined {
    if (!this.#codec || !this.#memory || doc < 0 || doc >= this.#memory.nDocs) return undefined
    const { codes, residuals, norms } = this.#memory.copy(doc, doc + 1)
    return { rows: unpackTokens(this.#codec, codes, residuals, norms), codes, dim: this.#codec.dim }
  }

  #load(): void {
    const { directory, log } = this.options
    if (!this.options.readOnly) {
      const named = manifestFiles(this.#manifest)
      for (const file of readdirSync(directory))
        if (!named.has(file)) rmSync(path.join(directory, file), { recursive: true, force: true })
    }
    if (this.#manifest.codec) {
      const { codec, sizeBytes } = readCodec(path.join(directory, this.#manifest.codec))
      if (codec.dim !== paddedDim(this.dim)) throw indexCorrupt(this.#manifest.codec, `its dimension is ${codec.dim}`)
      this.#useCodec(codec, sizeBytes)
    }
    const keepReadable = (entries: SegmentEntry[], read: (file: string) => void) =>
      entries.filter((entry) => {
        const damage = readPart(path.join(directory, entry.file), read)
        if (damage) log.error(`${damage.message} Its units are encoded again.`)
        return !damage
      })
    const segments = keepReadable(this.#manifest.segments, (file) => this.#readSegment(file))
    const spools = keepReadable(this.#manifest.spools ?? [], (file) => this.#spool.read(file))
    this.#manifest = { ...this.#manifest, segments, spools }
    this.#nSealed = this.nDocs
  }

  #useCodec(codec: Codec, sizeBytes: number, memory = new DocMemory(this.kernel, codec)): void {
    this.#codec = codec
    this.#codecBytes = sizeBytes
    this.#memory = memory
    memory.limitBytes = this.options.memoryLimitBytes ?? Infinity
    if (this.#threads?.kernel !== this.kernel) {
      this.#threads?.end()
      const { kernelDirectory, searchThreads = 1 } = this.options
      this.#threads = new KernelThreads(this.kernel, kernelDirectory, searchThreads)
    }
    this.#lists = undefined
    if (this.#searcher?.codec === codec && this.#searcher.memory.kernel === this.kernel) {
      this.#searcher.memory = memory
      return
    }
    this.#searcher = new PlaidSearcher(codec, memory, this.#threads)
    this.#quantiser?.dispose()
    this.#quantiser = undefined
  }

  #readSegment(file: string): Omit<SegmentEntry, 'file'> {
    const memory = this.#memory
    if (!memory) throw indexCorrupt(path.basename(file), 'there is no codec for it')
    const codec = this.#codec!
    const reader = openVectorSegment(file)
    let isHeld = false
    try {
      const keys = reader.readU32('keys')
      const lengths = reader.readU32('lengths')
      const onDamage = (error: Error) => this.#onDamage(path.basename(file), error)
      const isLarge = reader.sectionBytes('residuals') >= (this.options.pagedFromBytes ?? PAGED_FROM_BYTES)
      const residuals = isLarge && residualSource(reader, lengths, onDamage)
      if (residuals) {
        memory.addStored(lengths, residuals.starts, residuals.source, (codes, norms) =>
          readSegmentCodes(reader, codec, { codes, norms }),
        )
        isHeld = true
      } else
        memory.add(lengths, (codes, norms, all) => readSegmentTokens(reader, codec, { codes, norms, residuals: all }))
      this.#keys.reserve(this.#keys.nKeys + lengths.length)
      for (let i = 0; i < lengths.length; i++) this.#keys.add(keys, i * 4)
      const { nDocs, nTokens } = reader.meta
      return { nDocs, nTokens, sizeBytes: reader.sizeBytes }
    } finally {
      if (!isHeld) reader.close()
    }
  }

  #onDamage(file: string, error: Error): void {
    if (this.#damaged.has(file)) return
    this.#damaged.add(file)
    this.options.log.error(`${error.message} Its units are encoded again.`)
  }

  /** Drops segments in which a search met damage, so that their docs are stored anew; whether there were any. */
  dropDamaged(): boolean {
    const damaged = this.segments().filter(({ entry }) => this.#damaged.has(entry.file))
    this.#damaged.clear()
    for (const { entry } of damaged) {
      const { firstDoc } = this.segments().find((segment) => segment.entry.file === entry.file)!
      const docs = Uint32Array.from({ length: entry.nDocs }, (_, i) => firstDoc + i)
      this.replaceSegment(entry, docs, undefined, 0)
    }
    return damaged.length > 0
  }

  /** Checks some residuals that no search has read yet (about 2 MB); false once all are checked. */
  checkSome(): boolean {
    return this.#memory?.checkSome(GROUPS_A_CHECK) ?? false
  }

  /** Closes the files that it reads from. It must not be used afterwards. */
  close(): void {
    this.#threads?.end()
    this.#memory?.close()
  }

  #addQuantised(docs: NewDocs): void {
    const fresh = withoutKnown(docs, this.dim, (key) => this.#keys.find(key) >= 0)
    const codec = this.#codec!
    this.#quantiser ??= new Quantiser(this.kernel, codec)
    const quantiser = this.#quantiser
    this.#memory!.add(fresh.lengths, (codes, norms, residuals) =>
      quantiser.quantise(fresh.vectors, this.dim, codes, norms, residuals, (scores) => {
        this.#nNewOutliers += countOutliers(codec, scores)
      }),
    )
    for (const key of fresh.keys) this.#keys.add(keyWords(key))
  }

  #writeSegment(from: number, to: number, nOutliers: number, written: string[]): SegmentEntry {
    const file = this.#newFile('vec')
    written.push(file)
    const docs = Uint32Array.from({ length: to - from }, (_, i) => from + i)
    const entry = writeSegment(path.join(this.directory, file), this.stored(), docs)
    return { ...entry, ...(nOutliers > 0 && { nOutliers }) }
  }

  #mergeSmall(segments: SegmentEntry[], written: string[]): void {
    const isSharedEntry = ({ file }: SegmentEntry) => isShared(path.join(this.directory, file))
    for (;;) {
      const n = segmentsToMerge(segments, isSharedEntry)
      if (n === 0) return
      const end = segments.reduce((sum, segment) => sum + segment.nDocs, 0)
      const tail = segments.splice(-n)
      const nDocs = tail.reduce((sum, segment) => sum + segment.nDocs, 0)
      segments.push(this.#writeSegment(end - nDocs, end, outliersOf(tail), written))
    }
  }

  #newFile(extension: string): string {
    const number = this.#manifest.nextFileNumber
    this.#manifest = { ...this.#manifest, nextFileNumber: number + 1 }
    return fileName(number, extension)
  }
}

const outliersOf = (segments: SegmentEntry[]) => segments.reduce((sum, { nOutliers = 0 }) => sum + nOutliers, 0)

/** New docs up to this many are all candidates of every search; past it the lists are built again. */
const MAX_UNLISTED_DOCS = 4096
const DEFAULT_NBITS = 4
const PAGED_FROM_BYTES = 4 * 2 ** 20
const GROUPS_A_CHECK = 32
