import { homedir } from 'node:os'
import path from 'node:path'
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node'
import { closeToOthers } from './base/ownModes.ts'
import { defaultStorageDirectory } from './base/paths.ts'
import { printableTrace } from './contract/printable.ts'
import { createEngine } from './engine/engine.ts'
import { startServer } from './lsp/connection.ts'
import { openTransport } from './lsp/transport.ts'

/** The language server's process: `--node-ipc` under VS Code's client, `--stdio` (also the default) under any other. */
closeToOthers()
const { reader, writer } = openTransport(process.argv.slice(2), process)
const connection = createConnection(ProposedFeatures.all, reader, writer)

// A failure that nobody waits for is a bug, but none that should end every search of the editor.
process.on('unhandledRejection', (reason) => {
  connection.console.error(
    printableTrace(`Unhandled: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`),
  )
})

startServer(connection, createEngine, {
  storageDirectory: defaultStorageDirectory({
    platform: process.platform,
    env: process.env,
    homeDirectory: homedir(),
  }),
  // The same two steps up from server/src and from server/dist.
  modelsDirectory: path.resolve(import.meta.dirname, '../../models'),
})
