// Opens a folder in VS Code with the extension of this checkout.
import { spawn } from 'node:child_process'
import { repositoryRoot } from './freshness.mjs'
import { Problem } from './problem.mjs'

/** The installed VS Code where `code` is on PATH, else one in the browser that runs until Ctrl+C. Resolves to 0. */
export async function openEditor(folder, { port, storageDirectory }) {
  if (await openDesktop(folder)) {
    console.log('VS Code is open, with Lateral. Its search: the command "Lateral: Search Code by Meaning…".')
    return 0
  }
  return serveInBrowser(folder, port, storageDirectory)
}

function openDesktop(folder) {
  const args = [`--extensionDevelopmentPath=${repositoryRoot}`, folder]
  return new Promise((resolve) => {
    const child = spawn('code', args, { stdio: 'ignore', shell: process.platform === 'win32' })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}

async function serveInBrowser(folder, port, storageDirectory) {
  const { startEditorServer } = await import('./editor/index.mjs')
  let server
  try {
    const settings = { 'lateral.index.location': storageDirectory }
    server = await startEditorServer({
      folder,
      extensionPath: repositoryRoot,
      settings,
      ...(port !== undefined && { port }),
    })
  } catch (error) {
    throw new Problem(`The editor could not be started: ${error.message}`)
  }
  console.log(`\nVS Code with Lateral: ${server.url}\nCtrl+C ends it.`)
  await new Promise((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await server.stop()
  return 0
}
