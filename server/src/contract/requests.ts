import type { Explanation } from './explain.ts'
import type { DownloadPlan, ModelListing, PlannedDownload } from './models.ts'
import type { MeasuredEffort, SearchEffort, TuneReport } from './tuning.ts'
import type { SearchHit, Space, UnitKind } from './units.ts'

/**
 * Lateral's own messages between client and server. Direction and purpose stand at each. Positions follow LSP
 * (0-based); lines inside a hit are 1-based, as people read them.
 */
export interface RequestDefinition<_Params, _Result> {
  readonly method: string
}
export interface NotificationDefinition<_Params> {
  readonly method: string
}

const request = <Params, Result>(method: string): RequestDefinition<Params, Result> => ({ method })
const notification = <Params>(method: string): NotificationDefinition<Params> => ({ method })

/** Raised when a message changes shape; announced under `capabilities.experimental.lateral`. */
export const PROTOCOL_VERSION = 1

export interface SearchParams {
  /** May hold filters such as `dir:src lang:ts kind:function "exact text" /expression/`. */
  query: string
  limit?: number
  /** Search one space only; both by default. */
  space?: Space
  /** Restrict to these workspace folders (URIs); all by default. */
  folders?: string[]
  /** LSP partial results: hits found so far arrive under this token before the answer. */
  partialResultToken?: string | number
}

export interface WireHit extends SearchHit {
  uri: string
  /** Name of the workspace folder. */
  folder: string
}

export interface SearchReply {
  hits: WireHit[]
  elapsedMs: number
  /** Share of known files whose units are searchable, 0..1; below 1 the answer may be incomplete. */
  indexedFraction: number
  /** Set where not every file could be read in time: more may match the query's exact texts or expressions. */
  truncated?: true
  /** Whether every folder that was asked has been searched as a whole: none is still indexed for the first time, or broken. */
  complete: boolean
}

/** client -> server. Ranked units for a question. Cancellable; supports partial results (lexical hits first). */
export const SearchRequest = request<SearchParams, SearchReply>('lateral/search')

export interface ExplainParams {
  /** Of the search that found the hit. */
  query: string
  /** As in the hit; lines are 1-based. */
  uri: string
  startLine: number
  endLine: number
  name?: string
  space?: Space
}

/**
 * client -> server. Why a search finds a hit: what its score is made of, and which words of the query meet which of the
 * unit. As long as a search, and some milliseconds to encode the unit again. Cancellable. E_INDEX_MISSING.
 */
export const ExplainRequest = request<ExplainParams, Explanation>('lateral/explain')

export interface RelatedParams {
  uri: string
  /** 0-based. */
  line: number
  limit?: number
}

/** client -> server. Units like the one at a position, from stored vectors; nothing is encoded. Empty where none is. */
export const RelatedRequest = request<RelatedParams, SearchReply>('lateral/related')

/**
 * `upgrading`: ready, and encoded again behind by models that take over from others. `following`: another process writes
 * this index; it is searched as that process has committed it, and taken over once that process ends.
 */
export type IndexPhase =
  | 'off'
  | 'scanning'
  | 'indexing'
  | 'updating'
  | 'ready'
  | 'following'
  | 'upgrading'
  | 'paused'
  | 'error'

export interface FolderStatus {
  uri: string
  name: string
  phase: IndexPhase
  nFiles: number
  nUnits: number
  /** Files known by the scan but not searchable yet. */
  nPendingFiles: number
  /** 0..1, never falls while one build runs. */
  fraction: number
  tokensPerSecond: number
  etaSeconds: number | null
  sizeBytes: number
  models: { space: Space; id: string }[]
  /** Set in phase `following`: who writes. */
  writer?: string
  /** While these take over from other models, which answer for the rest: of all units, those that they have reached. */
  upgrade?: { nUnits: number; nUnitsDone: number; etaSeconds: number | null }
  /** How many paths the last look at the whole folder left out, or in part, by reason. */
  skipped?: Record<string, number>
  /** What works less well than it could here, and what to do about it: whole sentences. */
  notes?: string[]
  /** Set in phase `error`. */
  error?: { code: string; message: string; advice: string }
}

export interface StatusReply {
  folders: FolderStatus[]
}

