import * as vscode from 'vscode'
import { type LanguageClient, ProgressType, State } from 'vscode-languageclient/node'
import {
  type ModelDownloadParams,
  ModelDownloadRequest,
  type ModelInstalledReply,
  type RequestDefinition,
  type SearchParams,
  type SearchReply,
  SearchRequest,
  StatusChanged,
  type StatusReply,
  type TuneParams,
  type TuneReply,
  TuneRequest,
  type WireHit,
} from '../../server/src/contract/requests.ts'
import { createLanguageClient } from './languageClient.ts'
import { showError } from './notify.ts'
import { needsServerRestart, readSetting } from './settings.ts'
import { Explanations } from './ui/explanations.ts'
import { ResultsTree } from './ui/resultsTree.ts'
import { StatusBar } from './ui/statusBar.ts'

/** Owns what lives as long as the extension: the server's client, the log and the views. */
export class Context implements vscode.Disposable {
  readonly log = vscode.window.createOutputChannel('Lateral', { log: true })
  readonly results = new ResultsTree()
  readonly explanations = new Explanations()
  readonly statusBar = new StatusBar()
  readonly recentQueries: RecentQueries
  /** As the server last told it. */
  status: StatusReply | undefined
  readonly #statusChanged = new vscode.EventEmitter<StatusReply>()
  readonly onDidChangeStatus = this.#statusChanged.event
  readonly #client: LanguageClient
  readonly #disposables: vscode.Disposable[]
  /** Starting and stopping never overlap. */
  #turn: Promise<void> = Promise.resolve()

  constructor(extension: vscode.ExtensionContext) {
    this.recentQueries = new RecentQueries(extension.workspaceState)
    this.#client = createLanguageClient(extension.extensionPath, this.log)
    this.#disposables = [
      this.#client.onNotification(StatusChanged.method, (status: StatusReply) => this.#setStatus(status)),
      this.#client.onDidChangeState(({ newState }) => this.#clientChanged(newState)),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.update()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('lateral.enabled')) void this.update()
        if (needsServerRestart(event)) void this.#inTurn(() => this.#client.restart())
      }),
      this.#statusChanged,
      this.results,
      this.explanations,
      this.statusBar,
      this.log,
    ]
  }

  get isMultiRoot(): boolean {
    return (vscode.workspace.workspaceFolders?.length ?? 0) > 1
  }

  /** Runs the server exactly while some folder on disk is enabled. */
  update(): Promise<void> {
    return this.#inTurn(async () => {
      const wanted = isAnyFolderEnabled()
      if (wanted && this.#client.needsStart()) await this.#client.start()
      else if (!wanted && this.#client.needsStop()) await this.#client.stop()
      if (!wanted) this.#setStatus({ folders: [] })
    })
  }

  /** Asks the server, once it is up. Rejects with its error, or with `CancellationError`. */
  async request<Params, Result>(
    definition: RequestDefinition<Params, Result>,
    params: Params,
    token?: vscode.CancellationToken,
  ): Promise<Result> {
    await this.#turn
    if (!this.#client.isRunning()) throw new ServerOff()
    // A missing token would be sent as one more parameter.
    return token
      ? this.#client.sendRequest<Result>(definition.method, params, token)
      : this.#client.sendRequest<Result>(definition.method, params)
  }

  /** Searches; `onPartial` gets the hits that are known before the answer. */
  async search(
    params: SearchParams,
    token?: vscode.CancellationToken,
    onPartial?: (hits: WireHit[]) => void,
  ): Promise<SearchReply> {
    if (!onPartial) return this.request(SearchRequest, params, token)
    return this.#listening(onPartial, (partialResultToken) =>
      this.request(SearchRequest, { ...params, partialResultToken }, token),
    )
  }

  /** Measures searches; `onProgress` hears how far that is. */
  tune(
    params: TuneParams,
    token: vscode.CancellationToken | undefined,
    onProgress: (progress: ProgressReport) => void,
  ): Promise<TuneReply> {
    return this.#listening(onProgress, (workDoneToken) =>
      this.request(TuneRequest, { ...params, workDoneToken }, token),
    )
  }

  /** Downloads a model that was planned; `onProgress` hears how far that is. */
  downloadModel(
    params: ModelDownloadParams,
    token: vscode.CancellationToken | undefined,
    onProgress: (progress: ProgressReport) => void,
  ): Promise<ModelInstalledReply> {
    return this.#listening(onProgress, (workDoneToken) =>
      this.request(ModelDownloadRequest, { ...params, workDoneToken }, token),
    )
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
  }

  /** Ends the server; waits until it has gone. */
  async stop(): Promise<void> {
    await this.#inTurn(() => (this.#client.needsStop() ? this.#client.stop() : Promise.resolve()))
  }

  /** Runs a request that reports under the token it is given. */
  async #listening<Value, Result>(
    onValue: (value: Value) => void,
    run: (token: string) => Promise<Result>,
  ): Promise<Result> {
    const token = `lateral-${++nTokens}`
    const listener = this.#client.onProgress(new ProgressType<Value>(), token, onValue)
    try {
      return await run(token)
    } finally {
      listener.dispose()
    }
  }

  #setStatus(status: StatusReply): void {
    this.status = status
    this.statusBar.show(status)
    this.#statusChanged.fire(status)
  }

  #clientChanged(state: State): void {
    if (state === State.Stopped && isAnyFolderEnabled()) this.statusBar.showStopped()
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch((error) => void showError(error))
    return this.#turn
  }
}

/** What of a work-done progress is shown: `begin` has neither message nor percentage above 0. */
export interface ProgressReport {
  percentage?: number
  message?: string
}

/** The last queries of this workspace, latest first. */
export class RecentQueries {
  constructor(readonly memento: vscode.Memento) {}

  all(): string[] {
    return this.memento.get<string[]>(RECENT_KEY, [])
  }

  add(query: string): void {
    const others = this.all().filter((other) => other !== query)
    void this.memento.update(RECENT_KEY, [query, ...others].slice(0, MAX_RECENT))
  }
}

class ServerOff extends Error {
  readonly data = { code: 'E_USAGE', advice: 'Open a folder, and see that the setting lateral.enabled is on.' }
  constructor() {
    super('The language server is not running.')
  }
}

function isAnyFolderEnabled(): boolean {
  const folders = vscode.workspace.workspaceFolders ?? []
  return folders.some(({ uri }) => uri.scheme === 'file' && readSetting('enabled', uri))
}

let nTokens = 0
const RECENT_KEY = 'lateral.recentQueries'
const MAX_RECENT = 10
