import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { systemClock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { modelInUse, modelNotInstalled } from '../contract/errorCodes.ts'
import type { PlannedDownload } from '../contract/models.ts'
import { modelFingerprint, readModelFolder } from '../encode/modelFolder.ts'
import { POOL_FACTORS, pooledFingerprint } from '../encode/pooling.ts'
import { WriterLock } from '../index/writerLock.ts'
import { type FreeSpace, freeSpace } from '../models/diskSpace.ts'
import { downloadModel, isAsPlanned } from '../models/downloadModel.ts'
import { HttpClient } from '../models/http.ts'
import { endpointFrom, planFromHub } from '../models/hub.ts'
import { idFromSource, importModel } from '../models/importModel.ts'
import { withModelLock } from '../models/install.ts'
import { checkModelId } from '../models/modelId.ts'
import { ModelStore } from '../models/modelStore.ts'
import { proxyFor, shownProxy } from '../models/proxy.ts'
import { KNOWN_MODELS, knownModel } from '../models/registry.ts'
import { withRetries } from '../models/retry.ts'
import { trustedAuthorities } from '../models/trust.ts'
import type {
  DownloadPlan,
  DownloadProgress,
  FileCheck,
  InstalledModel,
  ModelFile,
  ModelListing,
} from '../models/types.ts'
import { verifyFiles } from '../models/verify.ts'
import { defaultUserModelsDirectory } from './modelPlaces.ts'
import { storeDirectory } from './openParts.ts'
import { indexesDirectory } from './storedIndexes.ts'

export type { DownloadPlan, DownloadProgress, FileCheck, InstalledModel, ModelListing, PlannedDownload }

export interface NetworkOptions {
  /** HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS, HF_ENDPOINT and HF_TOKEN are read from here. */
  env: Record<string, string | undefined>
  proxy?: string
  caFile?: string
  mirror?: string
}

export interface ModelLibraryOptions {
  modelsDirectory: string
  storageDirectory: string
  /** Where installed models are; in the storage folder where absent. */
  userModelsDirectory?: string
  network: NetworkOptions
  log: Log
  clock?: Clock
  free?: FreeSpace
}

export interface VerifyReport {
  id: string
  directory: string
  nFiles: number
  bad: FileCheck[]
}

/** API BOUNDARY. The models of a user: built in, installed, to be had. Only `plan` and `download` use the network. */
export class ModelLibrary {
  readonly #store: ModelStore
  readonly #clock: Clock
  readonly #free: FreeSpace
  #http: Promise<HttpClient> | undefined

  constructor(private readonly options: ModelLibraryOptions) {
    this.#store = new ModelStore(options.userModelsDirectory ?? defaultUserModelsDirectory(options.storageDirectory))
    this.#clock = options.clock ?? systemClock
    this.#free = options.free ?? freeSpace
  }

  /** Where installed models are. */
  get directory(): string {
    return this.#store.directory
  }

  /** The server that a download would go to, and the proxy in between, without its password. */
  get server(): { origin: string; proxy?: string } {
    const endpoint = this.#endpoint()
    const proxy = proxyFor(endpoint, this.options.network)
    return { origin: endpoint.origin, ...(proxy && { proxy: shownProxy(proxy) }) }
  }

  /** Built-in models first, then installed ones, then those that can be had. */
  async list(): Promise<ModelListing[]> {
    const builtIn = (await this.#builtIn()).map(({ files, ...model }) => ({ ...model, sizeBytes: sizeOf(files) }))
    const installed = (await this.#store.list()).map(listingOf)
    const present = new Set(installed.map(({ id }) => id))
    const available = KNOWN_MODELS.filter(({ id }) => !present.has(id)).map(({ id, spaces, summary }) => ({
      ...{ id, spaces, summary },
      ...{ state: 'available' as const, licence: null, sizeBytes: 0 },
    }))
    return [...builtIn, ...installed, ...available]
  }

  /**
   * What a download would bring: from the model's pin where it has one and no `revision` is asked for, else from the
   * hub, of which no file is fetched. `isInstalled` says that it is all there already.
   */
  async plan(
    id: string,
    { revision, signal, onRetry }: { revision?: string; signal?: AbortSignal; onRetry?(problem: string): void } = {},
  ): Promise<PlannedDownload> {
    const model = knownModel(id)
    const endpoint = this.#endpoint()
    const pin = revision === undefined ? ((await this.#store.pin(id)) ?? model.pinned) : undefined
    const installed = await this.#store.find(id)
    const own = { licence: null, repository: model.repository, ...pin }
    const plan: DownloadPlan = pin
      ? { ...own, ...pin, id, endpoint: endpoint.origin, isPinned: true }
      : await withRetries(
          async () => {
            const http = await this.#client()
            return planFromHub(model, revision ?? 'main', { http, endpoint, ...(signal && { signal }) })
          },
          { clock: this.#clock, ...(signal && { signal }), ...(onRetry && { onRetry }) },
        )
    return { ...plan, isInstalled: installed !== undefined && (await isAsPlanned(installed, plan, signal)) }
  }

  /** Fetches and installs what was planned. Only after the user's yes. */
  async download(
    plan: DownloadPlan,
    options: { signal?: AbortSignal; onProgress?(progress: DownloadProgress): void } = {},
  ): Promise<InstalledModel> {
    const http = await this.#client()
    return downloadModel(plan, {
      ...options,
      ...this.#dependencies(),
      ...{ http, endpoint: this.#endpoint(), log: this.options.log },
    })
  }

  /** Installs a model from a folder or an archive, under its own name unless `id` gives one. */
  async import(
    source: string,
    { id, ...options }: { id?: string; signal?: AbortSignal; onWaiting?(): void } = {},
  ): Promise<InstalledModel> {
    const name = id === undefined ? idFromSource(source) : checkModelId(id)
    return importModel(source, name, { ...options, ...this.#dependencies() })
  }

  /** Re-hashes one model, or all that are here. Throws E_MODEL_MISSING for an id that is not. */
  async verify(id?: string, signal?: AbortSignal): Promise<VerifyReport[]> {
    const present: { id: string; directory?: string; files: ModelFile[] }[] = [
      ...(await this.#builtIn()),
      ...(await this.#store.list()),
    ]
    const chosen = id === undefined ? present : present.filter((model) => model.id === id)
    if (id !== undefined && chosen.length === 0) throw modelNotInstalled(id)
    const reports: VerifyReport[] = []
    for (const { id: own, directory = '', files } of chosen) {
      const bad = await verifyFiles(directory, files, signal)
      reports.push({ id: own, directory, nFiles: files.length, bad })
    }
    return reports
  }

  /**
   * Deletes an installed model; gives its bytes. Unless forced, E_MODEL_IN_USE while settings name it (`inSettings`,
   * as far as the caller knows them) or an index was built with it.
   */
  async remove(
    id: string,
    { force = false, inSettings = [] }: { force?: boolean; inSettings?: readonly string[] } = {},
  ): Promise<number> {
    const model = await this.#store.find(id)
    if (!model) throw modelNotInstalled(id)
    if (!force) {
      if (inSettings.includes(id)) throw modelInUse(id, 'the settings')
      const indexes = await this.#indexesWith(model)
      if (indexes.length > 0) throw modelInUse(id, `the index of ${indexes.join(', ')}`)
    }
    return withModelLock(this.#store, id, this.#dependencies(), () => this.#store.remove(id))
  }

  #dependencies() {
    return {
      ...{ store: this.#store, clock: this.#clock, free: this.#free },
      check: readModelFolder,
      tryLock: (directory: string) => WriterLock.tryAcquire(directory),
    }
  }

  /** Names of the indexes that have vectors of this model. A damaged model has none that it could be known by. */
  async #indexesWith({ directory }: InstalledModel): Promise<string[]> {
    const indexes = indexesDirectory(this.options.storageDirectory)
    const fingerprint = await readModelFolder(directory)
      .then(modelFingerprint)
      .catch(() => undefined)
    if (fingerprint === undefined) return []
    const names = await readdir(indexes).catch(() => [])
    const fingerprints = POOL_FACTORS.map((factor) => pooledFingerprint(fingerprint, factor))
    const hasStore = (index: string) => fingerprints.some((each) => existsSync(storeDirectory(index, each)))
    return names.filter((name) => hasStore(path.join(indexes, name)))
  }

  async #builtIn(): Promise<(ModelListing & { files: ModelFile[] })[]> {
    const { modelsDirectory } = this.options
    const text = await readFile(path.join(modelsDirectory, 'manifest.json'), 'utf8').catch(() => '{"models": []}')
    return manifestSchema.parse(JSON.parse(text)).models.map(({ id, spaces, licence, folder, files }) => ({
      ...{ id, spaces, licence, files },
      ...{ state: 'built-in' as const, summary: 'comes with Lateral', sizeBytes: sizeOf(files) },
      directory: path.join(modelsDirectory, folder),
    }))
  }

  #endpoint(): URL {
    const { mirror, env } = this.options.network
    return endpointFrom(mirror, env)
  }

  /** Made when it is first needed: reading every authority of a system takes a while. */
  #client(): Promise<HttpClient> {
    this.#http ??= this.#createClient()
    return this.#http
  }

  async #createClient(): Promise<HttpClient> {
    const { network, log } = this.options
    const { env, proxy, caFile } = network
    const authorities = await trustedAuthorities({ env, log, ...(caFile && { caFile }) })
    const { origin, protocol, hostname } = this.#endpoint()
    const value = env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN
    // Never in the clear over a network.
    const isSafe = protocol === 'https:' || LOOPBACK.has(hostname)
    return new HttpClient({
      ...{ env, authorities, stallMs: STALL_MS, now: this.#clock.now, log },
      ...(proxy && { proxy }),
      ...(value && isSafe && { token: { origin, value } }),
    })
  }
}

function listingOf({ id, directory, source, revision, licence, files }: InstalledModel): ModelListing {
  const known = KNOWN_MODELS.find((model) => model.id === id)
  return {
    ...{ id, directory, licence, state: 'installed' as const, sizeBytes: sizeOf(files) },
    spaces: known?.spaces ?? ['code', 'docs'],
    summary: known?.summary ?? (source === 'import' ? 'imported' : 'not on the list'),
    ...(revision && { revision }),
  }
}

const sizeOf = (files: readonly ModelFile[]) => files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

const STALL_MS = 30_000
const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

const manifestSchema = z.object({
  models: z.array(
    z.object({
      id: z.string(),
      spaces: z.array(z.enum(['code', 'docs'])),
      licence: z.string(),
      folder: z.string(),
      files: z.array(z.object({ path: z.string(), sha256: z.string(), sizeBytes: z.number() })),
    }),
  ),
})
