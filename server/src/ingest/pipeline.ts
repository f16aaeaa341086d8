import { throwIfAborted } from '../base/cancel.ts'
import type { Log } from '../base/log.ts'
import type { RpcClient } from '../base/rpc.ts'
import type { Chunker } from '../chunk/chunker.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { FileRow } from '../index/types.ts'
import { type Changes, findChanges, findChangesOf, readContent } from './changes.ts'
import { EncodeStage } from './encodeStage.ts'
import type { IndexPort, SessionFile } from './indexPort.ts'
import type { ScannedFile, ScanOptions } from './scanner.ts'

export interface PipelineDeps {
  folder: string
  index: RpcClient<IndexPort>
  chunker: Chunker
  encoders: Record<Space, Encoder>
  log: Log
  now: () => number
}

export interface PipelineOptions {
  scan: Omit<ScanOptions, 'signal'>
  /** Only these files (relative to the folder); the whole folder by default. */
  paths?: readonly string[]
  signal?: AbortSignal
  onProgress?: (progress: PipelineProgress) => void
  /** Awaited before each batch of texts is encoded; how a pause works. */
  gate?: () => Promise<void>
}

export interface PipelineProgress {
  phase: 'scanning' | 'chunking' | 'encoding' | 'writing'
  nFiles: number
  nFilesDone: number
  nUnits: number
  nUnitsDone: number
  nTokens: number
  tokensPerSecond: number
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
}

/**
 * Brings the index up to date with the disk, in two passes: every changed file is cut and made searchable by words;
 * then the units that lack vectors are encoded. Safe to stop anywhere: what is done stays, the rest is found again as
 * pending. A file that changes meanwhile is caught by the next run.
 */
export async function updateIndex(deps: PipelineDeps, options: PipelineOptions): Promise<PipelineReport> {
  const report = reporter(options)
  report({ phase: 'scanning' })
  await deps.index.acquireWriter(null)
  const known = await deps.index.files(options.paths ? { paths: options.paths } : {})
  const scan: ScanOptions = { ...options.scan, ...(options.signal && { signal: options.signal }) }
  const changes = options.paths
    ? await findChangesOf(deps.folder, options.paths, known, scan)
    : await findChanges(deps.folder, known, scan)
  report({ nFiles: changes.nFiles })

  const cache = new ChunkCache()
  const chunked = await chunkChanged(deps, options, changes, known, cache, report)
  let pending = await deps.index.pendingFiles(null)
  if (options.paths) pending = pending.filter(({ path }) => chunked.has(path))
  const stage = new EncodeStage(deps, options, report)
  const encoded = await stage.run(pending, (file) => cache.take(file) ?? rechunk(deps, file))
  return {
    nFiles: changes.nFiles,
    nFilesChanged: chunked.size,
    nFilesRemoved: changes.removed.length,
    ...encoded,
    skipped: [...changes.skipped, ...cache.skipped],
  }
}

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

/** Reads, cuts and applies the changed files. Answers the paths whose content did change. */
async function chunkChanged(
  deps: PipelineDeps,
  options: PipelineOptions,
  changes: Changes,
  known: FileRow[],
  cache: ChunkCache,
  report: Report,
): Promise<Set<string>> {
  const { index } = deps
  const rows = new Map(known.map((row) => [row.path, row]))
  const changed = new Set<string>()
  let removed = changes.removed
  let nUnits = 0
  for (let from = 0; from < Math.max(1, changes.suspects.length); from += FILES_A_BATCH) {
    throwIfAborted(options.signal)
    const batch = changes.suspects.slice(from, from + FILES_A_BATCH)
    const touched: ScannedFile[] = []
    const files = await Promise.all(
      batch.map(async (file) => {
        const content = await readContent(deps.folder, file.path)
        if (!content) return undefined
        if (rows.get(file.path)?.contentHash === content.hash) {
          touched.push(file)
          return undefined
        }
        return chunkContent(deps, file, content)
      }),
    )
    const applied = files.filter((file) => file !== undefined)
    for (const file of applied) {
      cache.put(file)
      changed.add(file.path)
      nUnits += file.units.length
    }
    if (applied.length + removed.length > 0) await index.applyFiles({ files: applied, removed })
    if (touched.length > 0) await index.touchFiles(touched)
    removed = []
    report({ phase: 'chunking', nFilesDone: from + batch.length, nUnits })
  }
  return changed
}

async function chunkContent(
  deps: PipelineDeps,
  file: ScannedFile,
  content: { bytes: Buffer; hash: string },
): Promise<SessionFile> {
  const { outcome, language, units } = await deps.chunker.chunkFile(file.path, content.bytes)
  const { path, sizeBytes, mtimeMs } = file
  return { path, sizeBytes, mtimeMs, contentHash: content.hash, language, outcome, units }
}

/** A file of an earlier run that still waits for vectors. Its row is kept: only the texts matter here. */
async function rechunk(deps: PipelineDeps, file: string): Promise<SessionFile | undefined> {
  const content = await readContent(deps.folder, file)
  return content && chunkContent(deps, { path: file, sizeBytes: content.bytes.length, mtimeMs: 0 }, content)
}

/** Files that were just cut, kept for encoding while their text fits; what does not fit is cut again. */
class ChunkCache {
  readonly #files = new Map<string, SessionFile>()
  readonly skipped: { path: string; outcome: string }[] = []
  #chars = 0

  put(file: SessionFile): void {
    if (UNSEARCHABLE.has(file.outcome)) this.skipped.push({ path: file.path, outcome: file.outcome })
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
const FILES_A_BATCH = 64
const MAX_CACHED_CHARS = 64 * 1024 * 1024
