import type { SearchHit } from '../../../server/src/contract/units.ts'
import type { BuildOptions, BuildReport, Engine, EngineFolder, FolderState } from '../../../server/src/engine/types.ts'

/** An engine without files and models: it answers each query with `hits`, and can be told to fail. */
export interface FakeEngine extends Engine {
  calls: string[]
}

export interface FakeEngineOptions {
  hits?: SearchHit[]
  nFiles?: number
  /** Called by `build`; throwing from it fails the build. */
  onBuild?(options: BuildOptions): void | Promise<void>
  /** Called by `search`; throwing from it fails the search. */
  onSearch?(query: string): void
}

export function createFakeEngine({ hits = [], nFiles = 3, onBuild, onSearch }: FakeEngineOptions = {}): FakeEngine {
  const calls: string[] = []
  const answer = { hits, elapsedMs: 1.234, indexedFraction: 1 }
  const openFolder = async (folder: string): Promise<EngineFolder> => ({
    folder,
    build: async (options = {}) => {
      calls.push('build')
      await onBuild?.(options)
      return REPORT
    },
    search: async (query, options) => {
      calls.push(`search ${query} ${JSON.stringify({ ...options, signal: undefined })}`)
      onSearch?.(query)
      return { ...answer, hits: hits.slice(0, options?.limit) }
    },
    related: async (path, line) => {
      calls.push(`related ${path}:${line}`)
      return answer
    },
    unitAt: async () => undefined,
    setOpenText: () => {},
    status: async () => ({ ...STATE, folder, nFiles }),
    pause: () => {},
    resume: () => {},
    setSettings: () => {},
    clear: async () => void calls.push('clear'),
    close: async () => void calls.push('close'),
    onDidChangeState: () => ({ dispose: () => {} }),
  })
  const clearFolder = async () => {
    calls.push('clear')
    return STATE.sizeBytes
  }
  return { calls, openFolder, clearFolder, dispose: async () => void calls.push('dispose') }
}

export const HIT: SearchHit = {
  path: 'src/retry.ts',
  absolutePath: '/home/me/project/src/retry.ts',
  startLine: 10,
  endLine: 24,
  nameLine: 10,
  kind: 'function',
  name: 'retryWithBackoff',
  container: 'Client',
  language: 'typescript',
  space: 'code',
  score: 1,
  snippet: 'await sleep(delayMs)',
  snippetLine: 18,
}

const REPORT: BuildReport = {
  nFiles: 2034,
  nFilesChanged: 12,
  nFilesRemoved: 1,
  nUnits: 5678,
  nUnitsReused: 5600,
  nUnitsEncoded: 78,
  nTokensEncoded: 12_345,
  elapsedMs: 41_000,
  encodeMs: 1000,
  skipped: [
    { path: 'a.png', outcome: 'binary' },
    { path: 'b.png', outcome: 'binary' },
    { path: 'c.json', outcome: 'too-large' },
  ],
  nTokens: 1_234_567,
  sizeBytes: 48_148_113,
}

const STATE: FolderState = {
  folder: '',
  phase: 'ready',
  nFiles: 3,
  nUnits: 40,
  nPendingFiles: 0,
  fraction: 1,
  tokensPerSecond: 0,
  etaSeconds: null,
  nTokens: 8000,
  sizeBytes: 320_000,
  models: [{ space: 'code', id: 'embedded' }],
}
