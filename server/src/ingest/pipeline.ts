import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import type { Log } from '../base/log.ts'
import type { RpcClient } from '../base/rpc.ts'
import { WorkspaceFiles } from '../base/workspaceFiles.ts'
import type { Chunker } from '../chunk/chunker.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { FileRow } from '../index/types.ts'
import { type Changes, findChanges, findChangesOf, readContent } from './changes.ts'
import { cutFile } from './cutFile.ts'
import { type EncodeReport, EncodeStage, type EncodeWith } from './encodeStage.ts'
import { statAfterTouch, statOf } from './fileStat.ts'
import type { Generation, IndexPort, PendingFile, SessionFile } from './indexPort.ts'
import { recutFiles } from './recut.ts'
import { RootCheck } from './rootCheck.ts'
import { reasonOf, type ScannedFile, type ScanOptions } from './scanner.ts'

export interface PipelineDeps {
  folder: string
  index: RpcClient<IndexPort>
  chunker: Chunker
  encoders: Record<Space, Encoder>
  /** Of the models that those take over from, as long as they do. */
  previous?: () => Record<Space, Encoder> | undefined
  log: Log
  /** The device number of the disk on which the folder was when it was last indexed as a whole. */
  indexedDevice?: () => number | undefined
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
  /** Does what the index needs now, for a process that ends afterwards; else that waits for an idle moment. */
  upkeep?: boolean
  /** Files that are in use, most recently first: they are encoded before others. Asked again and again. */
  recent?: () => readonly string[]
  /** Awaited before each batch of texts is encoded; how a pause works. */
  gate?: () => Promise<void>
}

export interface PipelineProgress {
  /**
   * `recutting`: everything is searchable, and is cut again by other rules. `upgrading`: the same, and is encoded again by
   * the models that take over.
   */
  phase: 'scanning' | 'chunking' | 'encoding' | 'writing' | 'recutting' | 'upgrading' | 'upkeep'
  nFiles: number
  nFilesDone: number
  nUnits: number
  nUnitsDone: number
  nTokens: number
  tokensPerSecond: number
  /** Seconds; null while unknown. */
  etaSeconds: number | null
  /** In phase `upkeep`: how much is done, 0..1. */
  upkeepShare?: number
}

export interface PipelineReport extends EncodeReport {
  isComplete: boolean
  nFiles: number
  nFilesChanged: number
  nFilesRemoved: number
  skipped: { path: string; outcome: string }[]
}

export interface UpgradeReport extends EncodeReport {
  /** Files that were cut by other rules before. */
  nFilesRecut: number
  /** Whether every unit has vectors of the chosen models; known of runs over the whole folder. */
  isComplete: boolean
}

/**
 * Brings the index up to date with the disk, in two passes: every changed file is cut and made searchable by words;
 * then the units that lack vectors are encoded; while the chosen models take over from others, by those others, so that
 * everything can be found soon (`upgradeIndex` is the rest). Safe to stop anywhere: what is done stays, the rest is found
 * again as pending. A file that changes meanwhile is caught by the next run.
 */
