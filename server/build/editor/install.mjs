import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { npmInstall } from './npmInstall.mjs'
import { EDITOR_FOLDER } from './places.mjs'

/** `code-server` holds VS Code's own web server and workbench; that server wants a newer Node than we support. */
const EDITOR_VERSION = '4.139.1'
const NODE_VERSION = '24.21.0'
/** As `code-server` asks for it. */
const WATCHER_VERSION = '2.5.6'

/**
 * Installs the editor once into `.vscode-test/editor` (about 650 MB) and says where its parts are. Later calls return
 * at once. An install that was cut off starts again.
 * @param {{ directory?: string, log?: (line: string) => void }} [options]
 * @returns {Promise<{ node: string, serverDirectory: string, version: string }>}
 *   `node` runs `out/server-main.js` of `serverDirectory`; `version` is VS Code's.
 */
export async function ensureEditor(options = {}) {
  const directory = options.directory ?? path.join(EDITOR_FOLDER, 'editor')
  const log = options.log ?? console.log
  const { nodePackage, watcherPackage } = platformPackages()
  const packages = [
    `code-server@${EDITOR_VERSION}`,
    `${nodePackage}@${NODE_VERSION}`,
    `${watcherPackage}@${WATCHER_VERSION}`,
  ]
  const stamp = path.join(directory, 'installed.json')
  const wanted = JSON.stringify(packages)
  const serverDirectory = path.join(directory, 'node_modules', 'code-server', 'lib', 'vscode')

  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    log(`Installing VS Code (code-server ${EDITOR_VERSION}) into ${path.relative(process.cwd(), directory) || '.'} …`)
    rmSync(directory, { recursive: true, force: true })
    mkdirSync(directory, { recursive: true })
    writeFileSync(path.join(directory, 'package.json'), '{"private":true}\n')
    await npmInstall(directory, packages)
    log('Installing its server …')
    // Optional packages are its chat (126 MB, not used here) and the watcher's binary, which stands above.
    await npmInstall(serverDirectory, ['--omit=dev', '--omit=optional'])
    // TypeScript, without which the editor greets the user with an error.
    await npmInstall(path.join(serverDirectory, 'extensions'), ['--omit=dev'])
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

function platformPackages() {
  const packages = PLATFORM_PACKAGES[`${process.platform} ${process.arch}`]
  if (packages) return packages
  throw new Error(`The editor cannot be installed on ${process.platform} ${process.arch}.`)
}

const platform = (node, watcher) => ({
  nodePackage: `node-${node}`,
  watcherPackage: `@parcel/watcher-${watcher}`,
})
const PLATFORM_PACKAGES = {
  'linux x64': platform('linux-x64', 'linux-x64-glibc'),
  'linux arm64': platform('linux-arm64', 'linux-arm64-glibc'),
  'darwin x64': platform('darwin-x64', 'darwin-x64'),
  'darwin arm64': platform('darwin-arm64', 'darwin-arm64'),
  'win32 x64': platform('win-x64', 'win32-x64'),
}
