import { idsWithout } from '../unusedDocs.ts'
import { type Codec, residualBytes } from './codec.ts'
import type { Kernel } from './kernel.ts'
import { ResidualPages, type ResidualSource } from './residualPages.ts'
import type { Sliced } from './sliced.ts'

/** Token data of some docs, one after another. `codes` is u16 up to 65,536 centroids, else u32. */
export interface DocBlock {
  lengths: Uint32Array
  codes: Uint16Array | Uint32Array
  norms: Uint8Array
  residuals: Uint8Array
}

/**
 * Every doc's codes, norms and residuals in the kernel's memory, found through the doc table
 * (16 bytes a doc: pointers to codes, number of tokens, pointers to residuals and norms). Docs are only ever added.
 * Residuals of stored docs come from their files when they are wanted (`makeResident`).
 */
export class DocMemory {
  #capacity = 1024
  #fixedBytes = 0
  #table: number
  #view = new Uint32Array(0)
  nDocs = 0
  nTokens = 0
  readonly wideCodes: boolean
  readonly codeBytes: 2 | 4
  readonly #residualBytes: number
  readonly #pages: ResidualPages

  constructor(
    readonly kernel: Kernel,
    codec: Pick<Codec, 'dim' | 'nbits' | 'nCentroids'>,
  ) {
    this.wideCodes = codec.nCentroids > 65536
    this.codeBytes = this.wideCodes ? 4 : 2
    this.#residualBytes = residualBytes(codec)
    this.#table = kernel.allocate(this.#capacity * ENTRY_BYTES)
    this.#pages = new ResidualPages(kernel, this.#residualBytes, (doc, pointer) => {
      this.kernel.u32(this.#table + doc * ENTRY_BYTES + 8, 1)[0] = pointer
    })
  }

  /** Bytes of a token: code, norm and residual. */
  get tokenBytes(): number {
    return this.codeBytes + 1 + this.#residualBytes
  }

  /** Most bytes that residuals read from files may take. */
  set limitBytes(bytes: number) {
    this.#pages.limitBytes = bytes
  }

  /** Bytes of everything but residuals read from files, and of those. */
  get sizeBytes(): { fixed: number; paged: number } {
    return { fixed: this.#fixedBytes, paged: this.#pages.residentBytes }
  }

  /** Pointer of the doc table. Moves when docs are added. */
  get table(): number {
    return this.#table
  }

  /**
   * Adds docs by number of tokens and lets `fill` write their data in place (views of the kernel's memory, valid
   * during the call only).
   */
  add(
    lengths: Uint32Array,
    fill: (codes: Uint16Array | Uint32Array, norms: Uint8Array, residuals: Uint8Array) => void,
  ): void {
    const nTokens = lengths.reduce((sum, n) => sum + n, 0)
    const nBytes = nTokens * this.#residualBytes
    const residuals = this.kernel.allocate(nBytes)
    this.#add(lengths, residuals, (codes, norms) => fill(codes, norms, this.kernel.u8(residuals, nBytes)))
    this.#fixedBytes += nBytes
  }

  /** Adds docs whose residuals stay where they are until they are wanted, in groups that start at `starts`. */
  addStored(
    lengths: Uint32Array,
    starts: Uint32Array,
    source: ResidualSource,
    fill: (codes: Uint16Array | Uint32Array, norms: Uint8Array) => void,
  ): void {
    const firstDoc = this.nDocs
    this.#add(lengths, 0, fill)
    this.#pages.add(firstDoc, lengths, starts, source)
  }

  /** Whether all residuals are in memory, and stay. */
  get isWhole(): boolean {
    return this.#pages.nAbsent === 0
  }

  /** To be called before the residuals of docs are read; -1 stands for no doc. Docs of one call stay until the next. */
  makeResident(docs: Iterable<number>): void {
    if (this.isWhole) return
    this.#pages.startBatch()
    for (const doc of docs) if (doc >= 0) this.#pages.touch(doc)
  }

  /** `ResidualPages.checkSome`. */
  checkSome(nGroups: number): boolean {
    return this.#pages.checkSome(nGroups)
  }

  /** Closes the files that residuals come from. */
  close(): void {
    for (const _ of this.closeInSlices());
  }

  /** As `close`: where a file has no name any more, the system frees all of it then. */
  closeInSlices(): Sliced<void> {
    return this.#pages.closeInSlices()
  }

  /** `residuals`: where they start, 0 for not in memory. */
  #add(
    lengths: Uint32Array,
    residuals: number,
    fill: (codes: Uint16Array | Uint32Array, norms: Uint8Array) => void,
  ): void {
    const nTokens = lengths.reduce((sum, n) => sum + n, 0)
    this.#reserve(this.nDocs + lengths.length)
    const codes = this.kernel.allocate(nTokens * this.codeBytes)
    const norms = this.kernel.allocate(nTokens)
    this.#fixedBytes += nTokens * (this.codeBytes + 1) + lengths.length * ENTRY_BYTES
    fill(
      this.wideCodes ? this.kernel.u32(codes, nTokens) : this.kernel.u16(codes, nTokens),
      this.kernel.u8(norms, nTokens),
    )
    const table = this.kernel.u32(this.#table, this.#capacity * 4)
    let at = 0
    for (let i = 0; i < lengths.length; i++) {
      const entry = (this.nDocs + i) * 4
      table[entry] = codes + at * this.codeBytes
      table[entry + 1] = lengths[i]!
      table[entry + 2] = residuals && residuals + at * this.#residualBytes
      table[entry + 3] = norms + at
      at += lengths[i]!
    }
    this.nDocs += lengths.length
    this.nTokens += nTokens
  }

  /**
   * Views of all codes for loops over all docs, where a view a doc would cost more than the codes: doc d's are
   * `codes[starts[4 * d] >>> shift]` and the `starts[4 * d + 1] - 1` that follow. Valid until memory is allocated.
   */
  allCodes(): { codes: Uint16Array | Uint32Array; starts: Uint32Array; shift: number } {
    const { buffer } = this.kernel.memory
    const starts = this.kernel.u32(this.#table, this.nDocs * 4)
    if (this.wideCodes) return { codes: new Uint32Array(buffer), starts, shift: 2 }
    return { codes: new Uint16Array(buffer), starts, shift: 1 }
  }

  /** Codes of one doc, a view. */
  codes(doc: number): Uint16Array | Uint32Array {
    const [codes, nTokens] = this.#entry(doc)
    return this.wideCodes ? this.kernel.u32(codes!, nTokens!) : this.kernel.u16(codes!, nTokens!)
  }

  docLength(doc: number): number {
    return this.#entries[doc * 4 + 1]!
  }

  /** A copy of everything of the docs `[from, to)`, for a segment file or for decoding. */
  copy(from: number, to: number): DocBlock {
    return this.copyOf(Uint32Array.from({ length: to - from }, (_, i) => from + i))
  }

  copyOf(docs: Uint32Array): DocBlock {
    const lengths = docs.map((doc) => this.docLength(doc))
    const nTokens = lengths.reduce((sum, n) => sum + n, 0)
    const codes = this.wideCodes ? new Uint32Array(nTokens) : new Uint16Array(nTokens)
    const norms = new Uint8Array(nTokens)
    const residuals = new Uint8Array(nTokens * this.#residualBytes)
    let at = 0
    for (const doc of docs) {
      this.makeResident([doc])
      const [, n, residual, norm] = this.#entry(doc)
      codes.set(this.codes(doc), at)
      norms.set(this.kernel.u8(norm!, n!), at)
      // Nowhere once another memory has taken the files over (`without`): then nobody wants this copy any more.
      if (residual !== 0) residuals.set(this.kernel.u8(residual!, n! * this.#residualBytes), at * this.#residualBytes)
      at += n!
    }
    return { lengths, codes, norms, residuals }
  }

  /**
   * The same docs but for some (ascending ids); later ones move up. Their tokens stay where they are, those of the docs
   * left out too until the store is opened the next time. O(docs).
   */
  without(dropped: Uint32Array, codec: Pick<Codec, 'dim' | 'nbits' | 'nCentroids'>): DocMemory {
    const rest = new DocMemory(this.kernel, codec)
    rest.#reserve(this.nDocs - dropped.length)
    const from = this.kernel.u32(this.#table, this.nDocs * 4)
    const to = this.kernel.u32(rest.#table, rest.#capacity * 4)
    const newIds = idsWithout(this.nDocs, dropped)
    for (let doc = 0; doc < this.nDocs; doc++) {
      if (newIds[doc] === -1) continue
      to.set(from.subarray(doc * 4, doc * 4 + 4), rest.nDocs++ * 4)
      rest.nTokens += from[doc * 4 + 1]!
    }
    rest.#fixedBytes = this.#fixedBytes
    this.#pages.moveTo(rest.#pages, newIds, rest.nDocs)
    return rest
  }

  #entry(doc: number): Uint32Array {
    return this.#entries.subarray(doc * 4, doc * 4 + 4)
  }

  /** A view of the table, kept while it and the memory stay: one a doc would be what loops over all docs spend. */
  get #entries(): Uint32Array {
    const { buffer } = this.kernel.memory
    if (this.#view.buffer !== buffer || this.#view.byteOffset !== this.#table) {
      this.#view = this.kernel.u32(this.#table, this.#capacity * 4)
    }
    return this.#view
  }

  #reserve(nDocs: number): void {
    if (nDocs <= this.#capacity) return
    const old = this.#table
    const oldBytes = this.#capacity * ENTRY_BYTES
    while (this.#capacity < nDocs) this.#capacity *= 2
    this.#table = this.kernel.allocate(this.#capacity * ENTRY_BYTES)
    this.kernel.u8(this.#table, oldBytes).set(this.kernel.u8(old, oldBytes))
    this.kernel.free(old, oldBytes)
  }
}

const ENTRY_BYTES = 16
