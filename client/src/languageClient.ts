import path from 'node:path'
import type * as vscode from 'vscode'
import {
  LanguageClient,
  type LanguageClientOptions,
  type ServerOptions,
  TransportKind,
} from 'vscode-languageclient/node'
import type { InitializationOptions } from '../../server/src/contract/requests.ts'
import { withCommandLinks } from './ui/hover.ts'

/** After so many crashes within three minutes the server stays down, and the log says why. */
const MAX_RESTARTS = 4

/** The client of our server: a process of its own that speaks over Node's IPC channel and dies with this one. */
export function createLanguageClient(extensionPath: string, log: vscode.LogOutputChannel): LanguageClient {
  const module = path.join(extensionPath, 'server', 'dist', 'main.js')
  const server: ServerOptions = {
    run: { module, transport: TransportKind.ipc },
    debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6019'] } },
  }
  const initializationOptions: InitializationOptions = { modelsDirectory: path.join(extensionPath, 'models') }
  const options: LanguageClientOptions = {
    documentSelector: [{ scheme: 'file' }],
    initializationOptions,
    outputChannel: log,
    connectionOptions: { maxRestartCount: MAX_RESTARTS },
    middleware: {
      // The status bar item already tells how far the index is; a second display would only repeat it.
      handleWorkDoneProgress: () => {},
      provideHover: async (document, position, token, next) => {
        const hover = await next(document, position, token)
        return hover && withCommandLinks(hover, document.uri, position)
      },
    },
  }
  return new LanguageClient('lateral', 'Lateral', server, options)
}
