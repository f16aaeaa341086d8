import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import type { Log } from '../base/log.ts'
import type { RpcClient } from '../base/rpc.ts'
import type { Chunker } from '../chunk/chunker.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { FileRow } from '../index/types.ts'
import { type Changes, type FileContent, findChanges, findChangesOf, readContent } from './changes.ts'
import { type EncodeReport, EncodeStage } from './encodeStage.ts'
import type { Generation, IndexPort, PendingFile, SessionFile } from './indexPort.ts'
import type { ScannedFile, ScanOptions } from './scanner.ts'

export interface PipelineDeps {
  folder: string
  index: RpcClient<IndexPort>
  chunker: Chunker
  encoders: Record<Space, Encoder>
  /** Of the models that those take over from, as long as they do. */
  previous?: () => Record<Space, Encoder> | undefined
  log: Log
  now: () => number
  /**
   * Runs one piece of work after the other. Shared by all updates of one index: each file is read and applied in one
   * turn, so that of two updates the one that read it later has the last word.
   */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>
}

export interface PipelineOptions {
  scan: Omit<ScanOptions, 'signal'>
  /** Only these files (relative to the folder); the whole folder by default. */
  paths?: readonly string[]
  signal?: AbortSignal
  onProgress?: (progress: PipelineProgress) => void
  /** Bytes that texts in no file may take before some are dropped; without it none are. */
  unusedLimitBytes?: number
  /** Files that are in use, most recently first: they are encoded before others. Asked again and again. */
  recent?: () => readonly string[]
  /** Whether another run brings what the chosen models lack, so that this one need not. */
  isUpgradeElsewhere?: () => boolean
  /** Awaited before each batch of texts is encoded; how a pause works. */
  gate?: () => Promise<void>
}

export interface PipelineProgress {
  /** `upgrading`: everything is searchable, and is encoded again by the models that take over. */
  phase: 'scanning' | 'chunking' | 'encoding' | 'writing' | 'upgrading'
  nFiles: number
  nFilesDone: number
  nUnits: number
  nUnitsDone: number
  nTokens: number
  tokensPerSecond: number
  /** Seconds; null while unknown. */
  etaSeconds: number | null
}

export interface PipelineReport {
  nFiles: number
  nFilesChanged: number
  nFilesRemoved: number
  nUnitsEncoded: number
  nTokensEncoded: number
  encodeMs: number
  skipped: { path: string; outcome: string }[]
  /** Whether every unit has vectors of the chosen models; known of runs over the whole folder. */
  isComplete: boolean
}

/**
 * Brings the index up to date with the disk, in two passes: every changed file is cut and made searchable by words;
 * then the units that lack vectors are encoded. While the chosen models take over from others, those are first, so that
 * everything can be found soon. Safe to stop anywhere: what is done stays, the rest is found again as
 * pending. A file that changes meanwhile is caught by the next run.
 */
