// Builds everything that runs: bundles, grammars and the scoring kernel. `node esbuild.mjs [--minify] [--if-stale]`
import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { context } from 'esbuild'
import { isBuildStale, repositoryRoot, stampBuild } from './server/build/freshness.mjs'
import { copyGrammars } from './server/build/grammars.mjs'
import { buildKernels } from './server/build/kernel.mjs'
import { writeRules } from './server/build/rules.mjs'

/**
 * Bundles are CommonJS for Node 20: the oldest Node of the command line, and what the editor's Node loads too.
 * Everything goes to client/dist and server/dist below `outputRoot`. Resolves to notes worth showing and to the
 * files, relative to the root, that went into the bundles. Throws on a compile error.
 */
export async function build({ minify = false, outputRoot = repositoryRoot } = {}) {
  const startedAt = Date.now()
  const notes = []
  const present = ENTRIES.filter(({ entry }) => {
    const exists = existsSync(path.join(repositoryRoot, entry))
    if (!exists) notes.push(`skipped ${entry}: no such file`)
    return exists
  })
  // One broken bundle does not keep the others from being current.
  const bundles = await Promise.allSettled(
    present.map(({ entry, out }) => bundle(entry, path.join(outputRoot, out), minify)),
  )
  await copyGrammars(outputRoot)
  await writeRules(outputRoot)
  notes.push(...(await buildKernels(outputRoot)))
  for (const { reason } of bundles) if (reason) throw reason
  if (outputRoot === repositoryRoot) await stampBuild(startedAt)
  return { notes, inputs: bundles.flatMap(({ value }) => value) }
}

/** Resolves to the files that went into the bundle. */
async function bundle(entry, outfile, minify) {
  const bundler = await context({
    absWorkingDir: repositoryRoot,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify,
    // Stack traces of a minified class would say `a.b`; names also reach users through `error.name`.
    keepNames: true,
    sourcemap: minify ? false : 'linked',
    external: EXTERNALS,
    // A CommonJS module has no `import.meta`; packages written for ES modules find their files through it.
    define: {
      'import.meta.url': '__importMetaUrl',
      'import.meta.dirname': '__dirname',
      'import.meta.filename': '__filename',
    },
    banner: { js: "const __importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
    logLevel: 'warning',
    // The package carries every licence in full: server/build/notices.mjs.
    legalComments: 'none',
    metafile: true,
  })
  try {
    const { metafile } = await bundler.rebuild()
    if (outfile.endsWith('cli.js')) await chmod(outfile, 0o755)
    return Object.keys(metafile.inputs)
  } finally {
    await bundler.dispose()
  }
}

/** Native code and ONNX Runtime's WebAssembly stay outside of bundles, and `vscode` exists only inside the editor. */
const EXTERNALS = ['vscode', 'onnxruntime-node', 'onnxruntime-web', '@photostructure/sqlite']

const ENTRIES = [
  { entry: 'client/src/extension.ts', out: 'client/dist/extension.js' },
  { entry: 'server/src/main.ts', out: 'server/dist/main.js' },
  { entry: 'server/src/cli.ts', out: 'server/dist/cli.js' },
  { entry: 'server/src/encode/encoderProcess.ts', out: 'server/dist/encoderProcess.js' },
  { entry: 'server/src/chunk/chunkWorker.ts', out: 'server/dist/chunkWorker.js' },
  { entry: 'server/src/engine/indexWorker.ts', out: 'server/dist/indexWorker.js' },
  { entry: 'server/src/index/plaid/kernelWorker.ts', out: 'server/dist/kernelWorker.js' },
  { entry: 'server/src/engine/textWorker.ts', out: 'server/dist/textWorker.js' },
]

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const flags = process.argv.slice(2)
  const minify = flags.includes('--minify')
  if (flags.includes('--if-stale') && !(await isBuildStale())) process.exit(0)
  try {
    for (const note of (await build({ minify })).notes) console.error(note)
  } catch (error) {
    // esbuild has printed where and why; anything else has only its message.
    if (!Array.isArray(error?.errors)) console.error(error?.message ?? error)
    process.exitCode = 1
  }
}
