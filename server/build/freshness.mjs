// Whether the build is older than what it is made from. Plain Node: used before anything is installed.
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..')

const STAMP = path.join(repositoryRoot, 'server', 'dist', '.stamp')
const SOURCES = [
  'client/src',
  'server/src',
  'server/kernel',
  'syntaxes',
  'server/build',
  'esbuild.mjs',
  'package-lock.json',
]

/** True where no build ended, or a source changed since one began. Cost: one `stat` for each source file. */
export async function isBuildStale() {
  const builtAt = await modifiedAt(STAMP)
  if (builtAt === undefined) return true
  for (const source of SOURCES) {
    if ((await newestIn(path.join(repositoryRoot, source))) > builtAt) return true
  }
  return false
}

/** Records a finished build. The stamp bears the time at which it began, so that edits made meanwhile count as newer. */
export async function stampBuild(startedAtMs) {
  await mkdir(path.dirname(STAMP), { recursive: true })
  await writeFile(STAMP, '')
  await utimes(STAMP, new Date(startedAtMs), new Date(startedAtMs))
}

async function newestIn(place) {
  const entries = await readdir(place, { withFileTypes: true, recursive: true }).catch(() => undefined)
  if (!entries) return (await modifiedAt(place)) ?? 0
  let newest = 0
  for (const entry of entries) {
    if (!entry.isFile()) continue
    newest = Math.max(newest, (await modifiedAt(path.join(entry.parentPath ?? entry.path, entry.name))) ?? 0)
  }
  return newest
}

async function modifiedAt(file) {
  return (await stat(file).catch(() => undefined))?.mtimeMs
}