export async function updateIndex(deps: PipelineDeps, options: PipelineOptions): Promise<PipelineReport> {
  const { index } = deps
  const report = reporter(options)
  report({ phase: 'scanning' })
  await index.acquireWriter(null)
  const root = await RootCheck.begin(deps.folder)
  const known = await index.files(options.paths ? { paths: options.paths } : {})
  if (known.length === 0) deps.chunker.expectFiles?.()
  const scan: ScanOptions = { ...options.scan, ...(options.signal && { signal: options.signal }) }
  const changes = options.paths
    ? await findChangesOf(deps.folder, options.paths, known, scan)
    : await findChanges(deps.folder, known, scan)
  await root.check()
  if (changes.removed.length === known.length) await root.checkMounted(deps.indexedDevice?.())
  report({ nFiles: changes.nFiles })
  if (!options.paths) expectDocuments(deps, changes)

  const rows = new Map<string, KnownFile>(known.map((row) => [row.path, row]))
  const cache = new ChunkCache()
  const { changed, nRemoved, unread } = await chunkChanged({ ...deps, root }, options, changes, rows, cache, report)
  const encode = (generation: Generation, encoders: Record<Space, Encoder>) =>
    encodePending(deps, options, report, {
      ...{ generation, encoders, isUpgrade: false },
      ...(options.paths && { only: changed }),
      textsOf: (file) => cache.take(file) ?? rechunk(deps, file, rows, options.signal),
    })
  // While they answer for any unit, for which the index has the last word.
  const previousModels = async () => {
    const previous = deps.previous?.()
    return previous && (await index.stats(null)).nUnitsUpgraded !== undefined ? previous : undefined
  }
  const previous = await previousModels()
  const encoded = previous ? await encode('previous', previous) : NOTHING_ENCODED
  // The chosen models may have come to their end meanwhile.
  const rest = (await previousModels()) ? NOTHING_ENCODED : await encode('present', deps.encoders)
  const isComplete = !options.paths && (await index.completed(null))
  await collect(deps, options)
  await erase(deps, options)
  if (options.upkeep) await keepUp(deps, options, report)
  const unsearchable = [...rows].filter(([, row]) => UNSEARCHABLE.has(row.outcome))
  const skipped = [
    ...changes.skipped,
    ...unsearchable.map(([file, { outcome }]) => ({ path: file, outcome })),
    ...unread,
  ]
  if (!options.paths) await index.noteSkipped(countsOf(skipped))
  return {
    nFiles: changes.nFiles,
    nFilesChanged: changed.size,
    nFilesRemoved: nRemoved,
    ...sumOf(encoded, rest),
    isComplete,
    skipped,
  }
}

/** How many there are of each outcome. */
function countsOf(skipped: PipelineReport['skipped']): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of skipped) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** Encoders start while files are cut. A file that was only touched costs nothing more than that. */
function expectDocuments({ encoders, previous }: PipelineDeps, { suspects }: Changes): void {
  if (suspects.length === 0) return
  const { code, docs } = previous?.() ?? encoders
  for (const encoder of new Set([code, docs])) encoder.expectDocuments?.(suspects.length * TEXTS_A_FILE)
}

/**
 * Cuts files again that were cut by other rules than the present ones; then encodes with the chosen models what those
 * before answer for, and lets these go once nothing is left. Takes as long as
 * a first build; updates and searches go on meanwhile. Safe to stop anywhere.
 */
export async function upgradeIndex(deps: PipelineDeps, options: PipelineOptions): Promise<UpgradeReport> {
  const { index } = deps
  const report = reporter(options)
  await index.acquireWriter(null)
  const { nFilesRecut, ...recut } = await recutFiles(deps, options, report)
  const rows = new Map<string, KnownFile>((await index.files({})).map((row) => [row.path, row]))
  let encoded: EncodeReport = recut
  for (let nBefore = Infinity; ; ) {
    // Files that were saved meanwhile come last.
    const nPending = (await index.pendingFiles({ generation: 'present' })).length
    if (nPending === 0 || nPending >= nBefore) break
    nBefore = nPending
    const own = await encodePending(deps, options, report, {
      ...{ generation: 'present', encoders: deps.encoders, isUpgrade: true },
      textsOf: (file) => rechunk(deps, file, rows, options.signal),
    })
    encoded = sumOf(encoded, own)
  }
  const isComplete = await index.completed(null)
  await collect(deps, options)
  return { ...encoded, nFilesRecut, isComplete }
}

async function encodePending(
  deps: PipelineDeps,
  options: PipelineOptions,
  report: Report,
  {
    only,
    textsOf,
    ...encoding
  }: EncodeWith & {
    only?: ReadonlySet<string>
    textsOf: (file: string) => SessionFile | undefined | Promise<SessionFile | undefined>
  },
): Promise<EncodeReport> {
  const { generation } = encoding
  const pendingOf = async () => {
    const waiting = await deps.index.pendingFiles({ generation })
    return { waiting, pending: only ? waiting.filter((file) => only.has(file.path)) : waiting }
  }
  let { waiting, pending } = await pendingOf()
  if (generation === 'present' && (await adopt(deps, options, pending))) ({ waiting, pending } = await pendingOf())
  const stage = new EncodeStage(deps, options, report, encoding)
  // A codec is trained on a sample of the whole corpus: not on a saved file while the rest still waits.
  return stage.run(pending, textsOf, pending.length === waiting.length)
}

