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

  /** Deletes files that the manifest does not name. A damaged segment is dropped and named in the log. */
  static open(directory: string, log: Log): LexicalFiles {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const manifest = readManifest(directory)
    const named = manifestFiles(manifest)
    for (const file of readdirSync(directory)) if (!named.has(file)) rmSync(path.join(directory, file), { force: true })
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

  /** Writes the open segment, joins the segments where they are many, replaces the manifest. */
  commit(): void {
    const sealed = this.store.seal()
    if (!sealed) return
    let segments = [...this.#manifest.segments, this.#write(sealed)]
    const replaced: string[] = []
    if (segments.length > MAX_SEGMENTS) {
      replaced.push(...segments.map(({ file }) => file))
      segments = [this.#write(this.store.merge())]
    }
    this.#manifest = { ...this.#manifest, generation: this.#manifest.generation + 1, segments }
    writeManifest(this.directory, this.#manifest)
    for (const file of replaced) rmSync(path.join(this.directory, file), { force: true })
  }

  #write(bytes: Uint8Array): Manifest['segments'][number] {
    const number = this.#manifest.nextFileNumber
    this.#manifest = { ...this.#manifest, nextFileNumber: number + 1 }
    const file = fileName(number, 'lex')
    writeSynced(path.join(this.directory, file), bytes)
    return { file, nDocs: 0, nTokens: 0, sizeBytes: bytes.byteLength }
  }
}

/** Past this many, all become one. Doc ids in memory stay as they are. */
const MAX_SEGMENTS = 16
