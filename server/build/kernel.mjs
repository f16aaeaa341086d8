// Compiles the scoring kernel from AssemblyScript, once with plain and once with relaxed SIMD instructions.
import { existsSync } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'

const FOLDER = 'server/kernel'
const SOURCE = `${FOLDER}/kernel.ts`
const VARIANTS = [
  { out: 'server/dist/kernel.wasm', features: 'simd' },
  { out: 'server/dist/kernel-relaxed.wasm', features: 'simd,relaxed-simd' },
]

/** Memory is imported, so that the host places vectors in it without copies. Returns notes; throws on a compile error. */
export async function buildKernels(outputRoot = repositoryRoot) {
  if (!existsSync(path.join(repositoryRoot, SOURCE))) return [`skipped ${SOURCE}: no such file`]
  await mkdir(path.join(outputRoot, 'server/dist'), { recursive: true })
  for (const { out, features } of VARIANTS) {
    const file = path.join(outputRoot, out)
    if (await isStale(file)) await compile(file, features)
  }
  return []
}

async function compile(file, features) {
  const { main } = await import('assemblyscript/asc')
  const { error, stderr } = await main([
    SOURCE,
    '--baseDir',
    repositoryRoot,
    ...['-o', path.relative(repositoryRoot, file), '-O3', '--noAssert', '--runtime', 'stub', '--importMemory'],
    // Shared, so that several threads work on it. All that a 32-bit pointer reaches, as `kernel.ts` of the index asks.
    ...['--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'],
    ...features.split(',').flatMap((feature) => ['--enable', feature]),
  ])
  if (error) throw new Error(`${SOURCE} (${features}): ${error.message}\n${stderr.toString()}`)
}

async function isStale(file) {
  const sources = await readdir(path.join(repositoryRoot, FOLDER))
  const [built, ...of] = await Promise.all([
    stat(file).catch(() => undefined),
    ...sources.map((source) => stat(path.join(repositoryRoot, FOLDER, source))),
  ])
  return !built || of.some(({ mtimeMs }) => built.mtimeMs < mtimeMs)
}
