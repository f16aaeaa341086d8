// Brings a checkout into a state in which it runs: packages installed, everything built.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { runNode, runProgram } from './childProcess.mjs'
import { isBuildStale, repositoryRoot } from './freshness.mjs'
import { Problem } from './problem.mjs'

/** Installs what the lock file names, where something of it is missing or differs. Progress goes to standard error. */
export async function ensureInstalled() {
  if (isInstalled()) return
  console.error('Installing packages (once) ...')
  for (const attempt of [1, 2]) {
    if ((await npm(INSTALL_ARGUMENTS)) === 0) return
    if (attempt === 1) console.error('The installation failed; trying once more ...')
  }
  throw new Problem('The packages could not be installed: see npm\'s message above, then run "npm start" again.')
}

/** Builds what is missing or older than its sources. */
export async function ensureBuilt() {
  if (!(await isBuildStale())) return
  if (!isInstalled()) throw new Problem('The packages are not installed: run "npm start" or "npm ci" first.')
  const { code } = await runNode(['esbuild.mjs', '--if-stale'], { stdoutTo: 'stderr' })
  if (code !== 0) throw new Problem('The build failed: see the messages above.')
}

/** True where each package that the lock file demands stands in node_modules in that version. */
export function isInstalled(root = repositoryRoot) {
  const wanted = readPackages(path.join(root, 'package-lock.json'))
  const present = readPackages(path.join(root, 'node_modules', '.package-lock.json'))
  if (!wanted || !present) return false
  return Object.entries(wanted).every(([place, { version, optional }]) => {
    if (place === '') return true
    const found = present[place]
    // npm leaves out optional packages of other platforms.
    return found ? found.version === version && existsSync(path.join(root, place)) : optional === true
  })
}

function readPackages(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch {
    return undefined
  }
}

async function npm(args) {
  // Under `npm run` the very npm that runs us is known; it may not be on PATH.
  const script = process.env.npm_execpath
  const options = { env: INSTALL_ENVIRONMENT, stdoutTo: 'stderr' }
  if (script && /npm-cli\.c?js$/.test(script)) return (await runNode([script, ...args], options)).code
  try {
    return (await runProgram('npm', args, { ...options, shell: process.platform === 'win32' })).code
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    throw new Problem('npm was not found. It comes with Node.js: install Node 20 or newer from https://nodejs.org.')
  }
}

const INSTALL_ARGUMENTS = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
/** ONNX Runtime's own step would fetch GPU libraries, which nothing here uses. */
const INSTALL_ENVIRONMENT = { ONNXRUNTIME_NODE_INSTALL: 'skip' }
