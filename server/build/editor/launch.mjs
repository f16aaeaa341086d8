import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ensureEditor } from './install.mjs'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 5_000

/**
 * Starts VS Code's web server on the loopback interface, with settings of its own and one extension installed.
 * @param {object} [options]
 * @param {string} [options.folder] Workspace folder that `url` opens.
 * @param {string} [options.extensionPath] Folder of an unpacked extension. Not with `driver`: there the URL names it.
 * @param {string} [options.vsix] Package to install, as a user would.
 * @param {Record<string, unknown>} [options.settings] User settings, over quiet defaults.
 * @param {number} [options.port] A free one where absent.
 * @param {boolean} [options.driver] Allow test payloads in the URL. Also hides ordinary notifications.
 * @param {string} [options.dataDirectory] Where settings and state live; otherwise a temporary folder, gone after `stop`.
 * @param {NodeJS.ProcessEnv} [options.env] Added to the environment of server and extension host.
 * @returns {Promise<{ url: string, port: number, authority: string, dataDirectory: string, log(): string, stop(): Promise<void> }>}
 */
export async function startEditorServer(options = {}) {
  const editor = await ensureEditor()
  const port = options.port ?? (await freePort())
  const temporary = options.dataDirectory === undefined
  const dataDirectory = options.dataDirectory ?? mkdtempSync(path.join(tmpdir(), 'lateral-editor-'))
  writeSettings(dataDirectory, options.settings)

  // An empty gallery address keeps the workbench from asking a marketplace anything.
  const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...options.env }
  const entry = path.join(editor.serverDirectory, 'out', 'server-main.js')
  const common = [entry, '--server-data-dir', dataDirectory, '--accept-server-license-terms']
  if (options.extensionPath) linkExtension(dataDirectory, options.extensionPath)
  if (options.vsix) await runToEnd(editor.node, [...common, '--install-extension', options.vsix, '--force'], env)

  const args = [...common, '--host', '127.0.0.1', '--port', String(port), ...QUIET_ARGUMENTS]
  if (options.driver) args.push('--enable-smoke-test-driver')
  // A group of its own, so that `stop` reaches the extension host and the language server too.
  const child = spawn(editor.node, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    detached: process.platform !== 'win32',
  })
  let output = ''
  const collect = (chunk) => {
    output += chunk
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)

  const stop = async () => {
    await endProcess(child)
    if (temporary) rmSync(dataDirectory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await untilListening(child, () => output)
  } catch (error) {
    await stop()
    throw error
  }
  const authority = `127.0.0.1:${port}`
  const query = options.folder ? `?${new URLSearchParams({ folder: path.resolve(options.folder) })}` : ''
  return { url: `http://${authority}/${query}`, port, authority, dataDirectory, log: () => output, stop }
}

/** The server reads user settings from its data folder, so they hold before the first window opens. */
function writeSettings(dataDirectory, settings) {
  for (const profile of ['User', 'Machine']) {
    const folder = path.join(dataDirectory, 'data', profile)
    mkdirSync(folder, { recursive: true })
    const own = profile === 'User' ? { ...QUIET_SETTINGS, ...settings } : {}
    writeFileSync(path.join(folder, 'settings.json'), JSON.stringify(own, null, 2))
  }
}

/** Installs an unpacked extension by a link, so that a rebuild needs a reload of the window only. */
function linkExtension(dataDirectory, extensionPath) {
  const manifest = JSON.parse(readFileSync(path.join(extensionPath, 'package.json'), 'utf8'))
  const extensions = path.join(dataDirectory, 'extensions')
  const link = path.join(extensions, `${manifest.publisher}.${manifest.name}-${manifest.version}`)
  mkdirSync(extensions, { recursive: true })
  rmSync(link, { force: true })
  symlinkSync(path.resolve(extensionPath), link, process.platform === 'win32' ? 'junction' : 'dir')
}

async function untilListening(child, output) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!output().includes('Extension host agent listening')) {
    if (child.exitCode !== null || child.signalCode) throw new Error(`The editor's server ended at once.\n${output()}`)
    if (Date.now() > deadline) throw new Error(`The editor's server did not start in time.\n${output()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function endProcess(child) {
  if (child.exitCode !== null || child.signalCode) return Promise.resolve()
  const signal = (name) => {
    try {
      if (process.platform === 'win32') child.kill(name)
      else process.kill(-child.pid, name)
    } catch {
      // The group has already gone.
    }
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => signal('SIGKILL'), STOP_TIMEOUT_MS)
    child.once('exit', () => {
      clearTimeout(timer)
      resolve(undefined)
    })
    signal('SIGTERM')
  })
}

function runToEnd(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve(undefined) : reject(new Error(`Installing failed:\n${output}`))))
  })
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
      server.close(() => resolve(port))
    })
  })
}

const QUIET_ARGUMENTS = [
  '--without-connection-token',
  '--telemetry-level',
  'off',
  '--disable-telemetry',
  '--disable-workspace-trust',
  '--disable-update-check',
  '--disable-experiments',
  '--disable-getting-started-override',
]

const QUIET_SETTINGS = {
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.enabled': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'typescript.disableAutomaticTypeAcquisition': true,
  'npm.fetchOnlinePackageInfo': false,
}
