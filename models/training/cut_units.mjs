// Cuts source folders into the units that the product indexes, so that training sees what serving encodes.
//
//   node models/training/cut_units.mjs CORPUS UNITS
//
// Writes UNITS/<source>.jsonl, one unit a line, for every folder in CORPUS; a file that is there is kept. Needs
// `npm run build` for the grammars.
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '../..')
const MAX_FILE_BYTES = 200_000
const MAX_FILES = 2_500
/** Other people's code within a repository may have other licences. */
const FOREIGN = /(^|\/)(vendor|vendored|third[-_]?party|external|deps|node_modules|dist|build|target|\.git|_vendor)(\/|$)/i
const FIELDS = ['kind', 'name', 'container', 'language', 'space', 'doc', 'text']

const [corpus, target] = process.argv.slice(2)
if (!corpus || !target) throw new Error('usage: node cut_units.mjs CORPUS UNITS')
await mkdir(target, { recursive: true })
const chunker = await loadChunker()
for (const source of (await readdir(corpus)).sort()) {
  const file = path.join(target, `${source}.jsonl`)
  if (await stat(file).catch(() => undefined)) continue
  const units = await cut(path.join(corpus, source))
  // Renamed last: a file that is there is complete.
  await writeFile(`${file}.part`, units.map((unit) => `${JSON.stringify(unit)}\n`).join(''))
  await rename(`${file}.part`, file)
  console.log(source, units.length, 'units')
}
process.exit(0)

async function loadChunker() {
  const outfile = path.join(target, 'chunker.cjs')
  await build({
    entryPoints: [path.join(root, 'server/src/chunk/chunker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  })
  const { default: loaded } = await import(pathToFileURL(outfile).href)
  return loaded.createChunker({ grammarsDirectory: path.join(root, 'server/dist/grammars') })
}

async function cut(folder) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !FOREIGN.test(file))
    .sort()
  const step = Math.max(1, files.length / MAX_FILES)
  const units = []
  for (let at = 0; at < files.length; at += step) {
    const file = files[Math.floor(at)]
    const bytes = await readFile(path.join(folder, file))
    if (bytes.length > MAX_FILE_BYTES) continue
    const found = await chunker.chunkFile(file, bytes)
    if (found.outcome !== 'ok' && found.outcome !== 'syntax-errors') continue
    for (const unit of found.units) {
      units.push({ path: file, ...Object.fromEntries(FIELDS.map((field) => [field, unit[field]])) })
    }
  }
  return units
}
