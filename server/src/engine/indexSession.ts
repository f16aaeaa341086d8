import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../base/log.ts'
import type { RpcContext } from '../base/rpc.ts'
import { bodyTerms, contextTerms } from '../base/words.ts'
import type { Space } from '../contract/units.ts'
import { Catalog } from '../index/catalog.ts'
import { FolderView, SPACES } from '../index/folderView.ts'
import { LexicalFiles } from '../index/lexicalFiles.ts'
import { VectorStore } from '../index/plaid/vectorStore.ts'
import type { FileInput, FileRow } from '../index/types.ts'
import type { MissingDoc, SessionFile, SessionStats } from '../ingest/indexPort.ts'
import { bodyText, contextText, textKey } from '../ingest/unitText.ts'
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

  constructor(private readonly log: Log) {}

  open(params: SessionOpenParams): SessionStats {
    this.close()
    mkdirSync(params.directory, { recursive: true, mode: 0o700 })
    const catalog = Catalog.open(path.join(params.directory, 'catalog.sqlite'))
    const lexical = LexicalFiles.open(path.join(params.directory, 'lexical'), this.log)
    const stores = openStores(params, this.log)
    this.#state = { catalog, lexical, stores, ...loadView(catalog, lexical, stores) }
    return this.stats()
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
    }
  }

  files(): FileRow[] {
    return this.#open.view.fileRows()
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
          lexical.store.add(contextKey, contextTerms(file.path, unit.container))
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

  pendingFiles(): string[] {
    return this.#open.vectors.pendingFiles()
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
    this.commit()
    this.#state.catalog.close()
    this.#state = undefined
  }

  get #open(): OpenState {
    if (!this.#state) throw new Error('The index session is not open.')
    return this.#state
  }
}

export interface OpenState {
  catalog: Catalog
  lexical: LexicalFiles
  /** The store of each space; one and the same where both spaces have one model. */
  stores: Record<Space, VectorStore>
  view: FolderView
  vectors: UnitVectors
}

function openStores({ directory, kernelDirectory, models }: SessionOpenParams, log: Log): Record<Space, VectorStore> {
  const open = new Map<string, VectorStore>()
  const storeOf = (space: Space) => {
    const { fingerprint, dim } = models[space]
    let store = open.get(fingerprint)
    if (!store) {
      const name = `vectors-${fingerprint.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 12)}`
      store = VectorStore.open({ directory: path.join(directory, name), kernelDirectory, dim, log })
      open.set(fingerprint, store)
    }
    return store
  }
  return Object.fromEntries(SPACES.map((space) => [space, storeOf(space)])) as Record<Space, VectorStore>
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
