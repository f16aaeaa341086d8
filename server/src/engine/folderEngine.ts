import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import { systemClock } from '../base/clock.ts'
import { AppError, CancelledError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ErrorCode } from '../contract/errorCodes.ts'
import type { Explanation } from '../contract/explain.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { TuneReport } from '../contract/tuning.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import { readOrigin } from '../index/siblings.ts'
import type { SessionStats } from '../ingest/indexPort.ts'
import { type PipelineDeps, type PipelineOptions, updateIndex, upgradeIndex } from '../ingest/pipeline.ts'
import { checkRoot } from './folderRoot.ts'
import { FolderSearch } from './folderSearch.ts'
import { FolderStates } from './folderStates.ts'
import type { FolderThreads } from './folderThreads.ts'
import { tuneFolder } from './folderTune.ts'
import { explainHits } from './hitExplanation.ts'
import { LiveText } from './liveText.ts'
import type { ModelsInUse } from './models.ts'
import { type FolderParams, folderParams, type OpenedAhead, type OpenedIndex, openIndex } from './openIndex.ts'
import { PauseGate } from './pauseGate.ts'
import { RecentFiles } from './recentFiles.ts'
import { storedModels, writeStoredModels } from './storedModels.ts'
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
  UpgradeOptions,
  UpgradeReport,
} from './types.ts'
import { WARM_UP_QUESTIONS, WarmUp, warmUpQuestions } from './warmUp.ts'

export interface FolderEngineDeps {
  folder: string
  /** Folder of the index. */
  directory: string
  bundleDirectory: string
  encoders: Record<Space, Encoder>
  settings: Settings
  /** The encoders of other models than the chosen ones. */
  otherModels(changes: Partial<Settings>): Promise<ModelsInUse>
  /** Answers for a folder that the chosen models have not seen as a whole yet. */
  bridgeModel?: string
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
  #upgrade: Promise<UpgradeReport | undefined> | undefined
  /** Of the models that the chosen ones take over from. */
  #previous: ModelsInUse | undefined
  /** Whether the index was whole once, as far as this process knows. */
  #wasBuilt: boolean
  readonly #recent = new RecentFiles()
  readonly #updateTurns = createTurns()
  /** Builds from their call to their end, waiting ones included. */
  readonly #builds = new Set<Promise<unknown>>()
  readonly #inTurn = createTurns()
  #clearing: Promise<void> | undefined
  readonly #search: FolderSearch
  readonly #texts: TextThread
  readonly #warmUp: WarmUp
  #warming: Promise<void> | undefined
  readonly #staleListeners = new Set<(path: string) => void>()

