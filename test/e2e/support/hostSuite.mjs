import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'

export const REPOSITORY = path.resolve(import.meta.dirname, '../../..')
const FOLDER = path.join(REPOSITORY, 'test', 'dist', 'e2e')
const RESULTS = path.join(FOLDER, 'results.json')

/** Bundles the suites that run inside the extension host. Returns the path of their entry, without its ending. */
export async function bundleHostSuite() {
  rmSync(RESULTS, { force: true })
  await build({
    absWorkingDir: REPOSITORY,
    entryPoints: ['test/e2e/host/index.ts'],
    outfile: path.join(FOLDER, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  })
  return path.join(FOLDER, 'index')
}

/** Prints what the suites left behind, and a last line `N passed, N failed`. Returns the exit code. */
export function reportHostResults() {
  /** @type {{ title: string, error?: string }[]} */
  const results = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : []
  for (const { title, error } of results) console.log(error ? `  FAIL ${title}\n${error}` : `  ok   ${title}`)
  const failed = results.filter(({ error }) => error).length
  console.log(`${results.length - failed} passed, ${failed} failed`)
  return results.length > 0 && failed === 0 ? 0 : 1
}
