import path from 'node:path'
import type { SegmentEntry } from '../manifest.ts'
import { writeSynced } from '../writeSynced.ts'
import type { Codec } from './codec.ts'
import { encodeCodec } from './codecFile.ts'
import { decodeDocs, endOfRun } from './decodeDocs.ts'
import { DocMemory } from './docMemory.ts'
import { InvertedLists } from './invertedLists.ts'
import type { Kernel } from './kernel.ts'
import { Quantiser } from './quantiser.ts'
import { type StoredDocs, writeSegment, writeSegmentInSlices } from './segmentWriter.ts'
import type { Sliced } from './sliced.ts'
import { trainCodec, trainingRows } from './trainCodec.ts'

/** A store's docs under one codec, in memory and in files that the manifest is yet to name. Doc ids stay. */
export interface Generation {
  kernel: Kernel
  codec: Codec
  codecFile: string
  codecBytes: number
  memory: DocMemory
  segments: SegmentEntry[]
  /** Of all but what came at the very end. */
  lists: InvertedLists
}

/** Its memory may grow meanwhile; docs are taken along until the end. */
export interface RetrainSource extends StoredDocs {
  dim: number
  newKernel(): Kernel
  /** A path that no file of the store has had. */
  newFile(extension: string): string
  /** Told how much is done, 0..1, now and then. */
  onProgress?(share: number): void
}

/**
 * Trains a codec on a sample of the whole store and quantises every doc with it. The vectors are gone: what is trained on
 * and quantised is what the old codes tell of them. The source is only read, so that it
 * answers searches until the caller swaps; memory for both is needed until then.
 */
export function* retrain(source: RetrainSource): Sliced<Generation> {
  const { dim, memory: old } = source
  const codec = yield* trainOnStore(source)
  yield
  const codecBytes = encodeCodec(codec)
  const codecFile = source.newFile('codec')
  writeSynced(codecFile, codecBytes)
  yield
  const kernel = source.newKernel()
  const memory = new DocMemory(kernel, codec)
  const quantiser = new Quantiser(kernel, codec)
  yield
  const segments: SegmentEntry[] = []
  let sealed = 0
  const stored = { codec, memory, keysOf: source.keysOf }
  const takeUnsealed = () => {
    const docs = Uint32Array.from({ length: memory.nDocs - sealed }, (_, i) => sealed + i)
    sealed = memory.nDocs
    return docs
  }
  const seal = function* (): Sliced<void> {
    segments.push(yield* writeSegmentInSlices(source.newFile('vec'), stored, takeUnsealed()))
  }
  let unsealedTokens = 0
  const catchUp = function* (): Sliced<void> {
    while (memory.nDocs < old.nDocs) {
      quantiseSome()
      yield
      if (unsealedTokens < TOKENS_A_SEGMENT) continue
      yield* seal()
      unsealedTokens = 0
    }
  }
  const quantiseSome = () => {
    const to = endOfRun(old, memory.nDocs, TOKENS_A_SLICE)
    const { lengths, rows } = decodeDocs(old, source.codec, dim, memory.nDocs, to)
    const nTokens = rows.length / codec.dim
    memory.add(lengths, (codes, norms, residuals) => quantiser.quantise(rows, codec.dim, codes, norms, residuals))
    unsealedTokens += nTokens
    source.onProgress?.(TRAINED_SHARE + ((1 - TRAINED_SHARE) * memory.nDocs) / old.nDocs)
  }
  yield* catchUp()
  // What comes while this is written is little.
  if (sealed < memory.nDocs) yield* seal()
  const lists = yield* InvertedLists.buildInSlices(memory, codec.nCentroids)
  unsealedTokens = 0
  yield* catchUp()
  // From here on without a border: what the source holds now is all there is.
  if (sealed < memory.nDocs) segments.push(writeSegment(source.newFile('vec'), stored, takeUnsealed()))
  quantiser.dispose()
  const sizeBytes = codecBytes.byteLength
  return { kernel, codec, codecFile: path.basename(codecFile), codecBytes: sizeBytes, memory, segments, lists }
}

/** Runs of docs spread evenly over the store are the sample. */
function* trainOnStore(source: RetrainSource): Sliced<Codec> {
  const { dim, codec, memory } = source
  const { nTokens } = memory
  const expectedTokens = nTokens * EXPECTED_GROWTH
  const wanted = Math.min(nTokens, trainingRows(expectedTokens))
  const step = Math.max(1, Math.ceil(nTokens / wanted))
  const sample = new Float32Array(Math.ceil(nTokens / step) * dim)
  let seen = 0
  let taken = 0
  for (let from = 0; from < memory.nDocs && taken * dim < sample.length; ) {
    const to = endOfRun(memory, from, TOKENS_A_SLICE)
    const { rows } = decodeDocs(memory, codec, dim, from, to)
    for (let at = 0; at < rows.length && taken * dim < sample.length; at += codec.dim) {
      if (seen++ % step === 0) sample.set(rows.subarray(at, at + dim), taken++ * dim)
    }
    from = to
    yield
  }
  const training = trainCodec(source.newKernel(), sample.subarray(0, taken * dim), dim, {
    expectedTokens,
    nbits: codec.nbits,
  })
  for (let n = 1; ; n++) {
    const slice = training.next()
    // A quarter of what it is to be good for is all it has seen.
    if (slice.done) return { ...slice.value, retrainAtTokens: expectedTokens }
    source.onProgress?.(TRAINED_SHARE * (1 - 2 ** (-n / (taken / TRAINED_ROWS_A_SLICE))))
    yield
  }
}

/** Part of the work that training is, roughly. */
const TRAINED_SHARE = 0.6
/** Sample rows for each slice of training until half of it is done, roughly: nobody knows how many rounds it takes. */
const TRAINED_ROWS_A_SLICE = 700

/** A corpus that has outgrown its codec goes on growing: centroids enough for this many times its tokens. */
const EXPECTED_GROWTH = 4
const TOKENS_A_SLICE = 2048
/** 17 MB at 128 dimensions. */
const TOKENS_A_SEGMENT = 262_144
