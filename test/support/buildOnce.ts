import { spawnSync } from 'node:child_process'
import path from 'node:path'

/**
 * Tests read the bundles, grammars and kernels of `server/dist`: builds them first where they are missing or old.
 * A build that fails is only reported: pure tests can still run, and `npm test` and `npm run verify` build before them.
 */
export default function setup(): void {
  const cwd = path.resolve(import.meta.dirname, '../..')
  const { status } = spawnSync(process.execPath, ['esbuild.mjs', '--if-stale'], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) console.error('The build failed: tests run with what an earlier one left in server/dist.')
}
