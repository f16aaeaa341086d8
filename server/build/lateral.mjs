// `npm run -s lateral -- ...`: the command line from a checkout. Only results reach standard output.

import { createRequire } from 'node:module'
import path from 'node:path'
import { repositoryRoot } from './freshness.mjs'
import { ensureBuilt } from './prepare.mjs'
import { runScript } from './problem.mjs'

await runScript(async () => {
  await ensureBuilt()
  // npm runs scripts in the package's folder; folders on the command line are meant from where the user is.
  if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
  const cli = path.join(repositoryRoot, 'server', 'dist', 'cli.js')
  process.argv[1] = cli
  createRequire(import.meta.url)(cli)
  return process.exitCode
})
