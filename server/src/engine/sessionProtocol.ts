import type { SearchHit, Space, Unit } from '../contract/units.ts'
import type { IndexOrigin } from '../index/siblings.ts'
import type { IndexPort, SessionStats } from '../ingest/indexPort.ts'
import type { FileSets } from '../search/filters.ts'
import type { UnitPlaces } from '../search/textMatch.ts'

/** Calls between the engine and its index thread. Everything here crosses a thread border as plain data. */
export interface SessionOpenParams {
  /** Folder of this workspace folder's index. */
  directory: string
  kernelDirectory: string
  models: Record<Space, SessionModel>
  /** The models that those take over from; let go at once where none of their vectors is needed, unless `isKept`. */
  previous?: { models: Record<Space, SessionModel>; isKept: boolean }
  /** Bits a dimension of what is yet to be trained; 4 by default. */
  nbits?: 1 | 2 | 4
  /** Most bytes that residuals of all stores may take in memory. */
  memoryLimitBytes?: number
  /** Threads of one search; 1 by default. */
  searchThreads?: number
  /** Version of the rules by which files are cut now; without it those of other rules are left alone. */
  rules?: string
  /** The folder and its repository; without it vectors are neither offered to other indexes nor taken from them. */
  origin?: IndexOrigin
}

export interface SessionModel {
  id: string
  fingerprint: string
  dim: number
}

export interface QueryRows {
  nTokens: number
  dim: number
  data: Float32Array
}

export interface SessionSearchParams {
  query: string
  limit: number
  space?: Space
  mode: 'all' | 'semantic' | 'lexical'
  nIvfProbe: number
  nFullScores: number
  /** The query's rows by space; absent spaces are searched by words only. */
  rows: Partial<Record<Space, QueryRows>>
  /** The same of the models before, while they answer for some units. */
  previousRows?: Partial<Record<Space, QueryRows>>
  /** What git or the editor says, where the query asks for it. */
  fileSets?: FileSets
  /** Lines that `like:` values name, as the index has them, by the value's column: they have moved in the file since. */
  likeLines?: Record<number, { start: number; end: number }>
  /** Whether the hits shall say what their scores are made of. */
  withSignals?: boolean
  /** Only these units, whose texts are known to meet the query's conditions. Those that moved since are left out. */
  only?: UnitPlaces
}

/** What finds a unit again in a file that has changed. */
export interface OutlinedUnit
  extends Pick<Unit, 'name' | 'container' | 'startLine' | 'endLine' | 'nameLine' | 'linesHash' | 'headHash'> {}

/** The units of a file as the index has them, as they are sorted when they are cut. */
export interface FileOutline {
  path: string
  /** Of the bytes that the units were cut from. */
  contentHash: string
  units: OutlinedUnit[]
}

/** A hit before it met the live text: no absolute path, no snippet. */
export interface SessionHit extends Omit<SearchHit, 'absolutePath' | 'snippet' | 'snippetLine'>, OutlinedUnit {
  /** Of the bytes that the file had when it was cut: its lines are those of this text. */
  contentHash: string
  /** Whether it was cut by the present rules. */
  isCurrent?: boolean
  /** Contributions to the score by signal name, where they were asked for. */
  signals?: Record<string, number>
  /** The line that meets the query's conditions, where it has any. */
  matchLine?: number
}

/** Units to make questions from, and whether there is anything to measure. */
export interface TuneSample {
  nUnits: number
  /** Up to so many units every search is exact. */
  nUnitsExact: number
  /** False before any vectors can be searched. */
  hasVectors: boolean
  units: { path: string; startLine: number; name: string; container: string }[]
}

export interface TimedSearchParams {
  nIvfProbe: number
  nFullScores: number
  /** Scores every unit in full. */
  exhaustive?: boolean
  rows: Partial<Record<Space, QueryRows>>
}

export interface TimedSearch {
  ms: number
  /** The ten best scores in each store of vectors. Those of one unit are the same however it was found. */
  scores: number[][]
}

export interface SessionMethods extends IndexPort {
  open(params: SessionOpenParams): SessionStats
  /** After a failed write: the next one reads the index from disk again first. */
  distrust(params: null): void
  /** Whether a build could write now: rejects with what it would fail with. Some milliseconds. */
  checkWritable(params: null): void
  search(params: SessionSearchParams): SessionHit[]
  /** All units that pass the filters, by path and line; conditions on their texts are not looked at. */
  places(params: Pick<SessionSearchParams, 'query' | 'space' | 'fileSets' | 'likeLines'>): UnitPlaces
  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[]
  unitAt(params: { path: string; line: number }): { name: string; nameLine: number } | undefined
  /** Of those of these files that the index has. */
  outlines(params: { paths: string[] }): FileOutline[]
  tuneSample(params: { limit: number; seed: number }): TuneSample
  timedSearch(params: TimedSearchParams): TimedSearch
  close(params: null): void
}
