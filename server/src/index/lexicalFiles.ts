import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readPlainFileSync } from '../base/fsx.ts'
import type { Log } from '../base/log.ts'
import { LexicalStore } from './lexical/store.ts'
import {
  fileName,
  type Manifest,
  manifestFiles,
  readManifest,
  removeUnnamed,
  type SegmentEntry,
  writeManifest,
} from './manifest.ts'
import { makeStoreFolder, readPart } from './storageFailure.ts'
import { docsWithout, firstUnused } from './unusedDocs.ts'
import { writeSynced } from './writeSynced.ts'

const NONE = new Uint32Array(0)

/** A lexical store with its files: segments named by a manifest, written at `commit`. One writer. */
export class LexicalFiles {
  readonly store: LexicalStore
  /** As it stands on disk, without segments that could not be read. */
  #manifest: Manifest
  /** The file of each segment of the store; undefined for one that no file holds yet. */
  #entries: (SegmentEntry | undefined)[]

  private constructor(
    private readonly directory: string,
    manifest: Manifest,
    store: LexicalStore,
  ) {
    this.#manifest = manifest
    this.#entries = [...manifest.segments]
    this.store = store
  }

  /** Deletes files that the manifest does not name (not when `readOnly`). A damaged segment is dropped and named in the log. */
  static open(directory: string, log: Log, options: { readOnly?: boolean } = {}): LexicalFiles {
    const manifest = readManifest(directory)
    if (!options.readOnly) {
      makeStoreFolder(directory)
      const named = manifestFiles(manifest)
      for (const file of readdirSync(directory)) {
        if (!named.has(file)) rmSync(path.join(directory, file), { recursive: true, force: true })
      }
    }
    const store = new LexicalStore()
    const segments = manifest.segments.filter(({ file }) => {
      const attach = (whole: string) => store.attach(readPlainFileSync(whole, MAX_SEGMENT_BYTES), file)
      const damage = readPart(path.join(directory, file), attach)
      if (damage) log.error(`${damage.message} Its words are read again.`)
      return !damage
    })
    return new LexicalFiles(directory, { ...manifest, segments }, store)
  }

