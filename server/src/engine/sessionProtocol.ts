import type { SearchHit, Space } from '../contract/units.ts'
import type { IndexPort, SessionStats } from '../ingest/indexPort.ts'

/** Calls between the engine and its index thread. Everything here crosses a thread border as plain data. */
export interface SessionOpenParams {
  /** Folder of this workspace folder's index. */
  directory: string
  kernelDirectory: string
  models: Record<Space, SessionModel>
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
}

/** A hit before it met the live text: no absolute path, no snippet. */
export interface SessionHit extends Omit<SearchHit, 'absolutePath' | 'snippet' | 'snippetLine'> {
  /** Contributions to the score by signal name. */
  signals: Record<string, number>
}

export interface SessionMethods extends IndexPort {
  open(params: SessionOpenParams): SessionStats
  search(params: SessionSearchParams): SessionHit[]
  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[]
  unitAt(params: { path: string; line: number }): { name: string; nameLine: number } | undefined
  close(params: null): void
}
