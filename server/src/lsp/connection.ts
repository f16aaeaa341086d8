import path from 'node:path'
import {
  type Connection,
  DidChangeConfigurationNotification,
  type InitializeParams,
  type InitializeResult,
  PositionEncodingKind,
  ProgressType,
} from 'vscode-languageserver/node'
import { name, version } from '../../../package.json'
import { systemClock } from '../base/clock.ts'
import { createLog, type Log, type LogLevel } from '../base/log.ts'
import { printableTrace } from '../contract/printable.ts'
import {
  type InitializationOptions,
  type NetworkParams,
  PROTOCOL_VERSION,
  StatusChanged,
  type StatusReply,
} from '../contract/requests.ts'
import { defaultSettings, type Settings } from '../contract/settings.schema.ts'
import type { ModelLibrary } from '../engine/modelLibrary.ts'
import type { Engine, EngineOptions } from '../engine/types.ts'
import { toPath, toUri } from './convert.ts'
import { guard, type Handler, serve } from './dispatch.ts'
import { OpenDocuments } from './documents.ts'
import { Folders } from './folders.ts'
import { explainHandler } from './handlers/explain.ts'
import { hover } from './handlers/hover.ts'
import { indexControlHandlers } from './handlers/indexControl.ts'
import {
  modelDownloadHandler,
  modelImportHandler,
  modelListHandler,
  modelPlanHandler,
  modelRemoveHandler,
} from './handlers/models.ts'
import { relatedHandler } from './handlers/related.ts'
import { searchHandler } from './handlers/search.ts'
import { statusHandler } from './handlers/status.ts'
import { tuneHandler } from './handlers/tune.ts'
import type { Session } from './session.ts'
import { SettingsSource } from './settings.ts'
import { Throttle } from './throttle.ts'
import { createWatcher } from './watching.ts'

const STATUS_INTERVAL_MS = 250
/** An editor that is closing does not wait longer. What was written so far is safe at any moment. */
const SHUTDOWN_MS = 3000

export type EngineFactory = (options: EngineOptions) => Promise<Engine>

export interface Directories {
  storageDirectory: string
  modelsDirectory: string
}

/**
 * Speaks LSP on `connection` until the client says `exit` or goes away. `initialize` is answered at once; folders
 * open and the engine starts after `initialized`.
 */
export function startServer(connection: Connection, createEngine: EngineFactory, defaults: Directories): void {
  let server: Server | undefined
  connection.onInitialize((params) => {
    server = new Server(connection, createEngine, defaults, params)
    return initializeResult()
  })
  connection.onInitialized(() => server?.open())
  connection.onShutdown(() => server?.close())
  connection.listen()
}

class Server implements Session {
  readonly folders: Folders
  readonly documents: OpenDocuments
  readonly #log: Log
  readonly #options: InitializationOptions
  readonly #settings: SettingsSource
  readonly #statusChanged = new Throttle(STATUS_INTERVAL_MS, () => this.#sendStatus())
  #logLevel: LogLevel = 'info'
  #sentStatus = ''
  #windowSettings: Promise<Settings> = Promise.resolve(defaultSettings)
  #engine: Promise<Engine> | undefined

  constructor(
    readonly connection: Connection,
    readonly createEngine: EngineFactory,
    readonly defaults: Directories,
    readonly params: InitializeParams,
  ) {
    this.#log = createLog('trace', (level, message) => this.#write(level, message))
    this.#options = initializationOptions(params.initializationOptions)
    this.#settings = new SettingsSource(connection, params.capabilities, this.#options.settings, this.#log)
    const canShowProgress = params.capabilities.window?.workDoneProgress === true
    this.folders = new Folders(this.#settings, {
      engine: () => this.#startEngine(),
      watcher: createWatcher(connection, params.capabilities, this.#log),
      log: this.#log,
      clock: systemClock,
      startProgress: () => (canShowProgress ? connection.window.createWorkDoneProgress() : undefined),
      onDidChangeState: () => this.#statusChanged.changed(),
    })
    this.documents = new OpenDocuments(connection, this.folders)
    this.#serveRequests()
  }

