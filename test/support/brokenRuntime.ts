import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleEntry } from './bundle.ts'
import { temporaryFolder } from './temporaryFolder.ts'

export type Breakage = 'no binary' | 'no library' | 'not a library' | 'no package' | 'accelerator that fails later'

/** The encoder process, to be forked, in a folder of its own where native ONNX Runtime cannot be loaded. */
export async function encoderProcessWith(breakage: Breakage, { hasWasm = true } = {}): Promise<string> {
  const directory = temporaryFolder()
  const processFile = path.join(directory, 'encoderProcess.js')
  copyFileSync(await bundleEntry('server/src/encode/encoderProcess.ts'), processFile)
  installRuntimes(directory, breakage, hasWasm)
  return processFile
}

/** The built server and command line, laid out as in the package, likewise. Gives the folder with `cli.js`. */
export function serverWith(breakage: Breakage): string {
  const extension = temporaryFolder()
  const directory = path.join(extension, 'server', 'dist')
  cpSync(path.join(ROOT, 'server', 'dist'), directory, { recursive: true })
  symlinkSync(path.join(ROOT, 'models'), path.join(extension, 'models'), 'dir')
  installRuntimes(directory, breakage)
  return directory
}

function installRuntimes(directory: string, breakage: Breakage, hasWasm = true): void {
  const packages = path.join(directory, 'node_modules')
  mkdirSync(path.join(packages, '@photostructure'), { recursive: true })
  const link = (name: string) => symlinkSync(path.join(INSTALLED, name), path.join(packages, name), 'dir')
  for (const name of ['onnxruntime-common', '@photostructure/sqlite']) link(name)
  if (hasWasm) link('onnxruntime-web')
  if (breakage === 'no package') return
  // Copied, for a link would be followed to the binaries that work.
  const native = path.join(packages, 'onnxruntime-node')
  if (breakage === 'accelerator that fails later') {
    mkdirSync(native)
    writeFileSync(path.join(native, 'index.js'), FAILS_LATER)
    return
  }
  for (const part of ['package.json', 'dist'])
    cpSync(path.join(INSTALLED, 'onnxruntime-node', part), path.join(native, part), { recursive: true })
  if (breakage === 'no binary') return
  const binaries = path.join('bin', 'napi-v6', process.platform, process.arch)
  const binding = path.join(binaries, 'onnxruntime_binding.node')
  mkdirSync(path.join(native, binaries), { recursive: true })
  if (breakage === 'not a library') writeFileSync(path.join(native, binding), 'half of a download')
  else copyFileSync(path.join(INSTALLED, 'onnxruntime-node', binding), path.join(native, binding))
}

/** The real runtime, where what is asked to run elsewhere than on the CPU gives up after a few runs. */
const FAILS_LATER = `
const real = require(${JSON.stringify(fileURLToPath(new URL('../../node_modules/onnxruntime-node', import.meta.url)))})
const create = async (file, { executionProviders: [provider], ...options }) => {
  const session = await real.InferenceSession.create(file, { ...options, executionProviders: ['cpu'] })
  if (provider === 'cpu') return session
  let nRuns = 0
  const run = async (feeds) => {
    if (++nRuns > 4) throw new Error('CUDA failure 2: out of memory')
    return session.run(feeds)
  }
  return { inputNames: session.inputNames, outputNames: session.outputNames, run, release: () => session.release() }
}
module.exports = { ...real, InferenceSession: { create } }
`

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const INSTALLED = path.join(ROOT, 'node_modules')
