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
  /** May hold filters such as `dir:src lang:ts kind:function`. */
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
}

/** client -> server. Ranked units for a question. Cancellable; supports partial results (lexical hits first). */
export const SearchRequest = request<SearchParams, SearchReply>('lateral/search')

export interface RelatedParams {
  uri: string
  /** 0-based. */
  line: number
  limit?: number
}

/** client -> server. Units like the one at a position, from stored vectors; nothing is encoded. Empty where none is. */
export const RelatedRequest = request<RelatedParams, SearchReply>('lateral/related')

export type IndexPhase = 'off' | 'scanning' | 'indexing' | 'updating' | 'ready' | 'paused' | 'error'

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
}

export type { SearchHit, Space, UnitKind }
