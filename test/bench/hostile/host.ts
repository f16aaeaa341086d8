import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { FolderStatus, SearchReply, WireHit } from '../../../server/src/contract/requests.ts'
import { type Report, Unanswered } from './types.ts'
import { type Answer, Wire } from './wire.ts'

/**
 * A server that lives through many cases, with a calm folder of its own. While a case runs, that folder is asked all the
 * time: whatever happens in another one, it must answer.
 */
export class Host {
  readonly wire: Wire
  readonly storage: string
  readonly #calm: string
  readonly #settings = new Map<string, Record<string, unknown>>()
  #isWatching = true

  /** `place` is an empty folder for it. */
  static async start(place: string, report: Report, limitMs: number): Promise<Host> {
    const host = new Host(place, report, limitMs)
    await host.#initialize()
    void host.#watchCalm()
    return host
  }

  private constructor(
    place: string,
    readonly report: Report,
    readonly limitMs: number,
  ) {
    this.storage = path.join(place, 'storage')
    this.#calm = path.join(place, 'calm')
    mkdirSync(this.#calm, { recursive: true })
    writeFileSync(path.join(this.#calm, 'tide.ts'), CALM_TEXT)
    const home = path.join(place, 'home')
    mkdirSync(home, { recursive: true })
    this.wire = new Wire({
      report,
      limitMs,
      env: { ...process.env, HOME: home, ORT_DISABLE_TELEMETRY: '1' },
      onRequest: (method, params) =>
        method === 'workspace/configuration'
          ? params.items.map((item: { scopeUri?: string }) => this.#settings.get(item.scopeUri ?? '') ?? ONE_THREAD)
          : null,
    })
  }

  /** Whether it can be used for another case. */
  get isWell(): boolean {
    return this.#isWatching && !this.wire.hasEnded
  }

  /** Adds the folder and waits until it is ready, refused, or `limitMs` are over, which is reported. */
  async openFolder(
    folder: string,
    settings: Record<string, unknown> = {},
    limitMs = this.limitMs,
  ): Promise<FolderStatus> {
    const uri = uriOf(folder)
    this.#settings.set(uri, { ...ONE_THREAD, ...settings })
    this.wire.notify('workspace/didChangeWorkspaceFolders', {
      event: { added: [{ uri, name: path.basename(folder) }], removed: [] },
    })
    return this.untilReady(folder, limitMs)
  }

  async untilReady(folder: string, limitMs = this.limitMs): Promise<FolderStatus> {
    const untilMs = performance.now() + limitMs
    for (;;) {
      const status = await this.statusOf(folder)
      if (status && SETTLED.has(status.phase)) return status
      if (performance.now() > untilMs) {
        this.report('hangs', `the folder is ${status?.phase ?? 'not there'} after ${limitMs / 1000} s`)
        throw new Unanswered('not ready')
      }
      await sleep(40)
    }
  }

  async statusOf(folder: string): Promise<FolderStatus | undefined> {
    const { result } = await this.request('lateral/status', {})
    return result?.folders.find((each: FolderStatus) => each.uri === uriOf(folder))
  }

  async closeFolder(folder: string): Promise<void> {
    const removed = [{ uri: uriOf(folder), name: path.basename(folder) }]
    this.wire.notify('workspace/didChangeWorkspaceFolders', { event: { added: [], removed } })
    await this.request('lateral/status', {})
  }

  request(method: string, params?: unknown, limitMs?: number): Promise<Answer> {
    return this.wire.request(method, params, limitMs)
  }

  notify(method: string, params?: unknown): void {
    this.wire.notify(method, params)
  }

  /** Tells of changed files, as an editor's watcher does. */
  changed(...files: string[]): void {
    const changes = files.map((file) => ({ uri: uriOf(file), type: 2 }))
    this.wire.notify('workspace/didChangeWatchedFiles', { changes })
  }

  /** Hits in the folder; none where it answered with an error, which must be one with a name. */
  async search(folder: string, query: string, more: Record<string, unknown> = {}): Promise<WireHit[]> {
    const answer = await this.request('lateral/search', { query, folders: [uriOf(folder)], limit: 20, ...more })
    return (answer.result as SearchReply | undefined)?.hits ?? []
  }

  async stop(): Promise<void> {
    this.#isWatching = false
    await this.wire.stop()
  }

  async #initialize(): Promise<void> {
    const uri = uriOf(this.#calm)
    await this.request('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri, name: 'calm' }],
      initializationOptions: { storageDirectory: this.storage },
      capabilities: {
        window: { workDoneProgress: true },
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeConfiguration: { dynamicRegistration: true },
          didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true },
        },
      },
    })
    this.notify('initialized', {})
    const { phase } = await this.untilReady(this.#calm, 3 * this.limitMs)
    if (phase !== 'ready') throw new Error(`The calm folder is ${phase}: nothing can be measured.`)
  }

  async #watchCalm(): Promise<void> {
    while (this.#isWatching) {
      try {
        const hits = await this.search(this.#calm, 'tide table of the estuary')
        if (!hits.some(({ name }) => name === 'tideTable')) this.report('lost_answers', 'the calm folder finds nothing')
      } catch {
        // Reported. A server that left one search unanswered is of no use to the next case.
        this.#isWatching = false
      }
      await sleep(300)
    }
  }
}

export const uriOf = (file: string): string => pathToFileURL(file).href

const CALM_TEXT = '/** The tide table of the estuary. */\nexport function tideTable(day: number) {\n  return day\n}\n'
const ONE_THREAD = { 'index.threads': 1, 'search.threads': 1 }
const SETTLED: ReadonlySet<string> = new Set(['ready', 'error', 'off'])
