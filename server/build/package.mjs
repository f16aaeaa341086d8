// `npm run package [-- --target linux-x64] [--out FILE]`: the VSIX of one platform.
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { runNode } from './childProcess.mjs'
import { repositoryRoot } from './freshness.mjs'
import { packagesOf, thirdPartyNotices } from './notices.mjs'
import { RUNTIME_PACKAGES, stageRuntimes, TARGETS } from './onnxRuntime.mjs'
import { ensureInstalled } from './prepare.mjs'
import { Problem, runScript } from './problem.mjs'

const COPIED = [
  ...['README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE', '.vscodeignore'],
  ...['client/media', 'models/embedded', 'models/manifest.json', 'syntaxes'],
]

/** Grammars and their runtime, and the library that is compiled into the kernels. */
const COPIED_PACKAGES = ['@vscode/tree-sitter-wasm', 'web-tree-sitter', 'assemblyscript']

/** A package above this size is a mistake: something was packed that should not have been. */
const MAX_PACKAGE_BYTES = 40e6

/**
 * The package is put together in a folder of its own, so that it holds minified bundles and one platform's runtime
 * while the checkout keeps its readable build.
 */
await runScript(async (argv) => {
  const { target, out } = options(argv)
  await ensureInstalled()
  const stage = await mkdtemp(path.join(tmpdir(), 'lateral-package-'))
  try {
    await stageEverything(stage, target)
    const { code } = await runNode(
      [
        path.join(repositoryRoot, 'node_modules/@vscode/vsce/vsce'),
        ...['package', '--no-dependencies', '--target', target, '--out', out],
        ...['--allow-missing-repository', '--no-rewrite-relative-links'],
      ],
      { cwd: stage },
    )
    if (code !== 0) throw new Problem('vsce could not make the package: see its message above.')
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
  const { size } = await stat(out)
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`
  if (size > MAX_PACKAGE_BYTES)
    throw new Problem(`${out} has ${megabytes(size)}; the limit is ${megabytes(MAX_PACKAGE_BYTES)}.`)
  console.log(`${out}: ${megabytes(size)} of at most ${megabytes(MAX_PACKAGE_BYTES)}`)
})

async function stageEverything(stage, target) {
  const { build } = await import('../../esbuild.mjs')
  const { notes, inputs } = await build({ minify: true, outputRoot: stage })
  if (notes.length > 0) throw new Problem(`The package would be incomplete: ${notes.join(', ')}.`)
  for (const part of COPIED)
    if (existsSync(path.join(repositoryRoot, part)))
      await cp(path.join(repositoryRoot, part), path.join(stage, part), { recursive: true })
  await stageRuntimes(stage, target)
  const copied = [...RUNTIME_PACKAGES, ...COPIED_PACKAGES].map((name) => `node_modules/${name}`)
  await writeFile(path.join(stage, 'ThirdPartyNotices.txt'), thirdPartyNotices([...packagesOf(inputs), ...copied]))
  await writeFile(path.join(stage, 'package.json'), await manifest())
}

/** Nothing is left to install or to run: the package holds all it needs. */
async function manifest() {
  const { scripts, devDependencies, dependencies, bin, ...kept } = JSON.parse(
    await readFile(path.join(repositoryRoot, 'package.json'), 'utf8'),
  )
  return `${JSON.stringify(kept, null, 2)}\n`
}

function options(argv) {
  let values
  try {
    ;({ values } = parseArgs({ args: argv, options: { target: { type: 'string' }, out: { type: 'string' } } }))
  } catch (error) {
    throw new Problem(`${error.message.split('. ')[0]}.`)
  }
  const target = values.target ?? `${process.platform}-${process.arch}`
  if (!TARGETS.includes(target)) throw new Problem(`--target is one of ${TARGETS.join(', ')}, not "${target}".`)
  return { target, out: path.resolve(process.env.INIT_CWD ?? '.', values.out ?? `lateral-${target}.vsix`) }
}