  async open(): Promise<void> {
    const { connection, params } = this
    const workspace = params.capabilities.workspace
    connection.onDidChangeConfiguration(() => {
      this.#windowSettings = this.#readSettings()
      void this.folders.settingsChanged()
    })
    if (workspace?.didChangeConfiguration?.dynamicRegistration)
      void connection.client.register(DidChangeConfigurationNotification.type, { section: 'lateral' })
    if (workspace?.workspaceFolders)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        void this.folders.remove(removed.map((folder) => folder.uri)).then(() => this.#add(added))
      })
    this.#windowSettings = this.#readSettings()
    await this.#add(initialFolders(params))
  }

  async close(): Promise<void> {
    this.#statusChanged.dispose()
    const closed = Promise.all(this.folders.all().map((folder) => folder.close()))
      .then(() => this.#engine)
      .then((engine) => engine?.dispose())
    await Promise.race([closed, new Promise<void>((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref())])
  }

  sendPartial(token: string | number, value: unknown): void {
    void this.connection.sendProgress(new ProgressType<unknown>(), token, value)
  }

  async progress(token: string | number | undefined, onCancel: () => void) {
    const { window } = this.connection
    if (token !== undefined) return window.attachWorkDoneProgress(token)
    if (this.params.capabilities.window?.workDoneProgress !== true) return undefined
    const reporter = await window.createWorkDoneProgress()
    reporter.token.onCancellationRequested(onCancel)
    return reporter
  }

  async models({ proxy, noProxy }: NetworkParams = {}): Promise<ModelLibrary> {
    const settings = await this.#windowSettings
    const [mirror, caFile] = [settings['models.mirror'], settings['models.caFile']]
    // Loaded when it is wanted: it brings archives and proxies along, which a server without downloads never needs.
    const { ModelLibrary } = await import('../engine/modelLibrary.ts')
    return new ModelLibrary({
      modelsDirectory: this.#options.modelsDirectory || this.defaults.modelsDirectory,
      userModelsDirectory: this.#userModelsDirectory(),
      storageDirectory: settings['index.location'] || this.#options.storageDirectory || this.defaults.storageDirectory,
      network: {
        env: noProxy?.length ? withNoProxy(process.env, noProxy) : process.env,
        ...(proxy && { proxy }),
        ...(mirror && { mirror }),
        ...(caFile && { caFile }),
      },
      log: this.#log,
    })
  }

  #serveRequests(): void {
    const { connection } = this
    const log = this.#log
    const add = <P, R>(handler: Handler<P, R, Session>) => serve(connection, log, this, handler)
    add(searchHandler)
    add(explainHandler)
    add(relatedHandler)
    add(statusHandler)
    add(tuneHandler)
    for (const handler of indexControlHandlers) add(handler)
    add(modelListHandler)
    add(modelPlanHandler)
    add(modelDownloadHandler)
    add(modelImportHandler)
    add(modelRemoveHandler)
    connection.onHover((params, token) =>
      guard('textDocument/hover', log, token, (signal) => hover(this, params, signal)),
    )
  }

  async #add(folders: { uri: string; name: string }[]): Promise<void> {
    await this.folders.add(folders)
    this.documents.touchAll()
  }

  /** The settings that belong to the window rather than to a folder. */
  async #readSettings(): Promise<Settings> {
    const settings = await this.#settings.read()
    this.#logLevel = settings.logLevel
    return settings
  }

  #startEngine(): Promise<Engine> {
    this.#engine ??= this.#createEngine().catch((error) => {
      // The next folder may have better luck, for instance once a model has been put in place.
      this.#engine = undefined
      throw error
    })
    return this.#engine
  }

  async #createEngine(): Promise<Engine> {
    const { 'index.location': location } = await this.#windowSettings
    return this.createEngine({
      storageDirectory: location || this.#options.storageDirectory || this.defaults.storageDirectory,
      modelsDirectory: this.#options.modelsDirectory || this.defaults.modelsDirectory,
      userModelsDirectory: this.#userModelsDirectory(),
      bridgeModel: defaultSettings['model.code'],
      log: this.#log,
    })
  }

  /** Not below `index.location`: the command line, which knows no settings, installs models where it looks by itself. */
  #userModelsDirectory(): string {
    return path.join(this.#options.storageDirectory || this.defaults.storageDirectory, 'models')
  }

  #sendStatus(): void {
    const reply: StatusReply = { folders: this.folders.all().map((folder) => folder.lastStatus()) }
    const text = JSON.stringify(reply)
    if (text === this.#sentStatus) return
    this.#sentStatus = text
    void this.connection.sendNotification(StatusChanged.method, reply)
  }

  #write(level: LogLevel, message: string): void {
    if (level === 'off' || LEVELS.indexOf(level) < LEVELS.indexOf(this.#logLevel)) return
    const { console } = this.connection
    const text = printableTrace(message)
    if (level === 'trace') console.log(text)
    else console[level](text)
  }
}

function initializeResult(): InitializeResult {
  return {
    serverInfo: { name, version },
    capabilities: {
      positionEncoding: PositionEncodingKind.UTF16,
      textDocumentSync: { openClose: true, change: OpenDocuments.syncKind, save: true },
      hoverProvider: true,
      workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      experimental: { lateral: { protocolVersion: PROTOCOL_VERSION } },
    },
  }
}

/** Adds the editor's hosts to those of the environment, which may be spelt either way. */
function withNoProxy(env: NodeJS.ProcessEnv, hosts: string[]): NodeJS.ProcessEnv {
  const own = env.no_proxy || env.NO_PROXY
  return { ...env, no_proxy: [...(own ? [own] : []), ...hosts].join(',') }
}

/** What a client may send in any shape, as empty objects become lists in some. */
function initializationOptions(given: unknown): InitializationOptions {
  const { storageDirectory, modelsDirectory, settings } = (given ?? {}) as Record<string, unknown>
  return {
    ...(typeof storageDirectory === 'string' && { storageDirectory }),
    ...(typeof modelsDirectory === 'string' && { modelsDirectory }),
    settings,
  }
}

/** Clients from before workspace folders name a root only. */
function initialFolders(params: InitializeParams): { uri: string; name: string }[] {
  if (params.workspaceFolders) return params.workspaceFolders
  const uri = params.rootUri ?? (params.rootPath ? toUri(params.rootPath) : undefined)
  return uri ? [{ uri, name: path.basename(toPath(uri) ?? uri) }] : []
}

const LEVELS: LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'off']
