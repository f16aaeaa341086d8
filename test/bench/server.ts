import { spawn } from 'node:child_process'
import path from 'node:path'
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
  /** Resolves once everything is indexed. */
  ready(): Promise<FolderStatus>
  search(query: string): Promise<SearchReply>
  stop(): Promise<void>
}

/** The built server as a process over stdio, on one folder. */
export async function startServerOn(folder: string, storageDirectory: string): Promise<RunningServer> {
  const child = spawn(process.execPath, [path.join(root, 'server/dist/main.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
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
    initializationOptions: { storageDirectory } satisfies InitializationOptions,
  })
  await connection.sendNotification('initialized', {})
  return {
    async ready() {
      for (;;) {
        const { folders } = await connection.sendRequest<StatusReply>(StatusRequest.method, {})
        const status = folders[0]
        if (status?.phase === 'ready') return status
        if (status?.error) throw new Error(status.error.message)
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    },
    search: (query) => connection.sendRequest<SearchReply>(SearchRequest.method, { query } satisfies SearchParams),
    async stop() {
      await connection.sendRequest('shutdown')
      await connection.sendNotification('exit')
      connection.dispose()
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined)))
    },
  }
}
