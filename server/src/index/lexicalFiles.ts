import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../base/log.ts'
import { LexicalStore } from './lexical/store.ts'
import { fileName, type Manifest, manifestFiles, readManifest, writeManifest } from './manifest.ts'
import { writeSynced } from './writeSynced.ts'

/** A lexical store with its files: segments named by a manifest, written at `commit`. One writer. */
export class LexicalFiles {
  readonly store: LexicalStore
  #manifest: Manifest

  private constructor(
    private readonly directory: string,
    manifest: Manifest,
    store: LexicalStore,
  ) {
    this.#manifest = manifest
    this.store = store
  }

  /** Deletes files that the manifest does not name (not when `readOnly`). A damaged segment is dropped and named in the log. */
  static open(directory: string, log: Log, options: { readOnly?: boolean } = {}): LexicalFiles {
    const manifest = readManifest(directory)
    if (!options.readOnly) {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const named = manifestFiles(manifest)
      for (const file of readdirSync(directory)) {
        if (!named.has(file)) rmSync(path.join(directory, file), { force: true })
      }
    }
    const store = new LexicalStore()
    const segments = manifest.segments.filter(({ file }) => {
      try {
        store.attach(readFileSync(path.join(directory, file)), file)
        return true
      } catch (error) {
        log.error(`${(error as Error).message} Its words are read again.`)
        return false
      }
    })
    return new LexicalFiles(directory, { ...manifest, segments }, store)
  }

  get sizeBytes(): number {
    return this.#manifest.segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  /**
   * Writes the open segment and replaces the manifest. Where the newest segments have become many of a size, they are
   * written as one: every doc is written O(log n) times, and files stay few.
   */
  commit(): void {
    const old = this.#manifest.segments
    const justSealed = this.store.seal()
    if (this.store.nSegments === old.length) return
    // Several where an earlier commit could not write its own: together they become one file.
    const isFirstTry = justSealed !== undefined && this.store.nSegments === old.length + 1
    const sealed = isFirstTry ? justSealed : this.store.merge(old.length)
    const sizes = [...old.map(({ sizeBytes }) => sizeBytes), sealed.byteLength]
    const first = firstToJoin(sizes)
    const isJoined = first < sizes.length - 1
    const segment = this.#write(isJoined ? this.store.merge(first) : sealed)
    const segments = [...old.slice(0, first), segment]
    this.#manifest = { ...this.#manifest, generation: this.#manifest.generation + 1, segments }
    writeManifest(this.directory, this.#manifest)
    for (const { file } of old.slice(first)) rmSync(path.join(this.directory, file), { force: true })
  }

  #write(bytes: Uint8Array): Manifest['segments'][number] {
    const number = this.#manifest.nextFileNumber
    this.#manifest = { ...this.#manifest, nextFileNumber: number + 1 }
    const file = fileName(number, 'lex')
    writeSynced(path.join(this.directory, file), bytes)
    return { file, nDocs: 0, nTokens: 0, sizeBytes: bytes.byteLength }
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
