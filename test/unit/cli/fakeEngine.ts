import type { Explanation } from '../../../server/src/contract/explain.ts'
import type { TuneReport } from '../../../server/src/contract/tuning.ts'
import type { SearchHit } from '../../../server/src/contract/units.ts'
import type {
  BuildOptions,
  BuildReport,
  Engine,
  EngineFolder,
  FolderState,
  TuneOptions,
  UpgradeReport,
} from '../../../server/src/engine/types.ts'

/** An engine without files and models: it answers each query with `hits`, and can be told to fail. */
export interface FakeEngine extends Engine {
  calls: string[]
}

export interface FakeEngineOptions {
  hits?: SearchHit[]
  nFiles?: number
  /** Answers say that not every file could be read. */
  truncated?: true
  indexedFraction?: number
  /** Called by `build`; throwing from it fails the build. */
  onBuild?(options: BuildOptions): void | Promise<void>
  /** What an upgrade came to, where there is one to do. */
  upgraded?: UpgradeReport
  /** Called by `search`; throwing from it fails the search. */
  onSearch?(query: string): void
  /** Called by `tune`, which answers what it returns. */
  onTune?(options: TuneOptions): TuneReport
}

export function createFakeEngine({
  hits = [],
  nFiles = 3,
  truncated,
  indexedFraction = 1,
  onBuild,
  upgraded,
  onSearch,
  onTune,
}: FakeEngineOptions = {}): FakeEngine {
  const calls: string[] = []
  const answer = {
    ...{ hits, elapsedMs: 1.234, indexedFraction, complete: indexedFraction >= 1 && !truncated },
    ...(truncated && { truncated }),
  }
  const openFolder = async (folder: string): Promise<EngineFolder> => ({
    folder,
    build: async (options = {}) => {
      calls.push('build')
      await onBuild?.(options)
      return REPORT
    },
    upgrade: async () => {
      if (upgraded) calls.push('upgrade')
      return upgraded
    },
    search: async (query, options) => {
      calls.push(`search ${query} ${JSON.stringify({ ...options, signal: undefined })}`)
      onSearch?.(query)
      return { ...answer, hits: hits.slice(0, options?.limit) }
    },
    checkFolder: async () => {},
    checkBuildable: async () => {},
    warmUp: async () => void calls.push('warm up'),
    explain: async (query, places) => {
      calls.push(`explain ${query}`)
      return { ...EXPLANATION, hits: places.map(() => EXPLANATION.hits[0]!) }
    },
    related: async (path, line) => {
      calls.push(`related ${path}:${line}`)
      return answer
    },
    tune: async (options = {}) => {
      calls.push(`tune ${options.nQueries}`)
      return onTune ? onTune(options) : TUNED
    },
    unitAt: async () => undefined,
    onDidFindStale: () => ({ dispose: () => {} }),
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
  const dispose = async () => void calls.push('dispose')
  const listIndexes = async () => [LIVE_INDEX, GONE_INDEX]
  return { calls, openFolder, clearFolder, listIndexes, clearGone: async () => [GONE_INDEX], dispose }
}

const LIVE_INDEX = { folder: '/home/me/project', sizeBytes: 320_000, isGone: false }
const GONE_INDEX = { folder: '/home/me/old', sizeBytes: 1_200_000, isGone: true }

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

export const TUNED: TuneReport = {
  nUnits: 5678,
  nQueries: 50,
  current: { nIvfProbe: 8, nFullScores: 4096 },
  exactP50Ms: 61.04,
  measured: [
    { nIvfProbe: 2, nFullScores: 1024, recall: 0.924, p50Ms: 2.31, p95Ms: 4.04 },
    { nIvfProbe: 4, nFullScores: 2048, recall: 0.982, p50Ms: 4.12, p95Ms: 7 },
    { nIvfProbe: 8, nFullScores: 4096, recall: 0.99, p50Ms: 12.345, p95Ms: 15.1 },
  ],
  recommended: { nIvfProbe: 4, nFullScores: 2048 },
  recallDistance: 0.01,
}

export const EXPLANATION: Explanation = {
  route: { name: 'question', reason: 'it has 4 words', semantic: 0.4, lexical: 0.6 },
  hits: [
    {
      path: HIT.path,
      startLine: 10,
      endLine: 24,
      kind: 'function',
      name: HIT.name,
      container: HIT.container,
      rank: 1,
      score: 0.61,
      signals: [
        { name: 'semantic', meaning: 'meaning', effect: 'adds', value: 0.4 },
        { name: 'definition', meaning: 'the unit defines it', effect: 'adds', value: 0.82 },
        { name: 'demotion', meaning: 'a test', effect: 'multiplies', value: 0.5 },
      ],
      words: [
        { word: '', similarity: 0.5, share: 0.2, isShared: false, tokens: [{ text: '', similarity: 0.5 }] },
        {
          word: 'retry',
          similarity: 0.913,
          share: 0.8,
          isShared: true,
          tokens: [
            { text: 'retryWithBackoff', line: 10, similarity: 0.913 },
            { text: 'client', similarity: 0.4 },
          ],
        },
      ],
    },
  ],
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
  kernel: 'simd',
  unusedBytes: 40_000,
  skipped: { link: 1, 'not-a-file': 2 },
  models: [{ space: 'code', id: 'embedded' }],
}
