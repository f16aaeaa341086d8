import { existsSync, mkdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../base/log.ts'
import type { RpcContext } from '../base/rpc.ts'
import { bodyTerms, contextTerms } from '../base/words.ts'
import { indexLocked } from '../contract/errorCodes.ts'
import type { Space } from '../contract/units.ts'
import { Catalog } from '../index/catalog.ts'
import { FolderView, SPACES } from '../index/folderView.ts'
import { LexicalFiles } from '../index/lexicalFiles.ts'
import { VectorStore } from '../index/plaid/vectorStore.ts'
import type { FileInput, FileRow } from '../index/types.ts'
import { lockOwner, WriterLock } from '../index/writerLock.ts'
import type { MissingDoc, PendingFile, SessionFile, SessionStats } from '../ingest/indexPort.ts'
import { bodyText, contextPath, contextText, textKey } from '../ingest/unitText.ts'
import type { SessionHit, SessionMethods, SessionOpenParams, SessionSearchParams } from './sessionProtocol.ts'
import { SessionSearch } from './sessionSearch.ts'
import { UnitVectors } from './unitVectors.ts'

/**
 * One folder's index, on the index thread: view, lexical store and the vector store of each model, opened, updated and
 * searched together. Everything is synchronous; the thread serves one call at a time.
 */
export class IndexSession implements SessionMethods {
  #state: OpenState | undefined
  readonly #requested = new Set<string>()
  readonly #search = new SessionSearch(() => this.#open)
  #params: SessionOpenParams | undefined

  constructor(private readonly log: Log) {}

  open(params: SessionOpenParams): SessionStats {
    this.close()
    mkdirSync(params.directory, { recursive: true, mode: 0o700 })
    this.#params = params
    this.#load(WriterLock.tryAcquire(params.directory))
    return this.stats()
  }

  /** Takes the right to write, where another process had it. `E_LOCKED` where it still has. */
  acquireWriter(): void {
    if (this.#open.lock) return
    const lock = WriterLock.tryAcquire(this.#params!.directory)
    if (!lock) throw indexLocked(lockOwner(this.#params!.directory))
    this.#load(lock)
  }

  stats(): SessionStats {
    const { view, vectors, stores, lexical } = this.#open
    const unique = [...new Set(Object.values(stores))]
    const vectorBytes = unique.reduce((sum, store) => sum + store.sizeBytes, 0)
    return {
      nFiles: view.nFiles,
      nUnits: view.nLive,
      nPendingFiles: vectors.pendingFiles().length,
      nTokens: unique.reduce((sum, store) => sum + store.nTokens, 0),
      sizeBytes: vectorBytes + lexical.sizeBytes,
      vectorBytes,
      needsTraining: unique.some((store) => !store.hasCodec),
      kernel: unique[0]!.kernelKind,
      isWriter: this.#open.lock !== undefined,
    }
  }

  files({ paths }: { paths?: readonly string[] }): FileRow[] {
    return this.#open.view.fileRows(paths)
  }

  applyFiles({ files, removed }: { files: SessionFile[]; removed: string[] }): void {
    const { catalog, view, lexical } = this.#open
    const inputs: FileInput[] = files.map((file) => {
      const units = file.units.map((unit) => {
        const { kind, name, container, startLine, endLine, nameLine, space } = unit
        const bodyKey = textKey(bodyText(unit))
        const contextKey = textKey(contextText(file.path, unit))
        if (lexical.store.docId(bodyKey) === undefined) lexical.store.add(bodyKey, bodyTerms(unit))
        if (lexical.store.docId(contextKey) === undefined) {
          lexical.store.add(contextKey, contextTerms(contextPath(file.path), unit.container))
        }
        return { kind, name, container, startLine, endLine, nameLine, space, bodyKey, contextKey }
      })
      return { ...file, units }
    })
    // Words first: a catalog row must never name a doc that a crash could have lost.
    lexical.commit()
    catalog.apply(inputs, removed)
    for (const removedPath of removed) view.removeFile(removedPath)
    for (const input of inputs) view.putFile(input, (key) => lexical.store.docId(key)!)
    if (view.wasteful) Object.assign(this.#open, loadView(catalog, lexical, this.#open.stores))
  }

  touchFiles(files: { path: string; sizeBytes: number; mtimeMs: number }[]): void {
    this.#open.catalog.touch(files)
    for (const file of files) this.#open.view.touch(file.path, file.sizeBytes, file.mtimeMs)
  }

  pendingFiles(): PendingFile[] {
    const { vectors, view } = this.#open
    return vectors.pendingFiles().map((file) => ({ path: file, nUnits: view.fileRow(file)?.nUnits ?? 0 }))
  }

  missingDocs({ files }: { files: SessionFile[] }): MissingDoc[] {
    const { stores } = this.#open
    const missing: MissingDoc[] = []
    const need = (space: Space, text: string, part: MissingDoc['part']) => {
      const key = textKey(text)
      const request = `${space}:${key}`
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

  putVectors(params: { space: Space; keys: string[]; lengths: Uint32Array; vectors: Float32Array }): void {
    const { space, keys, lengths, vectors } = params
    this.#open.stores[space].add({ keys, lengths, vectors })
    for (const key of keys) this.#requested.delete(`${space}:${key}`)
    this.#open.vectors.changed()
  }

  train({ expectedTokens, final }: { expectedTokens: number; final: boolean }): boolean {
    let trained = false
    for (const store of new Set(Object.values(this.#open.stores))) {
      if (store.hasCodec || !(final || store.wantsTraining(expectedTokens))) continue
      store.train(Math.max(expectedTokens, store.nSpooledTokens))
      trained = trained || store.hasCodec
    }
    if (trained) this.#open.vectors.changed()
    return trained
  }

  commit(): void {
    this.#open.lexical.commit()
    for (const store of new Set(Object.values(this.#open.stores))) store.commit()
    this.#requested.clear()
  }

  search(params: SessionSearchParams, context?: RpcContext): SessionHit[] {
    this.#followWriter()
    return this.#search.search(params, () => context?.signal.aborted ?? false)
  }

  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[] {
    return this.#search.related(params)
  }

  unitAt({ path: file, line }: { path: string; line: number }): { name: string; nameLine: number } | undefined {
    const unit = this.#search.unitAt(file, line)
    if (unit === undefined) return undefined
    const { view } = this.#open
    return { name: view.name(unit), nameLine: view.nameLine[unit]! }
  }

  close(): void {
    if (!this.#state) return
    if (this.#state.lock) this.commit()
    this.#state.catalog.close()
    this.#state.lock?.release()
    this.#state = undefined
  }

  /** Opens what is on disk; without the lock, for reading only. */
  #load(lock: WriterLock | undefined): void {
    const { directory } = this.#params!
    const options = { readOnly: lock === undefined }
    this.#state?.catalog.close()
    const catalog = openCatalog(directory, options.readOnly)
    const lexical = LexicalFiles.open(path.join(directory, 'lexical'), this.log, options)
    const stores = openStores(this.#params!, this.log, options.readOnly)
    const seen = commitMark(directory, stores)
    this.#state = { lock, catalog, lexical, stores, seen, ...loadView(catalog, lexical, stores) }
  }

  /** A reader looks at what the writer has committed since. Cheap while that is nothing. */
  #followWriter(): void {
    const { lock, seen, stores } = this.#open
    if (lock || commitMark(this.#params!.directory, stores) === seen) return
    this.#load(undefined)
  }

  get #open(): OpenState {
    if (!this.#state) throw new Error('The index session is not open.')
    return this.#state
  }
}

export interface OpenState {
  /** Held by the one that may write. */
  lock: WriterLock | undefined
  /** What the last commit looked like when this was opened; for readers. */
  seen: string
  catalog: Catalog
  lexical: LexicalFiles
  /** The store of each space; one and the same where both spaces have one model. */
  stores: Record<Space, VectorStore>
  view: FolderView
  vectors: UnitVectors
}

function openStores(
  { directory, kernelDirectory, models }: SessionOpenParams,
  log: Log,
  readOnly: boolean,
): Record<Space, VectorStore> {
  const open = new Map<string, VectorStore>()
  const storeOf = (space: Space) => {
    const { fingerprint, dim } = models[space]
    let store = open.get(fingerprint)
    if (!store) {
      store = VectorStore.open({
        directory: storeDirectory(directory, fingerprint),
        kernelDirectory,
        dim,
        log,
        readOnly,
      })
      open.set(fingerprint, store)
    }
    return store
  }
  return Object.fromEntries(SPACES.map((space) => [space, storeOf(space)])) as Record<Space, VectorStore>
}

const storeDirectory = (directory: string, fingerprint: string) =>
  path.join(directory, `vectors-${fingerprint.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 12)}`)

/** A reader may come before the writer has made the catalog: then it makes an empty one itself. */
function openCatalog(directory: string, readOnly: boolean): Catalog {
  const file = path.join(directory, 'catalog.sqlite')
  return Catalog.open(file, { readOnly: readOnly && existsSync(file) })
}

/** Changes with every commit of the view or of a store. */
function commitMark(directory: string, stores: Record<Space, VectorStore>): string {
  const files = ['catalog.sqlite', 'catalog.sqlite-wal', 'lexical/manifest.json'].map((name) =>
    path.join(directory, name),
  )
  for (const store of new Set(Object.values(stores))) files.push(path.join(store.directory, 'manifest.json'))
  return files
    .map((file) => statSync(file, { throwIfNoEntry: false }))
    .map((stat) => `${stat?.mtimeMs ?? 0}/${stat?.size ?? 0}`)
    .join(' ')
}

/** The view as the catalog has it. Files with a unit whose words were lost are left out, so that they are read again. */
function loadView(catalog: Catalog, lexical: LexicalFiles, stores: Record<Space, VectorStore>) {
  const view = new FolderView()
  for (const file of catalog.load()) {
    const docs = new Map(
      file.units.flatMap(({ bodyKey, contextKey }) => [bodyKey, contextKey].map((k) => [k, lexical.store.docId(k)])),
    )
    if ([...docs.values()].includes(undefined)) continue
    view.putFile(file, (key) => docs.get(key)!)
  }
  return { view, vectors: new UnitVectors(view, stores) }
}