export async function updateIndex(deps: PipelineDeps, options: PipelineOptions): Promise<PipelineReport> {
  const { index } = deps
  const report = reporter(options)
  report({ phase: 'scanning' })
  await index.acquireWriter(null)
  const known = await index.files(options.paths ? { paths: options.paths } : {})
  const scan: ScanOptions = { ...options.scan, ...(options.signal && { signal: options.signal }) }
  const changes = options.paths
    ? await findChangesOf(deps.folder, options.paths, known, scan)
    : await findChanges(deps.folder, known, scan)
  report({ nFiles: changes.nFiles })

  const rows = new Map<string, KnownFile>(known.map((row) => [row.path, row]))
  const cache = new ChunkCache()
  const { changed, nRemoved, unreadable } = await chunkChanged(deps, options, changes, rows, cache, report)
  const pendingOf = async (generation: Generation) => {
    const waiting = await index.pendingFiles({ generation })
    return { waiting, pending: options.paths ? waiting.filter((file) => changed.has(file.path)) : waiting }
  }
  const encoded: EncodeReport = { nUnitsEncoded: 0, nTokensEncoded: 0, encodeMs: 0 }
  /** Answers with the number of files that had to be encoded. */
  const encode = async (generation: Generation, encoders: Record<Space, Encoder>): Promise<number> => {
    let { waiting, pending } = await pendingOf(generation)
    if (generation === 'present' && (await adopt(deps, options, pending))) {
      ;({ waiting, pending } = await pendingOf(generation))
    }
    const isUpgrade = generation === 'present' && !options.paths && deps.previous?.() !== undefined
    const stage = new EncodeStage(deps, options, report, { generation, encoders, isUpgrade })
    const own = await stage.run(
      pending,
      (file) => cache.take(file) ?? rechunk(deps, file, rows, options.signal),
      // A codec is trained on a sample of the whole corpus: not on a saved file while the rest still waits.
      pending.length === waiting.length,
    )
    encoded.nUnitsEncoded += own.nUnitsEncoded
    encoded.nTokensEncoded += own.nTokensEncoded
    encoded.encodeMs += own.encodeMs
    return pending.length
  }
  const previous = deps.previous?.()
  if (previous) await encode('previous', previous)
  if (!(deps.previous?.() && options.isUpgradeElsewhere?.())) {
    // An upgrade takes long: files that were saved meanwhile are its last ones.
    for (let [nBefore, n] = [Infinity, await encode('present', deps.encoders)]; n > 0 && n < nBefore; ) {
      if (!deps.previous?.() || options.paths) break
      ;[nBefore, n] = [n, await encode('present', deps.encoders)]
    }
  }
  const isComplete = !options.paths && (await index.completed(null))
  await collect(deps, options)
  const unsearchable = [...rows].filter(([, row]) => UNSEARCHABLE.has(row.outcome))
  return {
    nFiles: changes.nFiles,
    nFilesChanged: changed.size,
    nFilesRemoved: nRemoved,
    ...encoded,
    isComplete,
    skipped: [
      ...changes.skipped,
      ...unsearchable.map(([file, { outcome }]) => ({ path: file, outcome })),
      ...unreadable.map((file) => ({ path: file, outcome: 'unreadable' })),
    ],
  }
}

/** What this run knows of a file in the index. */
type KnownFile = Pick<FileRow, 'contentHash' | 'outcome' | 'nUnits' | 'sizeBytes' | 'mtimeMs'>

export type Report = (change: Partial<PipelineProgress>) => void

function reporter(options: PipelineOptions): Report {
  let progress: PipelineProgress = {
    phase: 'scanning',
    nFiles: 0,
    nFilesDone: 0,
    nUnits: 0,
    nUnitsDone: 0,
    nTokens: 0,
    tokensPerSecond: 0,
    etaSeconds: null,
  }
  return (change) => {
    progress = { ...progress, ...change }
    options.onProgress?.(progress)
  }
}

/** Reads, cuts and applies the changed files, and forgets the removed ones; `rows` follows. */
async function chunkChanged(
  deps: PipelineDeps,
  options: PipelineOptions,
  changes: Changes,
  rows: Map<string, KnownFile>,
  cache: ChunkCache,
  report: Report,
): Promise<{ changed: Set<string>; nRemoved: number; unreadable: string[] }> {
  const { index } = deps
  const changed = new Set<string>()
  const unreadable: string[] = []
  const { suspects } = changes
  let nRemoved = 0
  let nUnits = 0
  const applyBatch = async (batch: ScannedFile[], gone: string[]) => {
    throwIfAborted(options.signal)
    const removed = await stillRemoved(index, gone, rows)
    const touched: ScannedFile[] = []
    const applied: SessionFile[] = []
    const take = async (file: ScannedFile) => {
      const content = await readContent(deps.folder, file.path)
      if (typeof content === 'string') {
        if (content === 'unreadable') unreadable.push(file.path)
        if (rows.has(file.path)) removed.push(file.path)
      } else if (rows.get(file.path)?.contentHash === content.hash) touched.push(file)
      else applied.push(await chunkContent(deps, file, content))
    }
    await raceAbort(Promise.all(batch.map(take)), options.signal)
    if (applied.length + removed.length > 0) await index.applyFiles({ files: applied, removed })
    if (touched.length > 0) await index.touchFiles(touched)
    for (const file of removed) rows.delete(file)
    nRemoved += removed.length
    for (const file of applied) {
      cache.put(file)
      changed.add(file.path)
      rows.set(file.path, { ...file, nUnits: file.units.length })
      nUnits += file.units.length
    }
  }
  for (let from = 0; from < Math.max(1, suspects.length); from += FILES_A_BATCH) {
    const batch = suspects.slice(from, from + FILES_A_BATCH)
    await deps.inTurn(() => applyBatch(batch, from === 0 ? changes.removed : []))
    const nLeft = suspects.length - from - batch.length
    report({ phase: 'chunking', nFilesDone: Math.max(0, changes.nFiles - nLeft), nUnits })
  }
  return { changed, nRemoved, unreadable }
}

