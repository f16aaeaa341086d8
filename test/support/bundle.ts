import { rename } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/**
 * Bundles a TypeScript entry point the way the product does, for tests that fork it. Gives the path of a CommonJS
 * file in `test/dist`; ONNX Runtime stays outside and is found from there. Each process builds an entry once.
 */
export function bundleEntry(entry: string): Promise<string> {
  const file = path.resolve(root, entry)
  const known = bundles.get(file) ?? bundle(file)
  bundles.set(file, known)
  return known
}

async function bundle(file: string): Promise<string> {
  const outfile = path.join(root, 'test', 'dist', `${path.basename(file, '.ts')}.js`)
  // Other test processes may run the same file meanwhile: it is replaced as a whole.
  const own = outfile.replace(/js$/, `${process.pid}.js`)
  await build({
    entryPoints: [file],
    outfile: own,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    keepNames: true,
    sourcemap: 'inline',
    logLevel: 'error',
    external: ['onnxruntime-node', 'onnxruntime-web'],
  })
  await rename(own, outfile)
  return outfile
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const bundles = new Map<string, Promise<string>>()
