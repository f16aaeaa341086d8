import { realpath } from 'node:fs'
import { promisify } from 'node:util'
import type { Clock } from '../base/clock.ts'
import type { Disposable } from '../base/disposable.ts'
import { DisposableStore } from '../base/disposable.ts'
import { AppError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { ErrorData, FolderStatus } from '../contract/requests.ts'
import { defaultSettings, type Settings } from '../contract/settings.schema.ts'
import type { BuildReport, Engine, EngineFolder, FolderState } from '../engine/types.ts'
import { ChangeQueue } from './changes.ts'
import { BuildProgress, type ProgressStarter } from './progress.ts'
import { type Patient, Recovery } from './recovery.ts'
import type { WatchedFolder, Watcher } from './watching.ts'

export interface FolderDependencies {
  /** Starts the engine with the first enabled folder, so that a server with nothing to do stays small. */
  engine(): Promise<Engine>
  watcher: Watcher
  log: Log
  startProgress: ProgressStarter
  /** Paces the looks after folders that fail. */
  clock: Clock
  onDidChangeState(): void
}

/** One workspace folder: closed while disabled; open, watched and kept up to date while enabled. */
export class WorkspaceFolder implements WatchedFolder, Patient, Disposable {
  settings: Settings = defaultSettings
  #opened: Opened | undefined
  #state: FolderState | undefined
  #error: (ErrorData & { message: string }) | undefined
  #upgrade = new AbortController()
  #fullBuild: { controller: AbortController; ended: Promise<void>; again: boolean } | undefined
  /** Opening and closing never overlap. */
  #turn: Promise<void> = Promise.resolve()
  /** From the first time that it is enabled until it is closed. */
  #recovery: Recovery | undefined
  #followedUntilMs = 0
  #isFollowing = false

  constructor(
    readonly uri: string,
    readonly name: string,
    readonly path: string,
    readonly dependencies: FolderDependencies,
  ) {}

  /** The index of this folder; `undefined` while it is disabled or could not be opened. */
  get engineFolder(): EngineFolder | undefined {
    return this.#opened?.folder
  }

  /**
   * 0..1; 1 also where nothing will ever be found, because the folder is off or broken. Below 1 until a running build
   * has ended: before that nobody knows what it will still find.
   */
  get searchableFraction(): number {
    const { phase, fraction } = this.lastStatus()
    if (phase === 'off' || phase === 'error') return 1
    return phase === 'scanning' || phase === 'indexing' ? Math.min(fraction, 0.99) : fraction
  }

  /** Whether everything that it has can be found, or it is off. */
  get isWell(): boolean {
    return this.lastStatus().phase !== 'error'
  }

  /** Opens, closes or updates the folder as `settings` say. Resolves when it can be searched; building goes on. */
  apply(settings: Settings): Promise<void> {
    return this.#inTurn(async () => {
      const before = this.settings
      this.settings = settings
      const isChanged = (names: readonly (keyof Settings)[]) =>
        names.some((name) => JSON.stringify(before[name]) !== JSON.stringify(settings[name]))
      if (!settings.enabled || isChanged(OPEN_SETTINGS)) await this.#close()
      if (!settings.enabled) return
      if (!this.#opened) await this.#open()
      else {
        this.#opened.folder.setSettings(settings)
        if (isChanged(SCAN_SETTINGS)) this.build()
      }
    })
  }

  /** Brings the whole index up to date in the background; where that is under way already, once more afterwards. */
  build(): void {
    const opened = this.#opened
    if (!opened) return
    const under = this.#fullBuild
    if (under && !under.controller.signal.aborted) {
      under.again = true
      return
    }
    const controller = new AbortController()
    const ended = (under?.ended ?? Promise.resolve())
      .then(() => opened.folder.build({ signal: controller.signal }))
      .then(
        (report) => this.#built(report),
        (error) => this.#failed(error),
      )
      .finally(() => {
        if (this.#fullBuild !== build) return
        this.#fullBuild = undefined
        if (build.again) this.build()
        // However it ended: where another window writes the index, this one searches it all the same.
        else if (this.#opened === opened) void opened.folder.warmUp()
        this.dependencies.onDidChangeState()
      })
    const build = { controller, ended, again: false }
    this.#fullBuild = build
  }

  pause(): void {
    this.#opened?.folder.pause()
  }

  resume(): void {
    this.#opened?.folder.resume()
    // A build that was stopped, rather than paused, has to start again.
    this.build()
  }

  stop(): void {
    this.#fullBuild?.controller.abort()
    this.#upgrade.abort()
  }

  /** Throws the index away and builds it from nothing. */
  rebuild(): Promise<void> {
    return this.#inTurn(async () => {
      this.stop()
      await this.#fullBuild?.ended
      if (!this.#opened) await this.#open()
      await this.#opened?.folder.clear()
      this.#error = undefined
      this.build()
    })
  }

  fileChanged(path: string): void {
    const changes = this.#opened?.changes
    if (!changes) return
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (name === 'HEAD' || IGNORE_FILES.has(name)) changes.addEverything()
    else changes.add(path)
  }

  /** A save is worth no waiting: it is one file, and its author may look for it at once. */
  fileSaved(path: string): void {
    this.#opened?.changes.add(path, SAVED_DELAY_MS)
  }

  async status(): Promise<FolderStatus> {
    try {
      await this.check()
      if (this.#opened) this.#state = await this.#opened.folder.status()
    } catch (error) {
      this.#failed(error)
    }
    return this.lastStatus()
  }

  /** What is known without asking the index. */
  lastStatus(): FolderStatus {
    const { uri, name } = this
    if (this.#error && !this.#opened) return { ...NOTHING, uri, name, phase: 'error', error: this.#error }
    // Until its settings have been read, a folder counts as enabled.
    if (!this.#opened && !this.settings.enabled) return { ...NOTHING, uri, name, phase: 'off' }
    if (!this.#state) return { ...NOTHING, uri, name, phase: 'scanning' }
    const { folder: _, nTokens: __, ...state } = this.#state
    const isIdle = state.phase === 'ready' || state.phase === 'following'
    const failed = this.#error && isIdle ? { phase: 'error' as const, error: this.#error } : {}
    return { uri, name, ...state, ...failed }
  }

  dispose(): void {
    void this.close()
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#close())
  }

  async check(): Promise<void> {
    const folder = this.#opened?.folder
    if (!folder) return
    const now = await realPath(this.path).catch(() => undefined)
    if (now !== undefined && now !== folder.folder) await this.#inTurn(() => this.#openAnew(folder))
    else await folder.checkFolder()
  }

  async checkRetry(): Promise<void> {
    await this.check()
    await this.#opened?.folder.checkBuildable()
  }

  retry(): void {
    const opened = this.#opened
    if (!opened) void this.#inTurn(() => this.#open())
    else {
      // A watch of a folder that was away may watch nothing any more.
      if (this.#error?.code === 'E_FOLDER') this.#watch(opened)
      this.build()
    }
  }

  async ail(error: unknown): Promise<void> {
    const folder = this.#opened?.folder
    if (folder && isLocked(error) && performance.now() >= this.#followedUntilMs) {
      // What the writer commits is seen here too; but reading it shall not become all that is done.
      const startedMs = performance.now()
      await folder.status().catch(() => {})
      this.#followedUntilMs = performance.now() + (performance.now() - startedMs) * FOLLOWED_PAUSE
    }
    this.#failed(error)
  }

  /** Its path leads to another folder than the one that is open. */
  async #openAnew(before: EngineFolder): Promise<void> {
    if (this.#opened?.folder !== before) return
    this.dependencies.log.info(`${this.name}: ${this.path} is another folder now`)
    await this.#close()
    await this.#open()
  }

  async #open(): Promise<void> {
    const { dependencies } = this
    this.#recovery ??= new Recovery(this, dependencies.clock)
    try {
      const engine = await dependencies.engine()
      const folder = await engine.openFolder(this.path, this.settings)
      const resources = new DisposableStore()
      const changes = resources.add(new ChangeQueue((paths) => this.#deliver(paths)))
      const progress = resources.add(new BuildProgress(this.name, dependencies.startProgress, () => this.pause()))
      resources.add(
        folder.onDidChangeState((state) => {
          this.#state = state
          progress.update(state)
          dependencies.onDidChangeState()
        }),
      )
      // Whatever kept the event away.
      resources.add(folder.onDidFindStale((file) => changes.add(file)))
      this.#opened = { folder, resources, changes, watch: undefined }
      this.#error = undefined
      this.#watch(this.#opened)
    } catch (error) {
      this.#failed(error)
    }
    this.build()
    dependencies.onDidChangeState()
  }

  /** Setting up a watch may take long on a slow disk; the first build need not wait for it. */
  #watch(opened: Opened): void {
    opened.watch?.dispose()
    const watch = this.dependencies.watcher.watch(this)
    const dispose = () => void watch.then((found) => found.dispose()).catch(() => {})
    watch.catch((error) => this.dependencies.log.warn(`${this.name} is not watched: ${String(error)}`))
    opened.watch = opened.resources.add({ dispose })
  }

  async #close(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    this.#state = undefined
    this.#error = undefined
    this.#recovery?.dispose()
    this.#recovery = undefined
    this.stop()
    opened?.resources.dispose()
    await opened?.folder.close()
    this.dependencies.onDidChangeState()
  }

  #deliver(paths: string[] | undefined): void {
    const folder = this.#opened?.folder
    if (!folder) return
    if (paths) {
      this.dependencies.log.debug(`${this.name}: ${paths.length} changed on disk`)
      folder.build({ paths }).then(
        () => {
          // Only a look at the whole folder says that what failed is over.
          if (this.#error?.code !== 'E_FOLDER') this.#error = undefined
        },
        (error) => this.#failed(error),
      )
    } else this.build()
  }

  /** Behind everything else: builds and searches go on. */
  #upgradeBehind(): void {
    if (this.#upgrade.signal.aborted) this.#upgrade = new AbortController()
    this.#opened?.folder.upgrade({ signal: this.#upgrade.signal }).then(
      (report) => {
        if (!report) return
        const { nFilesRecut, nUnitsEncoded } = report
        this.dependencies.log.info(`${this.name}: ${nFilesRecut} files cut and ${nUnitsEncoded} units encoded anew`)
      },
      (error) => this.#failed(error),
    )
  }

  #built({ nFilesChanged, nFilesRemoved, nUnitsEncoded, elapsedMs }: BuildReport): void {
    this.#error = undefined
    this.#recovery?.succeeded()
    this.#isFollowing = false
    const what = `${nFilesChanged} changed, ${nFilesRemoved} removed, ${nUnitsEncoded} units encoded`
    this.dependencies.log.info(`${this.name}: index up to date in ${Math.round(elapsedMs)} ms (${what})`)
    this.#upgradeBehind()
  }

  #failed(error: unknown): void {
    if (isCancelled(error)) return
    this.#recovery?.failed(error)
    const known = error instanceof AppError
    const message = error instanceof Error ? error.message : String(error)
    const isSame = this.#error?.message === message
    if (isLocked(error)) {
      // No failure: the other process does the work, and this one searches what it has done.
      if (!this.#isFollowing) this.dependencies.log.info(`${this.name}: ${message} It is followed.`)
      this.#error = undefined
      this.#isFollowing = true
      this.dependencies.onDidChangeState()
      return
    }
    this.#isFollowing = false
    this.#error = known
      ? { code: error.code, message, advice: error.advice }
      : { code: 'E_INTERNAL', message, advice: 'See the log, then rebuild the index.' }
    if (!isSame) this.dependencies.log.error(`${this.name}: ${known ? message : ((error as Error).stack ?? message)}`)
    this.dependencies.onDidChangeState()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error) => this.#failed(error))
    return this.#turn
  }
}

interface Opened {
  folder: EngineFolder
  resources: DisposableStore
  changes: ChangeQueue
  watch: Disposable | undefined
}

const isLocked = (error: unknown) => error instanceof AppError && error.code === 'E_LOCKED'

/** As the engine resolves links; the one of `node:fs/promises` spells some systems' paths otherwise. */
const realPath = promisify(realpath)

/** After the last commit of another process was read, others wait so many times as long as that took. */
const FOLLOWED_PAUSE = 9

/** What an open index cannot follow: it is closed and opened again. */
const OPEN_SETTINGS = [
  'model.code',
  'model.docs',
  'index.threads',
  'index.poolFactor',
  'index.maxFileSizeKb',
  'model.accelerator',
] as const satisfies (keyof Settings)[]

/** What decides which files belong to the index. */
const SCAN_SETTINGS = ['index.exclude', 'index.useIgnoreFiles'] as const satisfies (keyof Settings)[]

const SAVED_DELAY_MS = 20

const IGNORE_FILES = new Set(['.gitignore', '.lateralignore'])

const NOTHING = {
  nFiles: 0,
  nUnits: 0,
  nPendingFiles: 0,
  fraction: 0,
  tokensPerSecond: 0,
  etaSeconds: null,
  sizeBytes: 0,
  models: [],
}