/** client -> server. State of every workspace folder's index. */
export const StatusRequest = request<Record<string, never>, StatusReply>('lateral/status')

/** server -> client. Sent at most four times a second while something changes. */
export const StatusChanged = notification<StatusReply>('lateral/statusChanged')

/** client -> server. Each applies to the given folder (URI), or to all, and answers once the work is under way. */
export interface IndexControlParams {
  folder?: string
}
export const IndexBuildRequest = request<IndexControlParams, null>('lateral/index/build')
export const IndexPauseRequest = request<IndexControlParams, null>('lateral/index/pause')
export const IndexResumeRequest = request<IndexControlParams, null>('lateral/index/resume')
export const IndexStopRequest = request<IndexControlParams, null>('lateral/index/stop')
export const IndexRebuildRequest = request<IndexControlParams, null>('lateral/index/rebuild')

export interface TuneParams {
  /** URI; the first folder that can be searched where absent. */
  folder?: string
  nQueries?: number
  /** Progress is reported under it: percentages, and a message. Without it the server opens a display of its own. */
  workDoneToken?: string | number
}

export interface TuneReply extends TuneReport {
  uri: string
  /** Name of the workspace folder. */
  name: string
}

/**
 * client -> server. Measures recall and speed for a grid of search settings on the folder's own index. Takes some ten
 * seconds at 10,000 units. Cancellable, by the request and by its progress; settings are not changed.
 */
export const TuneRequest = request<TuneParams, TuneReply>('lateral/tune')

/** How the editor reaches the network; the environment's variables where it does not say. */
export interface NetworkParams {
  proxy?: string
  /** Hosts reached directly, as in NO_PROXY. */
  noProxy?: string[]
}

export interface ModelListReply {
  models: ModelListing[]
  /** Where installed models are. */
  directory: string
}

/** client -> server. Models that are here, and known ones that can be had. Uses no network. */
export const ModelListRequest = request<Record<string, never>, ModelListReply>('lateral/models/list')

export interface ModelPlanParams {
  id: string
  network?: NetworkParams
}

/** client -> server. What a download would bring; asks the hub unless an earlier yes fixed it. Fetches no file. */
export const ModelPlanRequest = request<ModelPlanParams, PlannedDownload>('lateral/models/plan')

export interface ModelDownloadParams extends ModelPlanParams {
  /** Of the plan that the user said yes to: the server does no other. */
  revision: string
  workDoneToken?: string | number
}

export interface ModelInstalledReply {
  id: string
  directory: string
}

/** client -> server. Downloads what was planned and installs it. Cancellable; the next one goes on where it was. */
export const ModelDownloadRequest = request<ModelDownloadParams, ModelInstalledReply>('lateral/models/download')

export interface ModelImportParams {
  /** Path of a folder or an archive. */
  source: string
  /** Named after the source where absent. */
  id?: string
}

/** client -> server. Installs a model from disk. Cancellable. */
export const ModelImportRequest = request<ModelImportParams, ModelInstalledReply>('lateral/models/import')

export interface ModelRemoveParams {
  id: string
  /** Also when settings or an index use it. */
  force?: boolean
}

/** client -> server. Deletes an installed model. E_MODEL_IN_USE. */
export const ModelRemoveRequest = request<ModelRemoveParams, { sizeBytes: number }>('lateral/models/remove')

/** Sent with `initialize`. */
export interface InitializationOptions {
  /** Folder for indexes; the server's own default where absent. */
  storageDirectory?: string
  /** Folder that holds the built-in models; beside the server where absent. */
  modelsDirectory?: string
  /** For clients that do not answer `workspace/configuration`: the settings, nested or flat, without the prefix. */
  settings?: unknown
}

/** Stands in `data` of every error response of a `lateral/` request. */
export interface ErrorData {
  /** One of `ERROR_CODES`. */
  code: string
  /** What the user can do next. */
  advice: string
  /** Where in the query it is, 1-based in UTF-16 units, for errors about a place in it. */
  column?: number
}

export type {
  DownloadPlan,
  Explanation,
  MeasuredEffort,
  ModelListing,
  PlannedDownload,
  SearchEffort,
  SearchHit,
  Space,
  TuneReport,
  UnitKind,
}
