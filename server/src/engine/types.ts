import type { Log } from '../base/log.ts'
import type { Explanation } from '../contract/explain.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { TuneProgress, TuneReport } from '../contract/tuning.ts'
import type { SearchHit, Space } from '../contract/units.ts'
import type { FirstUse } from '../encode/encoderPool.ts'
import type { PipelineProgress, UpgradeReport } from '../ingest/pipeline.ts'

export type { UpgradeReport }

/** API BOUNDARY. The engine in the user's words: plain data, 1-based lines, no LSP, no command line. */
export interface Engine {
  /** Opens or creates the folder's index. Quick; encodes nothing. */
  openFolder(folder: string, settings: Settings): Promise<EngineFolder>
  /**
   * Deletes the folder's index from disk without opening it: it may be damaged, or of a newer format. Gives the bytes
   * it took, 0 where there is none. `E_LOCKED` while another process writes it.
   */
  clearFolder(folder: string): Promise<number>
  /** Every index in the storage folder, by path of its folder; those of unknown folders are left out. */
  listIndexes(): Promise<StoredIndex[]>
  /** Deletes the indexes of folders that do not exist any more, but for those that are being written. Gives what went. */
  clearGone(): Promise<StoredIndex[]>
  dispose(): Promise<void>
}

export interface StoredIndex {
  folder: string
  /** Of all its files; what it shares with other indexes is counted in each. */
  sizeBytes: number
  /** Whether the folder does not exist any more, or cannot be reached now. */
  isGone: boolean
}

export interface EngineOptions {
  storageDirectory: string
  modelsDirectory: string
  /** Where installed models are; in the storage folder where absent. */
  userModelsDirectory?: string
  log: Log
  /** Whether folders are opened to be searched, which is the default, or to be indexed. */
  first?: FirstUse
  /** Milliseconds since the epoch; passed in for tests. */
  now?: () => number
  /** Time without a call after which a model's memory is given back until the next one; 15 minutes by default. */
  modelIdleMs?: number
  /**
   * Answers for folders that the chosen models have not seen as a whole yet: a quick model, built in. Without it such
   * folders are searched by words until then.
   */
  bridgeModel?: string
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
  /** What the filter `folder:` sees: this folder's name and those of all. By default there is one, named as on disk. */
  workspace?: { name: string; names: readonly string[] }
}

export interface SearchAnswer {
  hits: SearchHit[]
  elapsedMs: number
  indexedFraction: number
  /**
   * Whether all that the folder holds was looked at, as it was when the index was last brought up to date: false before
   * the end of its first build, whoever makes that, while units wait to be searchable, and where reading files took too
   * long.
   */
  complete: boolean
  /** Set where the time for reading files ran out, so that more may match the query's exact texts or expressions. */
  truncated?: true
}

export interface EngineFolder {
  readonly folder: string
  /**
   * Brings the index up to date with the files on disk: scan, compare, chunk, encode, write. Resumes what an earlier
   * run left. One build at a time: a second call joins the first. `paths` narrows it to these files (relative).
   */
  build(options?: BuildOptions): Promise<BuildReport>
  search(query: string, options?: SearchOptions): Promise<SearchAnswer>
  /**
   * Asks some questions of its own, once, so that a user's first ones take as long as all later ones do: about a second
   * of one core. Any search goes first. For processes that stay, once the index is built. Never fails.
   */
  warmUp(): Promise<void>
  /**
   * Why a search gives these hits: made once more, with the units at `places` encoded again. Some milliseconds a place,
   * and nothing at all while nobody asks.
   */
  explain(query: string, places: readonly ExplainedPlace[], options?: SearchOptions): Promise<Explanation>
  /** Units like the one at `line` (1-based) of `path`, itself and its file's overlapping units left out. */
  related(path: string, line: number, options?: { limit?: number; signal?: AbortSignal }): Promise<SearchAnswer>
  /**
   * Measures recall and speed of searches with more and less effort, on questions made from the index's own units.
   * Takes some ten seconds at 10,000 units. The same seed asks the same questions of the same index.
   */
  tune(options?: TuneOptions): Promise<TuneReport>
  /**
   * Cuts files again that another version cut by other rules, and encodes what is new in them. While other models than the
   * chosen ones answer for some units: encodes those anew, most recently used first, and returns once all are. May take long; stopped or killed it goes on another time where it was. Searches and builds go
   * on meanwhile. Undefined where there is nothing to do.
   */
  upgrade(options?: UpgradeOptions): Promise<UpgradeReport | undefined>
  /** The innermost unit around a line of the file as it is now, for hovers. */
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
   * Whether the folder is there, and is the one that was opened: rejects with `E_FOLDER` while it is not. One look at the
   * disk.
   */
  checkFolder(): Promise<void>
  /**
   * Whether a build could do its work now: rejects with `E_FOLDER`, `E_LOCKED`, `E_STORAGE` or `E_DISK_FULL`. Takes the
   * right to write where that is free.
   */
  checkBuildable(): Promise<void>
  /**
   * Deletes the folder's index from disk; the next build starts from nothing. Builds under way are cancelled first.
   * `E_LOCKED` while another process writes it.
   */
  clear(): Promise<void>
  close(): Promise<void>
  onDidChangeState(listener: (state: FolderState) => void): { dispose(): void }
  /** Told of each file that a search found to differ on disk from what the index has: a build of it is due. */
  onDidFindStale(listener: (path: string) => void): { dispose(): void }
}

/** A hit's place; a `SearchHit` is one. */
export interface ExplainedPlace {
  path: string
  /** 1-based, inclusive. */
  startLine: number
  endLine: number
  name?: string
}

export interface TuneOptions {
  nQueries?: number
  seed?: number
  signal?: AbortSignal
  onProgress?: (progress: TuneProgress) => void
}

export interface BuildOptions {
  paths?: string[]
  /** Whether upkeep that is due is done too; else the index thread does it when it is idle. */
  upkeep?: boolean
  signal?: AbortSignal
  onProgress?: (progress: BuildProgress) => void
}

export type UpgradeOptions = Pick<BuildOptions, 'signal' | 'onProgress'>

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
  /** Files that are not searchable and why; with `holds-secret` the rest of the file is. */
  skipped: { path: string; outcome: string }[]
  /** Token rows now in the index, and the bytes of all its files. */
  nTokens: number
  sizeBytes: number
}

export interface FolderState {
  folder: string
  phase: 'scanning' | 'indexing' | 'updating' | 'ready' | 'following' | 'upgrading' | 'paused' | 'error'
  /** In phase `following`: the process that writes this index, which is searched here as that has committed it. */
  writer?: string
  nFiles: number
  nUnits: number
  nPendingFiles: number
  fraction: number
  tokensPerSecond: number
  etaSeconds: number | null
  nTokens: number
  sizeBytes: number
  /** Of those, of texts that are in no file at present. */
  unusedBytes: number
  /** What scores: WebAssembly with `relaxed` or plain `simd`, or its slow `twin` in TypeScript. */
  kernel: string
  models: { space: Space; id: string }[]
  /** While these take over from other models: of all units, those that they have reached. */
  upgrade?: { nUnits: number; nUnitsDone: number; etaSeconds: number | null }
  /** How many paths the last look at the whole folder left out, or in part, by reason. */
  skipped?: Record<string, number>
  /** Files that are cut by lines, since their grammar would take too many steps; some of their paths. */
  tooComplex?: { nFiles: number; paths: string[] }
  /** What works less well than it could here, and what to do about it: whole sentences. */
  notes?: string[]
  error?: { code: string; message: string; advice: string }
}