  get sizeBytes(): number {
    return this.#manifest.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  /**
   * Writes the open segment and replaces the manifest. Where the newest segments have become many of a size, they are
   * written as one: every doc is written O(log n) times, and files stay few. Where it fails (`E_DISK_FULL`), the last
   * commit stands and the next call tries everything again.
   */
  commit(): void {
    const sealed = this.store.seal()
    if (sealed) this.#entries.push(undefined)
    const nHeld = this.#entries.indexOf(undefined)
    if (nHeld < 0) return
    // Several where an earlier commit could not write its own: together they become one file.
    const isFirstTry = sealed !== undefined && this.#entries.length === nHeld + 1
    const bytes = isFirstTry ? sealed : this.#merge(nHeld)
    const held = this.#entries.slice(0, nHeld).filter((entry) => entry !== undefined)
    const first = firstToJoin([...held.map(({ sizeBytes }) => sizeBytes), bytes.byteLength])
    this.#replaceFrom(first, held, first < nHeld ? this.#merge(first) : bytes)
  }

  /** Bytes of the docs of which `isUsed` is false, about. O(docs). */
  unusedBytes(isUsed: (doc: number) => boolean): number {
    let bytes = 0
    for (let at = 0; at < this.store.nSegments; at++) {
      const { firstDoc, nDocs, docBytes } = this.store.segment(at)
      for (let doc = firstDoc; doc < firstDoc + nDocs; doc++) if (!isUsed(doc)) bytes += docBytes(doc)
    }
    return bytes
  }

  /**
   * Drops unused docs, those added first before others, until at most `keepBytes` of such are left. Yields after each
   * segment that is written again, committed, with the docs that left it (ascending ids): ids of later docs are smaller
   * afterwards. Yields `NONE` in the middle of one, too: docs may be added and committed meanwhile. `uses` gives what is
   * used at present. Segments of more than `maxBytes` are left alone.
   */
  *collect(keepBytes: number, uses: () => (doc: number) => boolean, maxBytes = Infinity): Generator<Uint32Array> {
    this.commit()
    let excess = this.unusedBytes(uses()) - keepBytes
    for (const { file, sizeBytes } of this.#manifest.segments) {
      if (excess <= 0) return
      if (sizeBytes > maxBytes) continue
      // A commit between two steps may have joined it with others: those wait for the next collection.
      const at = this.#entries.findIndex((entry) => entry?.file === file)
      if (at < 0) continue
      const segment = this.store.segment(at)
      const { docBytes } = segment
      const dropped = firstUnused(segment, uses(), docBytes, excess)
      if (dropped.length === 0) continue
      excess -= dropped.reduce((sum, doc) => sum + docBytes(doc), 0)
      const kept = docsWithout(segment, dropped)
      const encoding = kept.length > 0 ? this.store.encodeOnly(at, kept) : undefined
      let slice = encoding?.next()
      for (; slice && !slice.done; slice = encoding!.next()) yield NONE
      if (this.#entries[at]?.file !== file || dropped.some(uses())) continue
      this.#dropDocs(at, slice?.value)
      yield dropped
    }
  }

  #dropDocs(at: number, bytes: Uint8Array | undefined): void {
    const held = this.#entries.filter((entry) => entry !== undefined)
    const entry = bytes && this.#write(bytes)
    this.#publish([...held.slice(0, at), ...(entry ? [entry] : []), ...held.slice(at + 1)], entry?.file)
    this.store.replace(at, bytes, entry?.file ?? 'the lexical segment')
  }

  /** Commits `bytes` as the segment in the place of `held[first]` and all that follow. */
  #replaceFrom(first: number, held: SegmentEntry[], bytes: Uint8Array): void {
    const entry = this.#write(bytes)
    this.#publish([...held.slice(0, first), entry], entry.file)
  }

  #write(bytes: Uint8Array): SegmentEntry {
    const file = fileName(this.#manifest.nextFileNumber, 'lex')
    this.#manifest = { ...this.#manifest, nextFileNumber: this.#manifest.nextFileNumber + 1 }
    writeSynced(path.join(this.directory, file), bytes)
    return { file, nDocs: 0, nTokens: 0, sizeBytes: bytes.byteLength }
  }

  /** Makes these the segments; removes `written` where that fails, else what they have replaced. */
  #publish(segments: SegmentEntry[], written: string | undefined): void {
    const next = { ...this.#manifest, generation: this.#manifest.generation + 1, segments }
    try {
      writeManifest(this.directory, next)
    } catch (error) {
      if (written) removeUnnamed(this.directory, [written])
      throw error
    }
    const named = manifestFiles(next)
    const replaced = this.#manifest.segments.filter((entry) => !named.has(entry.file))
    this.#manifest = next
    this.#entries = [...segments]
    for (const entry of replaced) rmSync(path.join(this.directory, entry.file), { force: true })
  }

  #merge(first: number): Uint8Array {
    const bytes = this.store.merge(first)
    this.#entries.splice(first, Number.POSITIVE_INFINITY, undefined)
    return bytes
  }
}

/** The first of the newest segments to join: as many as are not much larger than all that come after them. */
function firstToJoin(sizes: number[]): number {
  let first = sizes.length - 1
  let after = sizes[first]!
  while (first > 0 && sizes[first - 1]! < after * JOIN_FACTOR) {
    first--
    after += sizes[first]!
  }
  return sizes.length - first >= MIN_JOINED ? first : sizes.length - 1
}

const JOIN_FACTOR = 2
const MIN_JOINED = 4

/** Words of a million units take a fifth of it. */
const MAX_SEGMENT_BYTES = 2 ** 30