const NOTHING_ENCODED: EncodeReport = { nUnitsEncoded: 0, nTokensEncoded: 0, encodeMs: 0 }

const sumOf = (a: EncodeReport, b: EncodeReport): EncodeReport => ({
  nUnitsEncoded: a.nUnitsEncoded + b.nUnitsEncoded,
  nTokensEncoded: a.nTokensEncoded + b.nTokensEncoded,
  encodeMs: a.encodeMs + b.encodeMs,
})

/** What this run knows of a file in the index. */
type KnownFile = Omit<FileRow, 'path' | 'language'>

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
  deps: PipelineDeps & { root: RootCheck },
  options: PipelineOptions,
  changes: Changes,
  rows: Map<string, KnownFile>,
  cache: ChunkCache,
  report: Report,
): Promise<{ changed: Set<string>; nRemoved: number; unread: PipelineReport['skipped'] }> {
  const { index } = deps
  const changed = new Set<string>()
  const unread: PipelineReport['skipped'] = []
  const files = new WorkspaceFiles(deps.folder)
  const { suspects } = changes
  let nRemoved = 0
  let nUnits = 0
  const applyBatch = async (batch: ScannedFile[], gone: string[]) => {
    throwIfAborted(options.signal)
    const removed = await stillRemoved(index, gone, rows)
    const touched: ScannedFile[] = []
    const applied: SessionFile[] = []
    const take = async (file: ScannedFile) => {
      const content = await readContent(files, file.path, options.scan.maxFileSizeBytes)
      if (typeof content === 'string') {
        if (content !== 'gone') unread.push({ path: file.path, outcome: reasonOf(content) })
        // What cannot be read now is as it was, as far as is known.
        if (content !== 'unreadable' && rows.has(file.path)) removed.push(file.path)
        return
      }
      const row = rows.get(file.path)
      if (row?.contentHash === content.hash) touched.push({ path: file.path, ...statAfterTouch(file, row, deps.now()) })
      else applied.push(await cutFile(deps, file, content))
    }
    await raceAbort(Promise.all(batch.map(take)), options.signal)
    // A file is missing too where the whole folder is.
    if (removed.length > 0) await deps.root.check()
    if (applied.length + removed.length > 0)
      await index.applyFiles({ files: applied, removed, isLive: options.paths !== undefined })
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
  return { changed, nRemoved, unread }
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

/**
 * What was deleted leaves the index's files: words at once where that is quick, the rest in idle moments, or here for a
 * process that has none.
 */
async function erase({ index }: PipelineDeps, { upkeep = false, signal }: PipelineOptions): Promise<void> {
  for (let restart = true; ; restart = false) {
    throwIfAborted(signal)
    if (await index.erase({ restart, thorough: upkeep, minAgeMs: 0 })) return
  }
}

/** What the codecs need: centroids for texts of a new kind, or to be trained anew. Its failure is no failure of the run. */
async function keepUp({ index }: PipelineDeps, { signal }: PipelineOptions, report: Report): Promise<void> {
  for (;;) {
    throwIfAborted(signal)
    const { outcome, share } = await index.upkeep(null)
    if (outcome !== 'more') return
    report({ phase: 'upkeep', upkeepShare: share })
  }
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
    const content = await readContent(new WorkspaceFiles(deps.folder), file)
    if (typeof content === 'string') return undefined
    // Measured before it was read: a change in between is a change at the next run.
    const scanned = { path: file, ...statOf(content.stats) }
    const again = await raceAbort(cutFile(deps, scanned, content), signal)
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

/** Outcomes of files that are not searchable, or not as a whole. */
const UNSEARCHABLE = new Set(['binary', 'not-utf8', 'too-large', 'holds-secret'])
const FILES_A_BATCH = 128
/** About. */
const TEXTS_A_FILE = 10
/** Units that an update must bring before other indexes are asked for them: a switch of branch does, a save does not. */
const MIN_ADOPTED_UNITS = 64
const MAX_CACHED_CHARS = 64 * 1024 * 1024
