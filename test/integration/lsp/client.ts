import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import {
  createMessageConnection,
  type MessageConnection,
  ProgressType,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'
import { URI } from 'vscode-uri'
import type { RequestDefinition, SearchReply, StatusReply, WireHit } from '../../../server/src/contract/requests.ts'
import { SearchRequest, StatusRequest } from '../../../server/src/contract/requests.ts'

const SERVER = path.resolve(import.meta.dirname, '../../../server/dist/main.js')

export interface ClientOptions {
  folders: string[]
  storageDirectory: string
  /** Answers `workspace/configuration`, as the nested object that editors send. */
  settings?: Record<string, unknown>
  /** Whether the client watches files for the server. */
  watches?: boolean
  capabilities?: Record<string, unknown>
  processId?: number | null
}

interface Message {
  method: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the server sent
  params: any
}

/** An editor without a screen: the built server as a process, spoken to over stdio. */
export class LspClient {
  readonly connection: MessageConnection
  /** Everything the server sent but answers, in order. */
  readonly received: Message[] = []
  settings: Record<string, unknown>
  // biome-ignore lint/suspicious/noExplicitAny: as above
  initializeResult: any
  /** What the process wrote to standard error: the reason, where it ended by itself. */
  errorOutput = ''
  #rawOutput: Buffer[] = []

  static async start(options: ClientOptions): Promise<LspClient> {
    const client = new LspClient(options)
    await client.#initialize()
    return client
  }

  readonly process: ChildProcessWithoutNullStreams

  private constructor(readonly options: ClientOptions) {
    this.settings = options.settings ?? {}
    this.process = spawn(process.execPath, [SERVER, '--stdio'])
    this.process.stderr.on('data', (chunk) => {
      this.errorOutput += chunk
    })
    this.process.stdout.on('data', (chunk) => this.#rawOutput.push(chunk))
    this.connection = createMessageConnection(
      new StreamMessageReader(this.process.stdout),
      new StreamMessageWriter(this.process.stdin),
    )
    this.connection.onRequest('workspace/configuration', ({ items }) => items.map(() => this.settings))
    this.connection.onRequest((method, params) => {
      this.received.push({ method, params })
      return null
    })
    this.connection.onNotification((method, params) => void this.received.push({ method, params }))
    this.connection.onUnhandledProgress(({ token, value }) =>
      this.received.push({ method: '$/progress', params: { token, value } }),
    )
    this.connection.listen()
  }

  async #initialize(): Promise<void> {
    const { folders, storageDirectory, watches = false, capabilities, processId = process.pid } = this.options
    this.initializeResult = await this.connection.sendRequest('initialize', {
      processId,
      rootUri: null,
      workspaceFolders: folders.map((folder) => ({ uri: toUri(folder), name: path.basename(folder) })),
      initializationOptions: { storageDirectory },
      capabilities: {
        window: { workDoneProgress: true },
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeConfiguration: { dynamicRegistration: true },
          ...(watches && { didChangeWatchedFiles: { dynamicRegistration: true, relativePatternSupport: true } }),
        },
        ...capabilities,
      },
    })
    await this.connection.sendNotification('initialized', {})
  }

  request<Params, Result>(definition: RequestDefinition<Params, Result>, params: Params): Promise<Result> {
    return this.connection.sendRequest(definition.method, params)
  }

  search(query: string): Promise<SearchReply> {
    return this.request(SearchRequest, { query })
  }

  async searchInParts(query: string): Promise<{ partial: WireHit[][]; reply: SearchReply }> {
    const partial: WireHit[][] = []
    const partialResultToken = `search-${query}`
    const listener = this.connection.onProgress(new ProgressType<WireHit[]>(), partialResultToken, (hits) => {
      partial.push(hits)
    })
    const reply = await this.request(SearchRequest, { query, partialResultToken })
    listener.dispose()
    return { partial, reply }
  }

  async names(query: string): Promise<string[]> {
    return (await this.search(query)).hits.map((hit) => hit.name)
  }

  status(): Promise<StatusReply> {
    return this.request(StatusRequest, {})
  }

  /** Waits until every folder is in `phase`. */
  async untilPhase(phase: string, timeoutMs = 15_000): Promise<StatusReply> {
    return until(`phase ${phase}`, timeoutMs, async () => {
      const status = await this.status()
      const phases = new Set(status.folders.map((folder) => folder.phase as string))
      return phases.size === 1 && phases.has(phase) ? status : undefined
    })
  }

  /** Opens a document, as an editor does. */
  async open(file: string, text: string, languageId = 'typescript'): Promise<string> {
    const uri = toUri(file)
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    })
    return uri
  }

  // biome-ignore lint/suspicious/noExplicitAny: an LSP hover, or null
  hover(uri: string, line: number, character: number): Promise<any> {
    return this.connection.sendRequest('textDocument/hover', { textDocument: { uri }, position: { line, character } })
  }

  async changeSettings(settings: Record<string, unknown>): Promise<void> {
    this.settings = settings
    await this.connection.sendNotification('workspace/didChangeConfiguration', { settings: null })
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  sent(method: string): any[] {
    return this.received.filter((message) => message.method === method).map(({ params }) => params)
  }

  /** Resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode
    await this.connection.sendRequest('shutdown')
    const exited = this.exited()
    await this.connection.sendNotification('exit')
    return exited
  }

  exited(): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode)
    return new Promise((resolve) => this.process.once('exit', resolve))
  }

  /** What the server wrote to standard output between messages: nothing, if it behaves. */
  strayOutput(): string {
    let rest = Buffer.concat(this.#rawOutput)
    let stray = ''
    while (rest.length > 0) {
      const header = /^Content-Length: (\d+)\r\n(?:[\w-]+: [^\r]*\r\n)*\r\n/.exec(rest.toString('latin1', 0, 200))
      if (header) rest = rest.subarray(header[0].length + Number(header[1]))
      else {
        stray += rest.toString('latin1', 0, 1)
        rest = rest.subarray(1)
      }
    }
    return stray
  }
}

export function toUri(file: string): string {
  return URI.file(file).toString()
}

/** Asks `probe` again and again until it gives something. */
export async function until<T>(what: string, timeoutMs: number, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