  private constructor(
    private readonly deps: FolderEngineDeps,
    private readonly threads: FolderThreads,
    { stats, previous }: OpenedIndex,
  ) {
    this.#previous = previous
    this.#wasBuilt = stats.isBuilt
    this.#settings = deps.settings
    this.#live = new LiveText(deps.folder, {
      outlines: (paths) => threads.index.calls.outlines({ paths }),
      onStale: (file) => {
        for (const listener of this.#staleListeners) listener(file)
      },
      maxFileSizeBytes: deps.settings['index.maxFileSizeKb'] * 1024,
    })
    const models = (['code', 'docs'] as const).map((space) => ({ space, id: deps.encoders[space].model.id }))
    this.#states = new FolderStates(deps.folder, models, stats, () => runtimeNotes(deps.encoders))
    this.#texts = new TextThread(path.join(deps.bundleDirectory, 'textWorker.js'))
    this.#search = new FolderSearch({
      folder: deps.folder,
      index: threads.index.calls,
      encoders: deps.encoders,
      previous: () => this.#previous?.encoders,
      live: this.#live,
      texts: this.#texts,
      states: this.#states,
      now: deps.now,
    })
    // As the editor asks: words first, then all.
    const ask = (question: string, signal: AbortSignal) =>
      this.#search.search(question, this.#settings, { signal, onPartial: () => {} })
    this.#warmUp = new WarmUp(ask, systemClock)
  }

  /** Takes the threads over, and the index that is open or about to be: they end with the folder. */
  static async open(
    threads: FolderThreads,
    deps: FolderEngineDeps,
    params: FolderParams,
    ahead: OpenedAhead | undefined,
  ): Promise<FolderEngine> {
    return new FolderEngine(deps, threads, await openIndex(threads.index.calls, params, deps, ahead))
  }

  get folder(): string {
    return this.deps.folder
  }

  build(options: BuildOptions = {}): Promise<BuildReport> {
    const stop = this.#stop.signal
    for (const file of options.paths?.slice(0, MAX_SAVED_FILES) ?? []) this.#recent.touch(file)
    if (options.paths) return this.#counted(this.#updateTurns(() => this.#run('updating', options, stop)))
    if (this.#fullBuild) return raceAbort(this.#fullBuild, options.signal)
    const build = this.#run('indexing', options, stop).finally(() => {
      if (this.#fullBuild === build) this.#fullBuild = undefined
    })
    this.#fullBuild = build
    return this.#counted(build)
  }

  async upgrade(options: UpgradeOptions = {}): Promise<UpgradeReport | undefined> {
    if (this.#upgrade) return raceAbort(this.#upgrade, options.signal)
    const upgrade = this.#runUpgrade(options, this.#stop.signal).finally(() => {
      if (this.#upgrade === upgrade) this.#upgrade = undefined
    })
    this.#upgrade = upgrade
    return this.#counted(upgrade)
  }

  search(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    return this.#warmUp.first(async () => {
      await this.#follow()
      return this.#search.search(query, this.#settings, options)
    })
  }

  warmUp(): Promise<void> {
    this.#warming ??= this.#askUnasked()
      .catch((error) => {
        if (!isCancelled(error)) this.deps.log.debug(`${this.folder}: not warmed up: ${(error as Error).message}`)
        return false
      })
      .then((isWarm) => {
        if (!isWarm) this.#warming = undefined
      })
    return this.#warming
  }

  async explain(query: string, places: readonly ExplainedPlace[], options: SearchOptions = {}): Promise<Explanation> {
    const { encoders } = this.deps
    const { found } = await this.#warmUp.first(() => this.#search.ranked(query, this.#settings, options))
    return explainHits(
      { encoders, chunker: this.threads.chunker, live: this.#live },
      query,
      found,
      places,
      options.signal,
    )
  }

  related(file: string, line: number, options: { limit?: number; signal?: AbortSignal } = {}): Promise<SearchAnswer> {
    return this.#warmUp.first(async () => {
      await this.#follow()
      return this.#search.related(file, line, this.#settings, options)
    })
  }

  tune(options: TuneOptions = {}): Promise<TuneReport> {
    const { folder, encoders } = this.deps
    const { 'search.nIvfProbe': nIvfProbe, 'search.nFullScores': nFullScores } = this.#settings
    const deps = { folder, encoders, index: this.threads.index.calls, chunker: this.threads.chunker }
    const stop = this.#stop.signal
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    return tuneFolder(deps, { nIvfProbe, nFullScores }, { ...options, signal })
  }

  async unitAt(file: string, line: number): Promise<{ name: string; nameLine: number } | undefined> {
    const unit = await this.#live.unitAt(file, line)
    return unit && { name: unit.name, nameLine: unit.nameLine }
  }

  setOpenText(file: string, text: string | undefined): void {
    if (text !== undefined) this.#recent.touch(file)
    this.#live.setOpenText(file, text)
  }

  checkFolder(): Promise<void> {
    return checkRoot(this.folder)
  }

  async checkBuildable(): Promise<void> {
    await this.checkFolder()
    await this.threads.index.calls.checkWritable(null)
    await this.status()
  }

  async status(): Promise<FolderState> {
    this.#states.setStats(await this.threads.index.calls.stats(null))
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
    this.#upgrade = undefined
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
    const ended = Promise.allSettled([this.#clearing, ...this.#builds]).then(() => this.threads.index.calls.close(null))
    // What takes longer, such as training a codec, is cut off as a crash would: what is committed stays.
    const patience = new AbortController()
    await Promise.race([ended, setTimeout(MAX_CLOSE_MS, undefined, patience)].map((each) => each.catch(() => {})))
    patience.abort()
    await this.threads.end()
    await this.#texts.end()
    await Promise.allSettled(this.#builds)
    this.#previous?.release()
    this.deps.onClose(this)
  }

  onDidChangeState(listener: (state: FolderState) => void): { dispose(): void } {
    return this.#states.onDidChange(listener)
  }

  onDidFindStale(listener: (path: string) => void): { dispose(): void } {
    this.#staleListeners.add(listener)
    return { dispose: () => this.#staleListeners.delete(listener) }
  }

  /** How much can be searched is for the writer to change, where that is another process. */
  async #follow(): Promise<void> {
    if (this.#states.current.writer !== undefined) await this.status()
  }

  #counted<T>(build: Promise<T>): Promise<T> {
    this.#builds.add(build)
    build.catch(() => {}).finally(() => this.#builds.delete(build))
    return build
  }

  /** Whether there was anything to ask for. */
  async #askUnasked(): Promise<boolean> {
    const { signal } = this.#stop
    const { index } = this.threads
    const { units, hasVectors } = await index.calls.tuneSample({ limit: WARM_UP_QUESTIONS, seed: 1 }, signal)
    if (!hasVectors) return false
    const startedMs = this.deps.now()
    await this.#warmUp.run(warmUpQuestions(units, WARM_UP_QUESTIONS), signal)
    this.deps.log.debug(`${this.folder}: warmed up in ${Math.round(this.deps.now() - startedMs)} ms`)
    return units.length > 0
  }

  /** Nothing else runs. A reader must not pull the index from under its writer: `E_LOCKED`. */
  async #clear(): Promise<void> {
    const { calls } = this.threads.index
    await calls.acquireWriter(null)
    await calls.close(null)
    try {
      await rm(this.deps.directory, { recursive: true, force: true })
    } finally {
      this.#previous?.release()
      this.#previous = undefined
      // A rebuild takes the settings of now.
      const { stats, previous } = await openIndex(
        calls,
        folderParams({ ...this.deps, settings: this.#settings }),
        this.deps,
      )
      this.#previous = previous
      this.#states.setStats(stats)
    }
  }

  async #run(phase: 'indexing' | 'updating', options: BuildOptions, stop: AbortSignal): Promise<BuildReport> {
    const startedMs = this.deps.now()
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    throwIfAborted(signal)
    if (this.#clearing) await this.#clearing
    this.#states.begin(phase)
    try {
      const { isComplete, ...report } = await onceMore(() =>
        updateIndex(this.#pipelineDeps(), {
          ...this.#pipelineOptions(signal),
          ...(options.paths && { paths: options.paths }),
          ...(options.upkeep && { upkeep: true }),
          onProgress: (progress) => {
            this.#states.progress(phase, progress)
            options.onProgress?.(progress)
          },
        }),
      )
      if (isComplete) this.#complete()
      const stats = await this.threads.index.calls.stats(null)
      this.#states.setStats(stats)
      this.#states.end(phase)
      this.#makeWholeAgain(stats)
      const { nUnits, nTokens, sizeBytes } = stats
      const nUnitsReused = Math.max(0, nUnits - report.nUnitsEncoded)
      return { ...report, nUnits, nUnitsReused, nTokens, sizeBytes, elapsedMs: this.deps.now() - startedMs }
    } catch (error) {
      throw await this.#ended(phase, error, stop)
    }
  }

  /** An update of some files may find that the index has gone, and is then all that there is in it. */
  #makeWholeAgain({ isBuilt }: SessionStats): void {
    const isLost = this.#wasBuilt && !isBuilt
    this.#wasBuilt = isBuilt
    if (isLost) this.build().catch((error) => this.deps.log.warn(`${this.folder}: ${(error as Error).message}`))
  }

  async #runUpgrade(options: UpgradeOptions, stop: AbortSignal): Promise<UpgradeReport | undefined> {
    const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop
    throwIfAborted(signal)
    if (this.#clearing) await this.#clearing
    try {
      const isDue = this.#previous || (await this.threads.index.calls.filesOfOtherRules(null)).length > 0
      if (!isDue) return undefined
      const report = await upgradeIndex(this.#pipelineDeps(), {
        ...this.#pipelineOptions(signal),
        onProgress: (progress) => {
          if (progress.phase === 'upgrading') this.#states.setUpgrading(progress)
          options.onProgress?.(progress)
        },
      })
      if (report.isComplete) this.#complete()
      this.#states.setUpgrading(undefined)
      await this.status()
      return report
    } catch (error) {
      this.#states.setUpgrading(undefined)
      throw await this.#ended('updating', error, stop)
    }
  }

  /** What a run is to fail with, after the state has taken note of it. */
  async #ended(phase: 'indexing' | 'updating', error: unknown, stop: AbortSignal): Promise<unknown> {
    // Whatever else went wrong while everything ended is of no interest.
    const cause = stop.aborted ? new CancelledError() : error
    // Another process writes this index: here it is followed, which is no failure.
    if (isCancelled(cause) || (cause instanceof AppError && cause.code === 'E_LOCKED')) {
      if (!stop.aborted) await this.status().catch(() => {})
      this.#states.end(phase)
    } else {
      const isOnDisk = cause instanceof AppError && HARMLESS.has(cause.code)
      if (!isOnDisk) await this.threads.index.calls.distrust(null).catch(() => {})
      this.#states.fail(phase, asPlainError(cause))
    }
    return cause
  }

  /** Every unit has vectors of the chosen models: from now on others would take over from them. */
  #complete(): void {
    const { directory, settings, encoders, log } = this.deps
    try {
      writeStoredModels(directory, storedModels(settings, encoders))
    } catch (error) {
      log.error(`The models of the index could not be noted: ${(error as Error).message}`)
    }
    this.#previous?.release()
    this.#previous = undefined
  }

  #pipelineDeps(): PipelineDeps {
    const { folder, directory, encoders, log, now } = this.deps
    const indexedDevice = () => readOrigin(directory)?.device
    const own = { indexedDevice, index: this.threads.index.calls, chunker: this.threads.chunker, inTurn: this.#inTurn }
    return { folder, encoders, log, now, previous: () => this.#previous?.encoders, ...own }
  }

  #pipelineOptions(signal: AbortSignal): PipelineOptions {
    return {
      scan: {
        useIgnoreFiles: this.#settings['index.useIgnoreFiles'],
        exclude: this.#settings['index.exclude'],
        // As opened: the chunker refuses larger files in any case.
        maxFileSizeBytes: this.deps.settings['index.maxFileSizeKb'] * 1024,
      },
      unusedLimitBytes: this.#settings['index.unusedLimitMb'] * 2 ** 20,
      signal,
      gate: () => this.#gate.pass(signal),
      recent: () => this.#recent.paths,
    }
  }
}

/** A thread that was lost is there again, and what it had committed is known. */
async function onceMore<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof AppError && error.code === 'E_INDEX_LOST') return run()
    throw error
  }
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

/** After these the index is on disk as it is in memory, or as much of it as there is room for. */
const HARMLESS: ReadonlySet<string> = new Set<ErrorCode>(['E_DISK_FULL', 'E_FOLDER', 'E_ENCODER_LOST', 'E_INDEX_LOST'])

const MAX_CLOSE_MS = 700
/** More at a time were not edited one by one. */
const MAX_SAVED_FILES = 8
