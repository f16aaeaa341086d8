import { rmSync } from 'node:fs'
import { mkdtemp, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles a TypeScript entry point the way the product does, for tests that fork it. Gives the path of a CommonJS
 * file; the native ONNX Runtime stays outside and is found where this repository has it. Each entry is built once.
 */
export function bundleEntry(entry: string): Promise<string> {
  const file = path.resolve(root, entry)
  const known = bundles.get(file) ?? bundle(file)
  bundles.set(file, known)
  return known
}

async function bundle(file: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'lateral-bundle-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const outfile = path.join(directory, `${path.basename(file, '.ts')}.js`)
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'error',
    external: ['onnxruntime-node'],
  })
  // Packages left outside are looked for beside the bundle.
  await symlink(path.join(root, 'node_modules'), path.join(directory, 'node_modules'), 'junction')
  return outfile
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundles = new Map<string, Promise<string>>()
