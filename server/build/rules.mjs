// Tells by which rules an index is made: a hash of everything that decides what becomes of a file.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { repositoryRoot } from './freshness.mjs'

/**
 * Writes the version to where the engine looks for it. Nobody has to remember to raise it: it is another one with any
 * change of the code, tables, queries or grammars by which files are chosen, cut and named; comments and formatting count
 * for nothing.
 */
export async function writeRules(outputRoot = repositoryRoot) {
  const { version } = await rulesVersion()
  const target = path.join(outputRoot, 'server/dist')
  await mkdir(target, { recursive: true })
  await writeFile(path.join(target, 'rules.json'), `${JSON.stringify({ version })}\n`)
}

/** The version, and the source files that it stands for, relative to the root. */
export async function rulesVersion() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: repositoryRoot,
    stdin: { contents: ENTRIES.map((entry) => `export * from './${entry}'`).join('\n'), resolveDir: repositoryRoot },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'error',
  })
  const hash = createHash('sha256').update(outputFiles[0].contents)
  const data = [...(await filesIn('syntaxes')), RUNTIME, ...(await filesIn(GRAMMARS))]
  for (const file of data) {
    const bytes = await readFile(path.join(repositoryRoot, file))
    hash.update(`${file} ${bytes.length}\n`).update(bytes)
  }
  const sources = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>')
  return { version: hash.digest('base64url').slice(0, 11), inputs: [...sources, ...data] }
}

async function filesIn(folder) {
  const names = await readdir(path.join(repositoryRoot, folder))
  return names
    .filter((name) => /\.(json|scm|wasm)$/.test(name))
    .sort()
    .map((name) => `${folder}/${name}`)
}

const RUNTIME = 'node_modules/web-tree-sitter/web-tree-sitter.wasm'
const GRAMMARS = 'node_modules/@vscode/tree-sitter-wasm/wasm'

/** Which files there are, how one is cut and what is left out of it, and the texts that are made of it. */
const ENTRIES = [
  'server/src/ingest/scanner.ts',
  'server/src/ingest/cutFile.ts',
  'server/src/chunk/chunker.ts',
  'server/src/ingest/unitText.ts',
]
