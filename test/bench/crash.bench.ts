import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bundleEntry } from '../support/bundle.ts'
import { runKills } from '../support/crashRun.ts'
import { root } from './corpus.ts'
import { report } from './report.ts'

/**
 * Is the index whole after kill -9 at any moment?
 * `--kills N` (200), `--seed N` to repeat a run. Ends with 1 where a commit was lost or an index was not whole.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean' },
  },
})
const directory = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
try {
  const { kills, recovered, lostCommits, killsIn, problems, ...counts } = await runKills({
    kills: Number(values.kills),
    seed: Number(values.seed),
    childFile: await bundleEntry('test/support/crashChild.ts'),
    directory,
    kernelDirectory: path.join(root, 'server/dist'),
  })
  for (const problem of problems) console.error(problem)
  // The last call that a killed process told of; it may have ended.
  const fallen = Object.fromEntries(Object.entries(killsIn).map(([call, n]) => [`kills_in_${call || 'edits'}`, n]))
  report({
    bench: 'crash',
    corpus: 'random edits of 60 files in two worktrees',
    figures: { kills, recovered, lost_commits: lostCommits, ...counts, ...fallen },
  })
  process.exitCode = problems.length > 0 ? 1 : 0
} finally {
  await rm(directory, { recursive: true, force: true })
}
