import { existsSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { type Manifest, readManifest, type SegmentEntry } from '../manifest.ts'
import { type Codec, residualBytes } from './codec.ts'
import { readCodec } from './codecFile.ts'
import type { DocBlock } from './docMemory.ts'
import { KeyTable, keyFromWords, keyWords } from './keyTable.ts'
import { openVectorSegment, readSegmentTokens, readSpool } from './segmentFile.ts'
import { tokenStarts } from './tokenStarts.ts'
import type { VectorStore } from './vectorStore.ts'

/**
 * Takes docs with the keys in `wanted` from other stores of the same model, so that they are not encoded again. Whole
 * segments are shared as files where enough of them is wanted, of others the wanted docs are copied; a store without a
 * codec takes over that of the store with most of what is wanted. Codes are only good with their codec: from a store
 * with another one nothing is taken. Yields after each segment, with the docs it brought.
 *
 * The other stores may be written or deleted meanwhile: one with a file that has vanished, or is not what it was, is
 * looked at once more, then passed over.
 */
export function* adoptDocs(
  store: VectorStore,
  directories: readonly string[],
  wanted: ReadonlySet<string>,
  log: Log,
): Generator<number> {
  if (wanted.size === 0) return
  const table = new KeyTable()
  for (const key of wanted) table.add(keyWords(key))
  const failed = new Set<string>()
  yield* adoptFrom(store, directories, table, log, failed)
  if (failed.size > 0) yield* adoptFrom(store, [...failed], table, log, new Set())
}

/** `failed` takes the directories of which something could not be read. */
function* adoptFrom(
  store: VectorStore,
  directories: readonly string[],
  wanted: KeyTable,
  log: Log,
  failed: Set<string>,
): Generator<number> {
  const attempt = <T>(directory: string, work: () => T) =>
    attempted(work, (reason) => {
      failed.add(directory)
      log.debug(`Nothing is taken from ${directory}: ${reason}`)
    })
  const sources: Source[] = []
  for (const directory of directories) {
    // A worktree that never had this model.
    if (!existsSync(directory)) continue
    const source = attempt(directory, () => readSource(directory, wanted))
    if (source) sources.push(source)
    yield 0
  }
  sources.sort((a, b) => b.nWanted - a.nWanted)
  if (!store.hasCodec) {
    const best = sources.find((source) => source.manifest.codec)
    if (best && best.nWanted >= wanted.nKeys * MIN_CODEC_SHARE) {
      attempt(best.directory, () => store.adoptCodec(path.join(best.directory, best.manifest.codec!)))
    }
  }
  for (const { directory, manifest, segments } of sources) {
    // By its content: files of one name may belong to two lives of a store.
    const hasSameCodec = () => {
      const { codec } = store.searchable() ?? {}
      return codec !== undefined && areCompatible(codec, readCodec(path.join(directory, manifest.codec!)).codec)
    }
    const missing = (docs: WantedDocs) => docs.numbers.filter((_, i) => !store.has(docs.keys[i]!))
    const isOfUse = manifest.codec !== undefined && segments.some(({ docs }) => missing(docs).length > 0)
    for (const { entry, docs } of isOfUse && attempt(directory, hasSameCodec) ? segments : []) {
      const before = store.nDocs
      const chosen = missing(docs)
      attempt(directory, () => adoptSegment(store, path.join(directory, entry.file), entry, chosen, hasSameCodec))
      yield store.nDocs - before
    }
    for (const { file } of manifest.spools ?? []) {
      yield attempt(directory, () => adoptSpool(store, path.join(directory, file), wanted)) ?? 0
    }
  }
}

interface Source {
  directory: string
  manifest: Manifest
  segments: { entry: SegmentEntry; docs: WantedDocs }[]
  /** Docs of `wanted` in its segments. */
  nWanted: number
}

/** Docs of a segment that are wanted: which of its docs, and their keys. */
interface WantedDocs {
  numbers: number[]
  keys: string[]
}

function readSource(directory: string, wanted: KeyTable): Source {
  const manifest = readManifest(directory)
  const segments = manifest.segments.map((entry) => {
    const reader = openVectorSegment(path.join(directory, entry.file))
    try {
      return { entry, docs: wantedDocs(reader.readU32('keys'), wanted) }
    } finally {
      reader.close()
    }
  })
  const nWanted = segments.reduce((sum, { docs }) => sum + docs.keys.length, 0)
  return { directory, manifest, segments, nWanted }
}

function adoptSegment(
  store: VectorStore,
  file: string,
  entry: SegmentEntry,
  chosen: number[],
  hasSameCodec: () => boolean,
): void {
  if (chosen.length === 0) return
  if (chosen.length >= entry.nDocs * MIN_LINK_SHARE) store.adoptSegment(file, entry, hasSameCodec)
  else {
    const { keys, block } = readDocs(file, chosen, store.searchable()!.codec)
    if (hasSameCodec()) store.addQuantised(keys, block)
  }
}

/** Some docs of a segment. */
function readDocs(file: string, chosen: number[], codec: Codec): { keys: Uint32Array; block: DocBlock } {
  const reader = openVectorSegment(file)
  try {
    const { nTokens, codeBytes } = reader.meta
    const rowBytes = residualBytes(codec)
    const emptyBlock = (size: number) => ({
      codes: codeBytes === 4 ? new Uint32Array(size) : new Uint16Array(size),
      norms: new Uint8Array(size),
      residuals: new Uint8Array(size * rowBytes),
    })
    const all = emptyBlock(nTokens)
    readSegmentTokens(reader, codec, all)
    const allKeys = reader.readU32('keys')
    const allLengths = reader.readU32('lengths')
    const starts = tokenStarts(allLengths)
    const lengths = Uint32Array.from(chosen, (i) => allLengths[i]!)
    const keys = new Uint32Array(chosen.length * 4)
    const own = emptyBlock(lengths.reduce((sum, n) => sum + n, 0))
    let at = 0
    chosen.forEach((doc, i) => {
      const [from, to] = [starts[doc]!, starts[doc + 1]!]
      keys.set(allKeys.subarray(doc * 4, doc * 4 + 4), i * 4)
      own.codes.set(all.codes.subarray(from, to), at)
      own.norms.set(all.norms.subarray(from, to), at)
      own.residuals.set(all.residuals.subarray(from * rowBytes, to * rowBytes), at * rowBytes)
      at += to - from
    })
    return { keys, block: { lengths, ...own } }
  } finally {
    reader.close()
  }
}

/** Raw vectors are good under any codec. */
function adoptSpool(store: VectorStore, file: string, wanted: KeyTable): number {
  const { keys: words, lengths, vectors } = readSpool(file)
  const docs = wantedDocs(words, wanted)
  const isNew = docs.keys.map((key) => !store.has(key))
  const chosen = docs.numbers.filter((_, i) => isNew[i])
  const starts = tokenStarts(lengths)
  const rows = chosen.map((i) => vectors.subarray(starts[i]! * store.dim, starts[i + 1]! * store.dim))
  const joined = new Float32Array(rows.reduce((sum, each) => sum + each.length, 0))
  let at = 0
  for (const each of rows) {
    joined.set(each, at)
    at += each.length
  }
  store.add({
    keys: docs.keys.filter((_, i) => isNew[i]),
    lengths: Uint32Array.from(chosen, (i) => lengths[i]!),
    vectors: joined,
  })
  return chosen.length
}

/**
 * Whether codes mean the same in both, as far as both have them: one codec may have got more centroids than the other
 * since they were one.
 */
function areCompatible(a: Codec, b: Codec): boolean {
  const n = Math.min(a.centroids.length, b.centroids.length)
  const isWide = (codec: Codec) => codec.nCentroids > 65_536
  return (
    a.dim === b.dim &&
    a.nbits === b.nbits &&
    isWide(a) === isWide(b) &&
    isEqual(a.cutoffs, b.cutoffs) &&
    isEqual(a.weights, b.weights) &&
    isEqual(a.centroids.subarray(0, n), b.centroids.subarray(0, n))
  )
}

const isEqual = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, i) => value === b[i])

/** Among docs with these keys, four words each. */
function wantedDocs(words: Uint32Array, wanted: KeyTable): WantedDocs {
  const numbers: number[] = []
  for (let doc = 0; doc < words.length / 4; doc++) if (wanted.findWords(words, doc * 4) >= 0) numbers.push(doc)
  return { numbers, keys: numbers.map((doc) => keyFromWords(words, doc * 4)) }
}

/** What cannot be read of another's store is encoded here; what cannot be written here is this index's own failure. */
function attempted<T>(work: () => T, onFailure: (reason: string) => void): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_DISK_FULL') throw error
    onFailure((error as Error).message)
    return undefined
  }
}

/** A codec fits what it was trained on: that must hold at least this share of what is wanted. */
const MIN_CODEC_SHARE = 0.5
/** Docs of a segment that must be wanted for sharing all of it: the others take memory and go with a collection. */
const MIN_LINK_SHARE = 0.5
