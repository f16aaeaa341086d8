import type { Log } from '../base/log.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { SearchHit, Space } from '../contract/units.ts'
import type { PipelineProgress } from '../ingest/pipeline.ts'

/** API BOUNDARY. The engine in the user's words: plain data, 1-based lines, no LSP, no command line. */
export interface Engine {
  /** Opens or creates the folder's index. Quick; encodes nothing. */
  openFolder(folder: string, settings: Settings): Promise<EngineFolder>
  /**
   * Deletes the folder's index from disk without opening it: it may be damaged, or of a newer format. Gives the bytes
   * it took, 0 where there is none. `E_LOCKED` while another process writes it.
   */
  clearFolder(folder: string): Promise<number>
  dispose(): Promise<void>
}

export interface EngineOptions {
  storageDirectory: string
  modelsDirectory: string
  log: Log
  /** Milliseconds since the epoch; passed in for tests. */
  now?: () => number
}

export interface SearchOptions {
  limit?: number
  space?: Space
  /** Only meaning, or only words; both by default. */
  mode?: 'all' | 'semantic' | 'lexical'
  nIvfProbe?: number
  nFullScores?: number
  signal?: AbortSignal
  /** Called at most once, with lexical hits, before the answer. */
  onPartial?: (hits: SearchHit[]) => void
}

export interface SearchAnswer {
  hits: SearchHit[]
  elapsedMs: number
  indexedFraction: number
}

export interface EngineFolder {
  readonly folder: string
  /**
   * Brings the index up to date with the files on disk: scan, compare, chunk, encode, write. Resumes what an earlier
   * run left. One build at a time: a second call joins the first. `paths` narrows it to these files (relative).
   */
  build(options?: BuildOptions): Promise<BuildReport>
  search(query: string, options?: SearchOptions): Promise<SearchAnswer>
  /** Units like the one at `line` (1-based) of `path`, itself and its file's overlapping units left out. */
  related(path: string, line: number, options?: { limit?: number; signal?: AbortSignal }): Promise<SearchAnswer>
  /** Name lines of a file's units, for hovers. */
  unitAt(path: string, line: number): Promise<{ name: string; nameLine: number } | undefined>
  /** The editor's unsaved text of a file; `undefined` once it is closed. Hits are checked against it. */
  setOpenText(path: string, text: string | undefined): void
  status(): Promise<FolderState>
  /** Encoding stops after the batches under way until `resume`. Changed files still become searchable by words. */
  pause(): void
  resume(): void
  /** Models, threads, and the limit on file size are those it was opened with: they need it opened again. */
  setSettings(settings: Settings): void
  /**
   * Deletes the folder's index from disk; the next build starts from nothing. Builds under way are cancelled first.
   * `E_LOCKED` while another process writes it.
   */
  clear(): Promise<void>
  close(): Promise<void>
  onDidChangeState(listener: (state: FolderState) => void): { dispose(): void }
}

export interface BuildOptions {
  paths?: string[]
  signal?: AbortSignal
  onProgress?: (progress: BuildProgress) => void
}

export type BuildProgress = PipelineProgress

export interface BuildReport {
  nFiles: number
  nFilesChanged: number
  nFilesRemoved: number
  nUnits: number
  /** Units whose vectors were already stored. */
  nUnitsReused: number
  nUnitsEncoded: number
  nTokensEncoded: number
  elapsedMs: number
  encodeMs: number
  /** Files without units, by outcome. */
  skipped: { path: string; outcome: string }[]
  /** Token rows now in the index, and the bytes of all its files. */
  nTokens: number
  sizeBytes: number
}

export interface FolderState {
  folder: string
  phase: 'scanning' | 'indexing' | 'updating' | 'ready' | 'paused' | 'error'
  nFiles: number
  nUnits: number
  nPendingFiles: number
  fraction: number
  tokensPerSecond: number
  etaSeconds: number | null
  nTokens: number
  sizeBytes: number
  models: { space: Space; id: string }[]
  error?: { code: string; message: string; advice: string }
}
