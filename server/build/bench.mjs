// `npm run -s bench -- NAME [options]` runs test/bench/NAME.bench.ts; `--list` shows what there is, `NAME --help` what
// one measures and takes.
import { readdir, readFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { helpOf, questionOf } from './benchHelp.mjs'
import { runNode } from './childProcess.mjs'
import { repositoryRoot } from './freshness.mjs'
import { bundleScript } from './loadTypeScript.mjs'
import { ensureBuilt } from './prepare.mjs'
import { Problem, runScript } from './problem.mjs'

const FOLDER = path.join(repositoryRoot, 'test', 'bench')
const SUFFIX = '.bench.ts'
/** Mean number of running processes before a benchmark adds its own. */
const BUSY = 0.8

await runScript(async ([name, ...args]) => {
  const names = (await readdir(FOLDER))
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
  if (name === undefined || name === '--list' || name === '--help') {
    for (const each of names) console.log(`${each.padEnd(20)} ${questionOf(await sourceOf(each))}`)
    return 0
  }
  if (!names.includes(name)) throw new Problem(`There is no benchmark "${name}": there are ${names.join(', ')}.`)
  if (args.includes('--help') || args.includes('-h')) {
    console.log(helpOf(name, await sourceOf(name)))
    return 0
  }
  await ensureBuilt()
  const [load] = os.loadavg()
  if (load > BUSY) console.error(`The machine is busy (load ${load.toFixed(1)}): the figures will not be its own.`)
  const script = await bundleScript(path.join(FOLDER, name + SUFFIX))
  // Folders on the command line are meant from where the user is.
  const { code } = await runNode([script, ...args], { cwd: process.env.INIT_CWD ?? process.cwd() })
  return code
})

function sourceOf(name) {
  return readFile(path.join(FOLDER, name + SUFFIX), 'utf8')
}
