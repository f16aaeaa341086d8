import { statSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { RpcContext } from '../base/rpc.ts'
import { bodyTerms, contextTerms } from '../base/words.ts'
import type { ErrorCode } from '../contract/errorCodes.ts'
import type { Space } from '../contract/units.ts'
import type { Catalog, CatalogFile } from '../index/catalog.ts'
import { restoreAccess, tryToWrite } from '../index/folderAccess.ts'
import { FolderView } from '../index/folderView.ts'
import { LexicalFiles } from '../index/lexicalFiles.ts'
import { docsOfRows } from '../index/plaid/newDocs.ts'
import type { Sliced } from '../index/plaid/sliced.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import { writeOrigin } from '../index/siblings.ts'
import type { FileInput, FileRow, FileStat } from '../index/types.ts'
import { lockOwner, WriterLock } from '../index/writerLock.ts'
import type {
  Generation,
  IndexPort,
  MissingDoc,
  NewVectors,
  PendingFile,
  SessionFile,
  SessionStats,
  SliceOutcome,
  TrainParams,
} from '../ingest/indexPort.ts'
import { isSecretPath } from '../ingest/secretNames.ts'
import { bodyText, contextPath, contextText, textKey } from '../ingest/unitText.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import { adoptMissing } from './adoption.ts'
import { collectUnused, unusedBytesOf } from './collection.ts'
import { Erasure } from './erasure.ts'
import { commitMark, openCatalog, openOrRenew, openStores, type Stores } from './openParts.ts'
import { outlinesOf } from './outlines.ts'
import type {
  FileOutline,
  SessionHit,
  SessionMethods,
  SessionOpenParams,
  SessionSearchParams,
  TimedSearch,
  TimedSearchParams,
  TuneSample,
} from './sessionProtocol.ts'
import { SessionSearch } from './sessionSearch.ts'
import { SessionTune } from './sessionTune.ts'
import { readStoredModels } from './storedModels.ts'
import { UnitVectors, uniqueStores } from './unitVectors.ts'

/**
 * One folder's index, on the index thread: view, lexical store and the vector store of each model, opened, updated and
 * searched together. Everything is synchronous; the thread serves one call at a time.
 */
export class IndexSession implements SessionMethods {
  #state: OpenState | undefined
  readonly #requested = new Set<string>()
  readonly #search = new SessionSearch(() => this.#open)
  readonly #tune = new SessionTune(
    () => this.#open,
    () => performance.now(),
  )
  #params: SessionOpenParams | undefined
  /** Why the index is open for reading only. */
  #refusal: AppError | undefined
  /** Something that was written failed in a way that the next try would, too. */
  #isSuspect = false
  /** Under way: the rest of its steps. */
  #adoption: Generator<void> | undefined
  #collection: Generator<void> | undefined
  #upkeep: Sliced<void> | undefined
  #erasing: Generator<void> | undefined
  /** Whether there may be something to erase; also what an earlier process left. */
  #mayErase = true
  #eraseAgainMs = 0
  readonly #erasure: Erasure
  readonly #trainings = new Map<VectorStore, Sliced<void>>()

  constructor(
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {
    this.#erasure = new Erasure(log)
  }

  open(params: SessionOpenParams): SessionStats {
    this.close()
    this.#params = params
    try {
      this.#loadAsWriter()
    } catch (error) {
      // What can still be read is searched; the next build tries to write again.
      if (!isRefusal(error)) throw error
      if (error.code === 'E_DISK_FULL') this.log.error(error.message)
      else this.log.debug(error.message)
      this.#loadAsReader()
    }
    return this.stats()
  }

  /**
   * Takes the right to write, where another process had it. `E_LOCKED` where it still has, `E_STORAGE` or `E_DISK_FULL`
   * where this one may not write. An index that failed to be written, or whose folder is another one by now, is read
   * from disk again: what this process has in memory says nothing of it any more.
   */
  acquireWriter(): void {
    if (!this.#params) throw new Error('The index session is not open.')
    const lock = this.#state?.lock
    if (lock?.isHeld() && !this.#isSuspect) return
    if (lock) this.#abandon()
    try {
      this.#loadAsWriter()
    } catch (error) {
      if (!this.#state && isRefusal(error)) this.#loadAsReader()
      throw error
    }
  }

  distrust(): void {
    this.#isSuspect = true
  }

  /** Whether a build could write now; see `acquireWriter`. */
  checkWritable(): void {
    this.acquireWriter()
    tryToWrite(this.#params!.directory)
  }

  stats(): SessionStats {
    this.#followWriter()
    const { view, vectors, stores, previous, lexical } = this.#open
    const unique = uniqueStores(stores, previous)
    const vectorBytes = unique.reduce((sum, store) => sum + store.sizeBytes, 0)
    const { textBytes, staleBytes } = unusedBytesOf(this.#open)
    const skipped = this.#open.catalog.skipped()
    return {
      nFiles: view.nFiles,
      nUnits: view.nLive,
      nPendingFiles: vectors.pendingFiles().length,
      ...(previous && { nUnitsUpgraded: view.nLive - vectors.nOutdated, previousNeedsTraining: lacksCodec(previous) }),
      nTokens: unique.reduce((sum, store) => sum + store.nTokens, 0),
      sizeBytes: vectorBytes + lexical.sizeBytes + staleBytes,
      unusedBytes: Math.round(textBytes + staleBytes),
      vectorBytes,
      needsTraining: lacksCodec(stores),
      kernel: unique[0]!.kernelKind,
      ...(skipped && { skipped }),
      ...(view.tooComplex && { tooComplex: view.tooComplex }),
      isWriter: this.#open.lock !== undefined,
      isBuilt: this.#open.isBuilt,
      ...(this.#refusal?.code === 'E_LOCKED' && { writer: lockOwner(this.#params!.directory) }),
    }
  }

  files({ paths }: { paths?: readonly string[] }): FileRow[] {
    return this.#open.view.fileRows(paths)
  }

  applyFiles({ files, removed, isLive = false }: Parameters<IndexPort['applyFiles']>[0]): void {
    const { catalog, view, lexical } = this.#open
    const inputs: FileInput[] = files.map((file) => {
      const units = file.units.map((unit) => {
        const { kind, name, container, startLine, endLine, nameLine, space, linesHash, headHash } = unit
        const bodyKey = textKey(bodyText(unit))
        const contextKey = textKey(contextText(file.path, unit))
        if (lexical.store.docId(bodyKey) === undefined) lexical.store.add(bodyKey, bodyTerms(unit))
        if (lexical.store.docId(contextKey) === undefined) {
          lexical.store.add(contextKey, contextTerms(contextPath(file.path), unit.container))
        }
        const keys = { bodyKey, contextKey, linesHash, headHash }
        return { kind, name, container, startLine, endLine, nameLine, space, ...keys }
      })
      return { ...file, units, rules: this.#params!.rules }
    })
    const same = new Set(inputs.filter((input) => view.hasSame(input)))
    const changed = inputs.filter((input) => !same.has(input))
    // Words first: a catalog row must never name a doc that a crash could have lost.
    lexical.commit()
    catalog.mark([...same])
    for (const input of same) view.mark(input)
    const gone = removed.map((file) => ({ path: file, byRule: isSecretPath(file), kept: NO_KEYS }))
    for (const { path: file, outcome, units } of changed) {
      if (outcome !== 'holds-secret') continue
      gone.push({
        path: file,
        byRule: true,
        kept: new Set(units.flatMap(({ bodyKey, contextKey }) => [bodyKey, contextKey])),
      })
    }
    const { origin } = this.#params!
    catalog.apply(changed, removed, this.#erasure.deleted(this.#open, gone, { origin, isLive, nowMs: this.now() }))
    this.#mayErase = true
    for (const removedPath of removed) view.removeFile(removedPath)
    for (const input of changed) view.putFile(input, (key) => lexical.store.docId(key)!)
    if (view.wasteful) Object.assign(this.#open, loadView(catalog.load(), lexical, this.#open))
  }

  touchFiles(files: ({ path: string } & FileStat)[]): void {
    this.#open.catalog.touch(files)
    for (const file of files) this.#open.view.touch(file.path, file)
  }

  filesOfOtherRules(): string[] {
    const { rules } = this.#params!
    if (rules === undefined) return []
    const rows = this.#open.view.fileRows()
    return rows.filter((row) => row.rules !== rules).map((row) => row.path)
  }

  pendingFiles(params?: { generation?: Generation } | null): PendingFile[] {
    const { vectors, view } = this.#open
    const files = params?.generation === 'present' ? vectors.outdatedFiles() : vectors.pendingFiles()
    return files.map((file) => {
      const { nUnits, mtimeMs } = view.fileRow(file) ?? { nUnits: 0, mtimeMs: 0 }
      return { path: file, nUnits, mtimeMs }
    })
  }

  adopt({ files, restart }: { files: readonly string[]; restart: boolean }): boolean {
    const { directory, origin } = this.#params!
    if (restart) this.#adoption = origin && adoptMissing(this.#open, { directory, origin, files }, this.log)
    const isDone = this.#adoption?.next().done ?? true
    if (isDone) this.#adoption = undefined
    return isDone
  }

  /** A slice for an idle thread: upkeep, then checks of what no search has read. */
  idle(): SliceOutcome {
    if (!this.#state?.lock) return 'done'
    try {
      const isDue = this.#mayErase && this.now() >= this.#eraseAgainMs
      if (isDue && !this.erase({ restart: !this.#erasing, thorough: true, minAgeMs: SETTLED_MS })) return 'more'
    } catch (error) {
      this.log.error(`Erasing from the index failed: ${(error as Error).message}`)
      return 'failed'
    }
    const { outcome } = this.upkeep()
    if (outcome !== 'done' || !this.#state) return outcome
    return uniqueStores(this.#state.stores, this.#state.previous).some((store) => store.checkSome()) ? 'more' : 'done'
  }

  upkeep(): { outcome: SliceOutcome; share: number } {
    if (!this.#state?.lock) return { outcome: 'done', share: 1 }
    const stores = uniqueStores(this.#state.stores, this.#state.previous)
    try {
      // What is dropped here is missing, and the next update encodes it.
      if (stores.some((store) => store.dropDamaged())) this.#state.vectors.changed()
      this.#upkeep ??= stores.map((store) => store.upkeep()).find((work) => work !== undefined)
      if (!this.#upkeep) return { outcome: 'done', share: 1 }
      if (this.#upkeep.next().done) this.#upkeep = undefined
      return { outcome: 'more', share: Math.max(...stores.map((store) => store.upkeepShare)) }
    } catch (error) {
      this.#upkeep = undefined
      this.log.error(`Upkeep of the index failed: ${(error as Error).message}`)
      return { outcome: 'failed', share: 0 }
    }
  }

  collect({ limitBytes, restart }: { limitBytes: number; restart: boolean }): boolean {
    if (restart) {
      this.#collection?.return(undefined)
      this.#collection = collectUnused(this.#open, limitBytes, this.log)
    }
    try {
      if (!(this.#collection?.next().done ?? true)) return false
    } catch (error) {
      // Dropping takes room at first; the build that it comes after is done.
      if (!isRefusal(error)) throw error
      this.log.error(error.message)
    }
    this.#collection = undefined
    return true
  }

  erase({ restart, thorough, minAgeMs }: { restart: boolean; thorough: boolean; minAgeMs: number }): boolean {
    if (restart) {
      this.#erasing?.return(undefined)
      const { directory, origin } = this.#params!
      this.#erasing = this.#erasure.run(this.#open, { directory, origin, thorough, minAgeMs, now: this.now })
    }
    try {
      if (!(this.#erasing?.next().done ?? true)) return false
      if (thorough) this.#mayErase = this.#open.catalog.deletedTexts().length > 0
      this.#eraseAgainMs = this.now() + SETTLED_MS
    } catch (error) {
      if (!isRefusal(error)) throw error
      // The build that it comes after is done; what is left is found again.
      this.log.error(error.message)
    }
    this.#erasing = undefined
    return true
  }

  missingDocs({ files, generation = 'present' }: { files: SessionFile[]; generation?: Generation }): MissingDoc[] {
    const stores = this.#storesOf(generation)
    if (!stores) return []
    const missing: MissingDoc[] = []
    const need = (space: Space, text: string, part: MissingDoc['part']) => {
      const key = textKey(text)
      const request = `${generation}:${space}:${key}`
      if (stores[space].has(key) || this.#requested.has(request)) return
      this.#requested.add(request)
      missing.push({ space, key, text, part })
    }
    for (const file of files) {
      for (const unit of file.units) {
        need(unit.space, bodyText(unit), 'body')
        need(unit.space, contextText(file.path, unit), 'context')
      }
    }
    return missing
  }

  putVectors({ space, generation = 'present', keys, rows }: NewVectors): void {
    const store = this.#storesOf(generation)?.[space]
    store?.add(docsOfRows(keys, rows, store.dim))
    for (const key of keys) this.#requested.delete(`${generation}:${space}:${key}`)
    this.#open.vectors.added()
  }

  train({ expectedTokens, final, generation = 'present', sliced = false }: TrainParams): boolean | 'more' {
    let trained = false
    for (const store of new Set(Object.values(this.#storesOf(generation) ?? {}))) {
      if (store.hasCodec || !(final || store.wantsTraining(expectedTokens))) continue
      const work = this.#trainings.get(store) ?? store.training(Math.max(expectedTokens, store.nSpooledTokens))
      this.#trainings.delete(store)
      if (!runFor(work, sliced ? TRAINING_SLICE_MS : Infinity)) {
        this.#trainings.set(store, work)
        return 'more'
      }
      trained = trained || store.hasCodec
    }
    if (trained) this.#open.vectors.changed()
    return trained
  }

  commit(): void {
    // Even where writing fails: what was asked for and never came has to be asked for again.
    this.#requested.clear()
    this.#open.lexical.commit()
    for (const store of uniqueStores(this.#open.stores, this.#open.previous)) store.commit()
  }

  completed(): boolean {
    const { vectors, previous, catalog } = this.#open
    catalog.setBuilt()
    this.#open.isBuilt = true
    this.#noteDevice()
    if (vectors.nOutdated > 0) return false
    if (previous) {
      this.commit()
      this.#letPreviousGo()
    }
    return true
  }

  noteSkipped(skipped: Record<string, number>): void {
    this.#open.catalog.noteSkipped(skipped)
  }

  search(params: SessionSearchParams, context?: RpcContext): SessionHit[] {
    this.#followWriter()
    return this.#search.search(params, () => context?.isCancelled() ?? false)
  }

  /** What `search` ranks; for benchmarks, which rank the same candidates in many ways. */
  candidates(params: SessionSearchParams): ReturnType<SessionSearch['candidates']> {
    return this.#search.candidates(params, () => false)
  }

  places(params: Parameters<SessionMethods['places']>[0]): UnitPlaces {
    this.#followWriter()
    return this.#search.places(params)
  }

  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[] {
    this.#followWriter()
    return this.#search.related(params)
  }

  unitAt({ path: file, line }: { path: string; line: number }): { name: string; nameLine: number } | undefined {
    this.#followWriter()
    const unit = this.#search.unitAt(file, line)
    if (unit === undefined) return undefined
    const { view } = this.#open
    return { name: view.name(unit), nameLine: view.nameLine[unit]! }
  }

  outlines({ paths }: { paths: string[] }): FileOutline[] {
    this.#followWriter()
    return outlinesOf(this.#open.view, paths)
  }

  tuneSample(params: { limit: number; seed: number }): TuneSample {
    this.#followWriter()
    return this.#tune.sample(params)
  }

  timedSearch(params: TimedSearchParams, context?: RpcContext): TimedSearch {
    this.#followWriter()
    return this.#tune.search(params, () => context?.isCancelled() ?? false)
  }

  close(): void {
    const state = this.#state
    this.#params = undefined
    if (!state) return
    try {
      this.#endSteps()
      if (state.lock?.isHeld()) this.commit()
    } finally {
      this.#abandon()
    }
  }

  /** Lets everything go as it is. */
  #abandon(): void {
    const state = this.#state
    if (!state) return
    this.#endSteps()
    this.#requested.clear()
    this.#state = undefined
    state.catalog.close()
    for (const store of uniqueStores(state.stores, state.previous)) store.close()
    state.lock?.release()
  }

  #loadAsWriter(): void {
    try {
      this.#load(WriterLock.acquire(this.#params!.directory))
      this.#refusal = undefined
      this.#isSuspect = false
    } catch (error) {
      if (error instanceof AppError) this.#refusal = error
      throw error
    }
  }

  /** While the writer writes, what one file names may be gone by the time it is read: then there is something newer. */
  #loadAsReader(): void {
    for (let attempt = 1; ; attempt++) {
      const seen = commitMark(this.#params!)
      try {
        this.#load(undefined)
        return
      } catch (error) {
        if (attempt >= MAX_READ_ATTEMPTS || commitMark(this.#params!) === seen) throw error
      }
    }
  }

  /** Opens what is on disk; without the lock, for reading only. Where that fails, the lock is given back. */
  #load(lock: WriterLock | undefined): void {
    const params = this.#params!
    const { directory } = params
    const readOnly = lock === undefined
    // Taken first: a commit in between is then seen as one that is still to be read.
    const seen = commitMark(params)
    let catalog: Catalog | undefined
    try {
      if (lock) restoreAccess(directory)
      if (lock && params.origin) writeOrigin(directory, params.origin)
      const opened = openCatalog(directory, readOnly, this.log)
      catalog = opened.catalog
      const lexicalDirectory = path.join(directory, 'lexical')
      const lexical = openOrRenew(lexicalDirectory, readOnly, this.log, () =>
        LexicalFiles.open(lexicalDirectory, this.log, { readOnly }),
      )
      const stores = openStores(params, this.log, readOnly)
      const view = loadView(opened.files, lexical, stores)
      if (this.#state) {
        this.#state.catalog.close()
        for (const store of uniqueStores(this.#state.stores, this.#state.previous)) store.close()
      }
      this.#endSteps()
      const isBuilt = catalog.isBuilt ?? readStoredModels(directory) !== undefined
      this.#state = { lock, catalog, lexical, seen, rules: params.rules, isBuilt, ...stores, ...view }
      if (params.previous && !params.previous.isKept && !view.vectors.needsPrevious) this.#letPreviousGo()
    } catch (error) {
      catalog?.close()
      lock?.release()
      throw error
    }
  }

  /** Where the folder's files are: an empty folder elsewhere later on is a disk that is not mounted. */
  #noteDevice(): void {
    const { directory, origin } = this.#params!
    const stat = origin && this.#open.view.nFiles > 0 && statSync(origin.folder, { throwIfNoEntry: false })
    if (stat) writeOrigin(directory, { ...origin, device: stat.dev })
  }

  /** They stay on disk until their room is wanted. */
  #letPreviousGo(): void {
    const state = this.#open
    this.#endSteps()
    const kept = new Set(Object.values(state.stores))
    for (const store of uniqueStores(state.stores, state.previous)) if (!kept.has(store)) store.close()
    state.previous = undefined
    state.vectors = new UnitVectors(state.view, state.stores)
  }

  #storesOf(generation: Generation): Record<Space, VectorStore> | undefined {
    return generation === 'present' ? this.#open.stores : this.#open.previous
  }

  #endSteps(): void {
    this.#adoption = undefined
    this.#collection?.return(undefined)
    this.#collection = undefined
    this.#erasing?.return(undefined)
    this.#erasing = undefined
    this.#upkeep?.return()
    this.#upkeep = undefined
    this.#trainings.clear()
  }

  /** A reader looks at what the writer has committed since. Cheap while that is nothing. */
  #followWriter(): void {
    const { lock, seen } = this.#open
    if (lock || commitMark(this.#params!) === seen) return
    try {
      this.#loadAsReader()
    } catch (error) {
      // What was read before is still right of the time when it was.
      this.log.debug(`The last commit of the index cannot be read: ${(error as Error).message}`)
    }
  }

  get #open(): OpenState {
    if (!this.#state) throw (this.#params && this.#refusal) || new Error('The index session is not open.')
    return this.#state
  }
}

const NO_KEYS: ReadonlySet<string> = new Set()
/** By then git has moved HEAD, where it was about to. */
const SETTLED_MS = 2500

export interface OpenState extends Stores {
  /** Held by the one that may write. */
  lock: WriterLock | undefined
  /** What the last commit looked like when this was opened; for readers. */
  seen: string
  /** Whether a run over the whole folder has ever ended. */
  isBuilt: boolean
  /** Version of those by which files are cut now. */
  rules: string | undefined
  catalog: Catalog
  lexical: LexicalFiles
  view: FolderView
  vectors: UnitVectors
}

const lacksCodec = (stores: Record<Space, VectorStore>) => Object.values(stores).some((store) => !store.hasCodec)

/** The view as the catalog has it. Files with a unit whose words were lost are left out, so that they are read again. */
function loadView(files: CatalogFile[], lexical: LexicalFiles, { stores, previous }: Stores) {
  const view = new FolderView()
  for (const file of files) {
    const docs = new Map(
      file.units.flatMap(({ bodyKey, contextKey }) => [bodyKey, contextKey].map((k) => [k, lexical.store.docId(k)])),
    )
    if ([...docs.values()].includes(undefined)) continue
    view.putFile(file, (key) => docs.get(key)!)
  }
  return { view, vectors: new UnitVectors(view, stores, previous) }
}

/** Goes on with sliced work for about so long; answers whether that was its end. */
function runFor(work: Sliced<void>, ms: number): boolean {
  const untilMs = performance.now() + ms
  for (;;) {
    if (work.next().done) return true
    if (performance.now() >= untilMs) return false
  }
}

const isRefusal = (error: unknown): error is AppError => error instanceof AppError && REFUSALS.has(error.code)

/** Nothing is wrong with what is on disk; it only cannot be written by this process now. */
const REFUSALS: ReadonlySet<string> = new Set<ErrorCode>(['E_LOCKED', 'E_STORAGE', 'E_DISK_FULL'])
const MAX_READ_ATTEMPTS = 5

/** Searches wait for so long, or for one slice. */
const TRAINING_SLICE_MS = 20