/** Leaves out files that another update has found again since the scan. */
async function stillRemoved(
  index: PipelineDeps['index'],
  removed: string[],
  rows: Map<string, KnownFile>,
): Promise<string[]> {
  if (removed.length === 0) return []
  const now = new Map((await index.files({ paths: removed })).map((row) => [row.path, row]))
  return removed.filter((file) => {
    const [before, after] = [rows.get(file), now.get(file)]
    return after && after.contentHash === before?.contentHash && after.mtimeMs === before.mtimeMs
  })
}

/** Takes what pending files lack from other indexes of the repository. Not for a few edited units: nobody has those. */
async function adopt({ index }: PipelineDeps, options: PipelineOptions, pending: PendingFile[]): Promise<boolean> {
  const nUnits = pending.reduce((sum, file) => sum + file.nUnits, 0)
  if (nUnits < (options.paths ? MIN_ADOPTED_UNITS : 1)) return false
  const files = pending.map((file) => file.path)
  for (let restart = true; !(await index.adopt({ files, restart })); restart = false) throwIfAborted(options.signal)
  return true
}

/** Texts that are in no file any more go once they take too much room. */
async function collect({ index }: PipelineDeps, { unusedLimitBytes, signal }: PipelineOptions): Promise<void> {
  if (unusedLimitBytes === undefined) return
  for (let restart = true; ; restart = false) {
    throwIfAborted(signal)
    if (await index.collect({ limitBytes: unusedLimitBytes, restart })) return
  }
}

async function chunkContent(deps: PipelineDeps, file: ScannedFile, content: FileContent): Promise<SessionFile> {
  const { outcome, language, units } = await deps.chunker.chunkFile(file.path, content.bytes)
  const { path, sizeBytes, mtimeMs } = file
  return { path, sizeBytes, mtimeMs, contentHash: content.hash, language, outcome, units }
}

/**
 * A file that waits for vectors and is not in the cache. Where it is cut otherwise than its row says, because it has
 * changed or the chunker has, the row is replaced: it would name texts that nobody encodes any more.
 */
function rechunk(
  deps: PipelineDeps,
  file: string,
  rows: Map<string, KnownFile>,
  signal: AbortSignal | undefined,
): Promise<SessionFile | undefined> {
  return deps.inTurn(async () => {
    throwIfAborted(signal)
    // Measured before it is read: a change in between is a change at the next run.
    const stat = await lstat(path.join(deps.folder, file)).catch(() => undefined)
    const content = stat && (await readContent(deps.folder, file))
    if (!content || typeof content === 'string') return undefined
    const scanned = { path: file, sizeBytes: stat.size, mtimeMs: stat.mtimeMs }
    const again = await raceAbort(chunkContent(deps, scanned, content), signal)
    const row = rows.get(file)
    const isSame =
      row?.contentHash === content.hash && row.outcome === again.outcome && row.nUnits === again.units.length
    if (!isSame) await deps.index.applyFiles({ files: [again], removed: [] })
    return again
  })
}

/** Files that were just cut, kept for encoding while their text fits; what does not fit is cut again. */
class ChunkCache {
  readonly #files = new Map<string, SessionFile>()
  #chars = 0

  put(file: SessionFile): void {
    const chars = file.units.reduce((sum, unit) => sum + unit.text.length, 0)
    if (this.#chars + chars > MAX_CACHED_CHARS) return
    this.#chars += chars
    this.#files.set(file.path, file)
  }

  take(path: string): SessionFile | undefined {
    const file = this.#files.get(path)
    this.#files.delete(path)
    return file
  }
}

const UNSEARCHABLE = new Set(['binary', 'not-utf8', 'too-large'])
const FILES_A_BATCH = 128
/** Units that an update must bring before other indexes are asked for them: a switch of branch does, a save does not. */
const MIN_ADOPTED_UNITS = 64
const MAX_CACHED_CHARS = 64 * 1024 * 1024
