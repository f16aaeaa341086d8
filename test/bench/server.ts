import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-languageserver/node'
import {
  type FolderStatus,
  type InitializationOptions,
  type SearchParams,
  type SearchReply,
  SearchRequest,
  type StatusReply,
  StatusRequest,
} from '../../server/src/contract/requests.ts'
import { root } from './corpus.ts'

export interface RunningServer {
  readonly pid: number
  /** Resolves once everything is indexed. */
  ready(): Promise<FolderStatus>
  /** The same, and the seconds later that a user needs for a first question: the server warms up in them. */
  readyForUser(): Promise<FolderStatus>
  status(): Promise<FolderStatus | undefined>
  search(query: string): Promise<SearchReply>
  stop(): Promise<void>
  /** As a crash would: at once, with no time for anything. */
  kill(): Promise<void>
}

export interface ServerOptions {
  /** Nested or flat, without the prefix. */
  settings?: Record<string, unknown>
  /** What starts it, where that is not Node alone; `--stdio` is the last argument. */
  command?: readonly string[]
  env?: NodeJS.ProcessEnv
}

/** The built server as a process over stdio, on one folder. Without a storage folder it takes its default. */
export async function startServerOn(
  folder: string,
  storageDirectory?: string,
  { settings, command = DEFAULT_COMMAND, env = process.env }: ServerOptions = {},
): Promise<RunningServer> {
  const [program, ...args] = command
  const child = spawn(program!, [...args, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'], env })
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  )
  connection.listen()
  const uri = pathToFileURL(folder).href
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: uri,
    workspaceFolders: [{ uri, name: path.basename(folder) }],
    capabilities: { workspace: { workspaceFolders: true } },
    initializationOptions: {
      ...(storageDirectory !== undefined && { storageDirectory }),
      ...(settings && { settings }),
    } satisfies InitializationOptions,
  })
  await connection.sendNotification('initialized', {})
  const status = async () => (await connection.sendRequest<StatusReply>(StatusRequest.method, {})).folders[0]
  const exited = () =>
    new Promise((resolve) =>
      child.exitCode !== null || child.signalCode !== null ? resolve(undefined) : child.once('exit', resolve),
    )
  const ready = async () => {
    for (;;) {
      const state = await status()
      if (state?.phase === 'ready') return state
      if (state?.error) throw new Error(state.error.message)
      await setTimeout(200)
    }
  }
  return {
    pid: child.pid!,
    status,
    ready,
    async readyForUser() {
      const state = await ready()
      await setTimeout(USER_MS)
      return state
    },
    search: (query) => connection.sendRequest<SearchReply>(SearchRequest.method, { query } satisfies SearchParams),
    async stop() {
      await connection.sendRequest('shutdown')
      await connection.sendNotification('exit')
      connection.dispose()
      await exited()
    },
    async kill() {
      connection.dispose()
      child.kill('SIGKILL')
      await exited()
    },
  }
}

const DEFAULT_COMMAND = [process.execPath, path.join(root, 'server/dist/main.js')]
const USER_MS = 3000
