import { parseArgs } from 'node:util'
import { blindnessOf, faultsOf, watchLocality, workIfInside } from '../locality/locality.ts'
import { whyNoNamespace } from '../locality/namespace.ts'
import { hasProgram } from '../locality/scene.ts'
import { report } from './report.ts'

/**
 * Does anything leave this machine, or its own folders, while Lateral indexes, searches and serves?
 *
 * Runs the part `locality` of `npm test` in a network namespace of its own, for `--seconds N` of a server, and where
 * there is `strace` with every call seen, which the kernel's counters and a look at all processes five times a second do
 * not promise. `sockets` counts those that are not a canary's, `lookups` names asked for, `foreign_files` what was
 * written, or open to others, outside the places that `lateral doctor --privacy` lists. What was found stands on
 * standard error.
 */
await workIfInside()
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '62' }, json: { type: 'boolean' } },
})
const problem = whyNoNamespace()
if (problem !== undefined) throw new Error(`A network namespace cannot be made: ${problem}.`)
const strace = hasProgram('strace')
const seen = await watchLocality({ seconds: Number(values.seconds), strace })
for (const fault of faultsOf(seen)) console.error(fault)
if (blindnessOf(seen).length > 0) process.exitCode = 1
report({
  bench: 'locality',
  corpus: `a small repository and 1,200 generated functions${strace ? '' : ', without strace'}`,
  figures: {
    sockets: seen.sockets.length,
    lookups: seen.lookups.length,
    foreign_files: seen.foreignFiles.length,
    foreign_programs: seen.foreignPrograms.length,
    missed_canaries: seen.missedCanaries.length,
    encoder_seconds: seen.work.encoderSeconds,
    searches: seen.work.nSearches,
  },
})
