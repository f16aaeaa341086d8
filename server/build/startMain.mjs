// What `npm start` does. Uses nothing that has to be installed until it has installed it.
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { runNode } from './childProcess.mjs'
import { repositoryRoot } from './freshness.mjs'
import { openEditor } from './openEditor.mjs'
import { ensureBuilt, ensureInstalled } from './prepare.mjs'
import { Problem } from './problem.mjs'
import { parseStartOptions, START_HELP } from './startOptions.mjs'

/** Resolves to the exit code: 0, 1 where a query found nothing, 2 for a problem told in one sentence. */
export async function main(argv) {
  try {
    const options = parseStartOptions(argv)
    if (options.help) {
      console.log(START_HELP)
      return 0
    }
    checkNode()
    const folder = readableFolder(options.folder)
    if (options.port !== undefined && !options.once) await checkPort(options.port)
    await ensureInstalled()
    await ensureBuilt()
    return await indexAnswerOpen(folder, options)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    console.error(error.message)
    return error.exitCode
  }
}

async function indexAnswerOpen(folder, { query, once, port, storage }) {
  const common = storage ? ['--storage', path.resolve(startedIn(), storage)] : []
  const indexed = await runNode([CLI, 'index', folder, ...common])
  if (indexed.code !== 0) return indexed.code
  let answered = 0
  if (query !== undefined) {
    console.log(`\n> ${query}`)
    answered = (await runNode([CLI, 'search', '-k', '5', '--no-update', ...common, '--', query, folder])).code
    if (answered > 1) return answered
  }
  if (once) return answered
  return openEditor(folder, { port, storageDirectory: await storageDirectoryOf(folder, common) })
}

/** Where the index went: the editor in the browser opens that one instead of building its own. */
async function storageDirectoryOf(folder, common) {
  const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'status', '--json', ...common, folder])
  return JSON.parse(stdout).storageDirectory
}

function readableFolder(given) {
  const folder = given === undefined ? repositoryRoot : path.resolve(startedIn(), given)
  try {
    if (!statSync(folder).isDirectory()) throw new Error('not a folder')
    accessSync(folder, constants.R_OK | constants.X_OK)
  } catch {
    throw new Problem(`Cannot read the folder ${folder}: check that it exists and that you may read it.`)
  }
  return folder
}

function checkNode() {
  if (!WebAssembly.validate(SIMD_MODULE))
    throw new Problem(`This Node (${process.version}) has no WebAssembly SIMD: it needs a processor from after 2013.`)
}

function checkPort(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', (error) => {
      const reason = error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${error.code})`
      reject(new Problem(`Port ${port} ${reason}: choose another one with --port.`))
    })
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve()))
  })
}

/** npm runs scripts in the package's folder; paths are meant from where the user is. */
const startedIn = () => process.env.INIT_CWD ?? process.cwd()

const CLI = path.join(repositoryRoot, 'server', 'dist', 'cli.js')

/** A module whose one function makes a vector: `(func (result v128) i32.const 0 i8x16.splat)`. */
const SIMD_MODULE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
)
