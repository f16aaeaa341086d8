import { rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import { AppError, CancelledError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Chunker } from '../chunk/chunker.ts'
import { startWorkerChunker } from '../chunk/workerChunker.ts'
import type { Explanation } from '../contract/explain.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { TuneReport } from '../contract/tuning.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import { type PipelineOptions, updateIndex } from '../ingest/pipeline.ts'
import { FolderSearch } from './folderSearch.ts'
import { FolderStates } from './folderStates.ts'
import { tuneFolder } from './folderTune.ts'
import { explainHits } from './hitExplanation.ts'
import { type IndexThread, startIndexThread } from './indexThread.ts'
import { LiveText } from './liveText.ts'
import { PauseGate } from './pauseGate.ts'
import { repositoryIdentity } from './repositoryIdentity.ts'
import { TextThread } from './textThread.ts'
import { createTurns } from './turns.ts'
import type {
  BuildOptions,
  BuildReport,
  EngineFolder,
  ExplainedPlace,
  FolderState,
  SearchAnswer,
  SearchOptions,
  TuneOptions,
} from './types.ts'

export interface FolderEngineDeps {
  folder: string
  /** Folder of the index. */
  directory: string
  bundleDirectory: string
  encoders: Record<Space, Encoder>
  settings: Settings
  log: Log
  now: () => number
  onClose: (folder: FolderEngine) => void
}

/** One workspace folder: its index thread, its chunker, its builds and searches. */
export class FolderEngine implements EngineFolder {
  readonly #live: LiveText
  readonly #gate = new PauseGate()
  readonly #states: FolderStates
  /** Ends the builds that are under way; replaced when the index is cleared. */
  #stop = new AbortController()
  #settings: Settings
  #fullBuild: Promise<BuildReport> | undefined
  readonly #updateTurns = createTurns()
  /** Builds from their call to their end, waiting ones included. */
  readonly #builds = new Set<Promise<unknown>>()
  readonly #inTurn = createTurns()
  #clearing: Promise<void> | undefined
  readonly #search: FolderSearch
  readonly #texts: TextThread

  private constructor(
    private readonly deps: FolderEngineDeps,
    private readonly thread: IndexThread,
    private readonly chunker: Chunker,
    stats: SessionStats,
  ) {
    this.#settings = deps.settings
    this.#live = new LiveText(deps.folder)
    const models = (['code', 'docs'] as const).map((space) => ({ space, id: deps.encoders[space].model.id }))
    this.#states = new FolderStates(deps.folder, models, stats, () => runtimeNotes(deps.encoders))
    this.#texts = new TextThread(path.join(deps.bundleDirectory, 'textWorker.js'))
    this.#search = new FolderSearch({
      folder: deps.folder,
      index: thread.calls,
      encoders: deps.encoders,
      live: this.#live,
      texts: this.#texts,
      states: this.#states,
      now: deps.now,
    })
  }

  static async open(deps: FolderEngineDeps): Promise<FolderEngine> {
    const thread = startIndexThread(path.join(deps.bundleDirectory, 'indexWorker.js'), deps.log)
    try {
      const stats = await thread.calls.open(openParams(deps))
      const chunker = startWorkerChunker({
        workerFile: path.join(deps.bundleDirectory, 'chunkWorker.js'),
        grammarsDirectory: path.join(deps.bundleDirectory, 'grammars'),
        maxFileSizeBytes: deps.settings['index.maxFileSizeKb'] * 1024,
        log: deps.log,
      })
      return new FolderEngine(deps, thread, chunker, stats)
    } catch (error) {
      await thread.end()
      throw error
    }
  }

  get folder(): string {
    return this.deps.folder
  }

  build(options: BuildOptions = {}): Promise<BuildReport> {
    const stop = this.#stop.signal
    if (options.paths) return this.#counted(this.#updateTurns(() => this.#run('updating', options, stop)))
    if (this.#fullBuild) return raceAbort(this.#fullBuild, options.signal)
    const build = this.#run('indexing', options, stop).finally(() => {
      if (this.#fullBuild === build) this.#fullBuild = undefined
    })
    this.#fullBuild = build
    return this.#counted(build)
  }

  search(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    return this.#search.search(query, this.#settings, options)
  }

  async explain(query: string, places: readonly ExplainedPlace[], options: SearchOptions = {}): Promise<Explanation> {
    const { encoders } = this.deps
    const { found } = await this.#search.ranked(query, this.#settings, options)
    return explainHits({ encoders, chunker: this.chunker, live: this.#live }, query, found, places, options.signal)
  }

  related(file: string, line: number, options: { limit?: number; signal?: AbortSignal } = {}): Promise<SearchAnswer> {
    return this.#search.related(file, line, this.#settings, options)
  }

  tune(options: TuneOptions = {}): Promise<TuneReport> {
    const { folder, encoders } = this.deps
    const { 'search.nIvfProbe': nIvfProbe, 'search.nFullScores': nFullScores } = this.#settings
    const deps = { folder, encoders, index: this.thread.calls, chunker: this.chunker }
    const stop = this.#stop.signal
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    return tuneFolder(deps, { nIvfProbe, nFullScores }, { ...options, signal })
  }

  async unitAt(file: string, line: number): Promise<{ name: string; nameLine: number } | undefined> {
    return this.thread.calls.unitAt({ path: file, line })
  }

  setOpenText(file: string, text: string | undefined): void {
    this.#live.setOpenText(file, text)
  }

  async status(): Promise<FolderState> {
    this.#states.setStats(await this.thread.calls.stats(null))
    return this.#states.current
  }

  pause(): void {
    this.#gate.close()
    this.#states.setPaused(true)
  }

  resume(): void {
    this.#gate.open()
    this.#states.setPaused(false)
  }

  setSettings(settings: Settings): void {
    this.#settings = settings
  }

  clear(): Promise<void> {
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#fullBuild = undefined
    const ended = Promise.allSettled([this.#clearing, ...this.#builds])
    const clearing = ended.then(() => this.#clear())
    const settled = clearing
      .catch(() => {})
      .then(() => {
        if (this.#clearing === settled) this.#clearing = undefined
      })
    this.#clearing = settled
    return clearing
  }

  async close(): Promise<void> {
    this.#stop.abort()
    const ended = Promise.allSettled([this.#clearing, ...this.#builds]).then(() => this.thread.calls.close(null))
    // What takes longer, such as training a codec, is cut off as a crash would: what is committed stays.
    const patience = new AbortController()
    await Promise.race([ended, setTimeout(MAX_CLOSE_MS, undefined, patience)].map((each) => each.catch(() => {})))
    patience.abort()
    await this.thread.end()
    await this.#texts.end()
    await this.chunker.dispose()
    await Promise.allSettled(this.#builds)
    this.deps.onClose(this)
  }

  onDidChangeState(listener: (state: FolderState) => void): { dispose(): void } {
    return this.#states.onDidChange(listener)
  }

  #counted<T>(build: Promise<T>): Promise<T> {
    this.#builds.add(build)
    build.catch(() => {}).finally(() => this.#builds.delete(build))
    return build
  }

  /** Nothing else runs. A reader must not pull the index from under its writer: `E_LOCKED`. */
  async #clear(): Promise<void> {
    const { calls } = this.thread
    await calls.acquireWriter(null)
    await calls.close(null)
    try {
      await rm(this.deps.directory, { recursive: true, force: true })
    } finally {
      // A rebuild takes the settings of now.
      this.#states.setStats(await calls.open(openParams({ ...this.deps, settings: this.#settings })))
    }
  }

  async #run(phase: 'indexing' | 'updating', options: BuildOptions, stop: AbortSignal): Promise<BuildReport> {
    const startedMs = this.deps.now()
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    throwIfAborted(signal)
    if (this.#clearing) await this.#clearing
    this.#states.begin(phase)
    try {
      const report = await updateIndex(this.#pipelineDeps(), {
        scan: this.#scanOptions(),
        unusedLimitBytes: this.#settings['index.unusedLimitMb'] * 2 ** 20,
        ...(options.paths && { paths: options.paths }),
        signal,
        gate: () => this.#gate.pass(signal),
        onProgress: (progress) => {
          this.#states.progress(phase, progress)
          options.onProgress?.(progress)
        },
      })
      const stats = await this.thread.calls.stats(null)
      this.#states.setStats(stats)
      this.#states.end(phase)
      const { nUnits, nTokens, sizeBytes } = stats
      const nUnitsReused = Math.max(0, nUnits - report.nUnitsEncoded)
      return { ...report, nUnits, nUnitsReused, nTokens, sizeBytes, elapsedMs: this.deps.now() - startedMs }
    } catch (error) {
      // Whatever else went wrong while everything ended is of no interest.
      const cause = stop.aborted ? new CancelledError() : error
      // Another process writes this index: here it is followed, which is no failure.
      if (isCancelled(cause) || (cause instanceof AppError && cause.code === 'E_LOCKED')) {
        if (!stop.aborted) await this.status().catch(() => {})
        this.#states.end(phase)
      } else this.#states.fail(phase, asPlainError(cause))
      throw cause
    }
  }

  #pipelineDeps() {
    const { folder, encoders, log, now } = this.deps
    return { folder, encoders, log, now, index: this.thread.calls, chunker: this.chunker, inTurn: this.#inTurn }
  }

  #scanOptions(): PipelineOptions['scan'] {
    return {
      useIgnoreFiles: this.#settings['index.useIgnoreFiles'],
      exclude: this.#settings['index.exclude'],
      // As opened: the chunker refuses larger files in any case.
      maxFileSizeBytes: this.deps.settings['index.maxFileSizeKb'] * 1024,
    }
  }
}

function openParams({ folder, directory, bundleDirectory, encoders, settings }: FolderEngineDeps) {
  const modelOf = (space: Space) => {
    const { id, fingerprint, dim } = encoders[space].model
    return { id, fingerprint, dim }
  }
  const models = { code: modelOf('code'), docs: modelOf('docs') }
  const nbits = settings['index.nbits']
  const memoryLimitBytes = settings['index.memoryLimitMb'] * 2 ** 20
  const searchThreads = settings['search.threads'] || Math.min(4, Math.max(1, availableParallelism() >> 1))
  const origin = { folder, repository: repositoryIdentity(folder) }
  return { directory, kernelDirectory: bundleDirectory, models, nbits, memoryLimitBytes, searchThreads, origin }
}

/** Two models in the same plight say so once. */
function runtimeNotes(encoders: Record<Space, Encoder>): string[] {
  const notes = Object.values(encoders).map(({ runtime }) => runtime?.note)
  return [...new Set(notes)].filter((note) => note !== undefined)
}

function asPlainError(error: unknown): { code: string; message: string; advice: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message, advice: error.advice }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'E_INTERNAL', message, advice: 'See the log.' }
}

const MAX_CLOSE_MS = 700
