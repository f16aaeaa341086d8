import { rm } from 'node:fs/promises'
import path from 'node:path'
import { AppError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Chunker } from '../chunk/chunker.ts'
import { startWorkerChunker } from '../chunk/workerChunker.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import { type PipelineOptions, updateIndex } from '../ingest/pipeline.ts'
import { FolderSearch } from './folderSearch.ts'
import { FolderStates } from './folderStates.ts'
import { type IndexThread, startIndexThread } from './indexThread.ts'
import { LiveText } from './liveText.ts'
import { PauseGate } from './pauseGate.ts'
import type { BuildOptions, BuildReport, EngineFolder, FolderState, SearchAnswer, SearchOptions } from './types.ts'

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
  readonly #stop = new AbortController()
  #settings: Settings
  #fullBuild: Promise<BuildReport> | undefined
  #updates: Promise<unknown> = Promise.resolve()
  #search: FolderSearch

  private constructor(
    private readonly deps: FolderEngineDeps,
    private readonly thread: IndexThread,
    private readonly chunker: Chunker,
    stats: SessionStats,
  ) {
    this.#settings = deps.settings
    this.#live = new LiveText(deps.folder)
    const models = (['code', 'docs'] as const).map((space) => ({ space, id: deps.encoders[space].model.id }))
    this.#states = new FolderStates(deps.folder, models, stats)
    this.#search = new FolderSearch(thread.calls, deps.encoders, this.#live, this.#states, deps.now)
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
    if (options.paths) {
      const update = this.#updates.then(() => this.#run('updating', options))
      this.#updates = update.catch(() => {})
      return update
    }
    this.#fullBuild ??= this.#run('indexing', options).finally(() => {
      this.#fullBuild = undefined
    })
    return this.#fullBuild
  }

  search(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    return this.#search.search(query, this.#settings, options)
  }

  related(file: string, line: number, options: { limit?: number; signal?: AbortSignal } = {}): Promise<SearchAnswer> {
    return this.#search.related(file, line, this.#settings, options)
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
    this.#states.update({ phase: 'paused' })
  }

  resume(): void {
    this.#gate.open()
    this.#states.update({ phase: this.#fullBuild ? 'indexing' : 'ready' })
  }

  setSettings(settings: Settings): void {
    this.#settings = settings
  }

  async clear(): Promise<void> {
    await this.thread.calls.close(null)
    await rm(this.deps.directory, { recursive: true, force: true })
    this.#states.setStats(await this.thread.calls.open(openParams(this.deps)))
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#gate.open()
    await Promise.allSettled([this.#fullBuild, this.#updates])
    await this.thread.calls.close(null).catch(() => {})
    await this.thread.end()
    await this.chunker.dispose()
    this.deps.onClose(this)
  }

  onDidChangeState(listener: (state: FolderState) => void): { dispose(): void } {
    return this.#states.onDidChange(listener)
  }

  async #run(phase: 'indexing' | 'updating', options: BuildOptions): Promise<BuildReport> {
    const startedMs = this.deps.now()
    const signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal
    this.#states.begin(phase)
    try {
      const report = await updateIndex(this.#pipelineDeps(), {
        scan: this.#scanOptions(),
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
      // Another process writes this index: here it is followed, which is no failure.
      if (isCancelled(error) || (error instanceof AppError && error.code === 'E_LOCKED')) this.#states.end(phase)
      else this.#states.fail(asPlainError(error))
      throw error
    }
  }

  #pipelineDeps() {
    const { folder, encoders, log, now } = this.deps
    return { folder, encoders, log, now, index: this.thread.calls, chunker: this.chunker }
  }

  #scanOptions(): PipelineOptions['scan'] {
    return {
      useIgnoreFiles: this.#settings['index.useIgnoreFiles'],
      exclude: this.#settings['index.exclude'],
      maxFileSizeBytes: this.#settings['index.maxFileSizeKb'] * 1024,
    }
  }
}

function openParams({ directory, bundleDirectory, encoders }: FolderEngineDeps) {
  const modelOf = (space: Space) => {
    const { id, fingerprint, dim } = encoders[space].model
    return { id, fingerprint, dim }
  }
  return { directory, kernelDirectory: bundleDirectory, models: { code: modelOf('code'), docs: modelOf('docs') } }
}

function asPlainError(error: unknown): { code: string; message: string; advice: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message, advice: error.advice }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'E_INTERNAL', message, advice: 'See the log.' }
}
