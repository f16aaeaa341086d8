// TypeScript for scripts: bundles a file of this repository into one that Node runs, in test/dist.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { repositoryRoot } from './freshness.mjs'

/** Resolves to the path of an ES module. Packages stay outside and are found from there. */
export async function bundleScript(entry) {
  const file = path.resolve(repositoryRoot, entry)
  const outfile = path.join(repositoryRoot, 'test', 'dist', `${path.basename(entry, '.ts')}.mjs`)
  await build({
    absWorkingDir: repositoryRoot,
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [keepOwnLocation],
  })
  return outfile
}

/** The exports of a TypeScript file. */
export async function importTypeScript(entry) {
  return import(pathToFileURL(await bundleScript(entry)).href)
}

/** A source file finds its neighbours from where it stands, not from where the bundle stands. */
const keepOwnLocation = {
  name: 'keep-own-location',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const source = await readFile(file, 'utf8')
      if (!source.includes('import.meta.')) return undefined
      const contents = source
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file)))
        .replaceAll('import.meta.filename', JSON.stringify(file))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(file).href))
      return { contents, loader: 'ts' }
    })
  },
}
