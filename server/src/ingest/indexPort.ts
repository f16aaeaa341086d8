import type { ChunkOutcome, Space, Unit } from '../contract/units.ts'
import type { FileFacts, FileRow, FileStat } from '../index/types.ts'

export interface SessionFile extends FileFacts {
  outcome: ChunkOutcome
  units: Unit[]
}

/**
 * Whose vectors are meant: those of the chosen models, or those of the models before, which answer for units that the
 * chosen ones have not reached.
 */
export type Generation = 'present' | 'previous'

export interface PendingFile {
  path: string
  nUnits: number
  mtimeMs: number
}

/** A text whose vectors the store of its space lacks. */
export interface MissingDoc {
  space: Space
  key: string
  text: string
  /** What the text is of a unit: its own, or its place's. */
  part: 'body' | 'context'
}

export interface SessionStats {
  nFiles: number
  nUnits: number
  /** Files with a unit whose vectors are not searchable yet. */
  nPendingFiles: number
  /** While the chosen models take over from others: of `nUnits`, those that they have reached. */
  nUnitsUpgraded?: number
  nTokens: number
  sizeBytes: number
  /** Bytes of texts that are in no file at present. */
  unusedBytes: number
  /** Bytes of the vector stores' files alone. */
  vectorBytes: number
  /** True while at least one space has no codec yet for its chosen model. */
  needsTraining: boolean
  /** The same of the models before, while those take over. */
  previousNeedsTraining?: boolean
  kernel: string
  /** How many paths the last look at the whole folder left out, by reason; absent before the first. */
  skipped?: Record<string, number>
  /** Files that are cut by lines, since their grammar would take too many steps; some of their paths. */
  tooComplex?: { nFiles: number; paths: string[] }
  /** False while another process has the right to write. */
  isWriter: boolean
  /** That process, for messages; where it is another process that keeps this one from writing. */
  writer?: string
  /** Whether a run over the whole folder has ever come to its end. */
  isBuilt: boolean
}

export interface TrainParams {
  expectedTokens: number
  final: boolean
  generation?: Generation
  sliced?: boolean
}

export interface NewVectors {
  space: Space
  generation?: Generation
  keys: string[]
  /** Of each key, one row after another. */
  rows: Float32Array[]
}

/** What came of a slice of work: there is more to do, there is none, or it could not be done. */
export type SliceOutcome = 'more' | 'done' | 'failed'

/** What indexing asks of an index, wherever it runs. Everything crosses a thread border as plain data. */
export interface IndexPort {
  /**
   * Takes the right to write; `E_LOCKED` while another process has it, `E_STORAGE` or `E_DISK_FULL` where this one may
   * not write.
   */
  acquireWriter(params: null): void
  stats(params: null): SessionStats
  /** Every file of the view, or those at and below the given paths. */
  files(params: { paths?: readonly string[] }): FileRow[]
  /** Paths of files that were cut by other rules than the present ones. */
  filesOfOtherRules(params: null): string[]
  /**
   * Puts files into the view, searchable by words at once. One that gives the units it has is only marked. `isLive`: they
   * changed just now, as events tell; else some time since the last run.
   */
  applyFiles(params: { files: SessionFile[]; removed: string[]; isLive?: boolean }): void
  /** What the file system now says of files with unchanged content. */
  touchFiles(params: ({ path: string } & FileStat)[]): void
  /** Files with units that lack vectors: of the chosen models for `present`, of any otherwise. */
  pendingFiles(params: { generation?: Generation } | null): PendingFile[]
  /**
   * One step of taking the vectors that files lack from other indexes of the repository; answers whether it was the
   * last. `restart` with the first call.
   */
  adopt(params: { files: readonly string[]; restart: boolean }): boolean
  /** Texts to encode for these files; one that was asked for and not put yet is not asked for again until a commit. */
  missingDocs(params: { files: SessionFile[]; generation?: Generation }): MissingDoc[]
  /** Passed over where the generation is not there any more. */
  putVectors(params: NewVectors): void
  /**
   * Trains what has no codec: when `final`, or once enough is spooled for `expectedTokens`. Answers whether it did; when
   * `sliced`, after a slice of that, with `more` while there is more to do.
   */
  train(params: TrainParams): boolean | 'more'
  /** To be called after a run over the whole folder: whether every unit has vectors of the chosen models. Those before are let go then. */
  completed(params: null): boolean
  /** What a look at the whole folder left out, by reason. */
  noteSkipped(params: Record<string, number>): void
  /**
   * One step of dropping texts that are in no file any more, once they take more than `limitBytes`; answers whether it
   * was the last. `restart` with the first call.
   */
  collect(params: { limitBytes: number; restart: boolean }): boolean
  /**
   * One step of taking deleted texts out of the index's files; answers whether it was the last. `restart` with the first
   * call. `thorough`: all of it, else words in small segments alone. Texts deleted less than `minAgeMs` ago may wait.
   */
  erase(params: { restart: boolean; thorough: boolean; minAgeMs: number }): boolean
  /**
   * One step of what the stores' codecs need (`plaid/drift.ts`); `share`: how much of the work under way is done, 0..1.
   * What fails is told to the log and leaves the index as it was.
   */
  upkeep(params: null): { outcome: SliceOutcome; share: number }
  /** Makes everything durable. */
  commit(params: null): void
}
