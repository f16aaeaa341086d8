import { parseArgs } from 'node:util'
import { allCases } from './hostile/allCases.ts'
import { isPossible, runCases } from './hostile/runner.ts'
import { type Finding, KINDS } from './hostile/types.ts'
import { report } from './report.ts'

/**
 * Does anything strange in a folder, message or environment hang, crash or command what it must not? The built command
 * line and the built server meet generated attacks; every answer is looked at.
 *
 * `--only KIND` or `--only NAME` runs some (may be repeated; a name may end with `*`), `--quick` the few of each kind that
 * `npm test` runs, `--list` names them. `--seed N` repeats the random parts of a run, `--patience N` multiplies the ten
 * seconds that an answer may take, for a busy machine; `--every N` leaves out all but each Nth. Ends with 1 where anything
 * was seen.
 */
const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean' },
    list: { type: 'boolean' },
    seed: { type: 'string', default: '1' },
    patience: { type: 'string', default: '1' },
    every: { type: 'string', default: '1' },
    json: { type: 'boolean' },
  },
})

const matches = (name: string, kind: string) =>
  values.only.length === 0 ||
  values.only.some(
    (only) => only === kind || only === name || (only.endsWith('*') && name.startsWith(only.slice(0, -1))),
  )
const chosen = allCases.filter((each) => matches(each.name, each.kind) && (!values.quick || each.isQuick))
const cases = chosen.filter(isPossible).filter((_, i) => i % Number(values.every) === 0)

if (values.list) {
  for (const { name, isQuick } of cases) console.log(`${name}${isQuick ? ' (quick)' : ''}`)
  for (const kind of KINDS) console.log(`${kind}: ${cases.filter((each) => each.kind === kind).length}`)
  console.log(`${cases.length} cases`)
} else {
  const seed = Number(values.seed)
  const nLeft = chosen.filter((each) => !isPossible(each)).length
  console.error(`${cases.length} cases, seed ${seed}${nLeft > 0 ? `; ${nLeft} that need root are left out` : ''}`)
  const shown = new Set<Finding>()
  const { findings, figures, nCases, peakMb } = await runCases(cases, {
    seed,
    limitMs: 10_000 * Number(values.patience),
    onCase(name, seconds, seen) {
      console.error(`${seen.length > 0 ? 'RED' : 'ok '} ${name} ${seconds.toFixed(1)} s`)
      for (const each of seen) {
        shown.add(each)
        console.error(`    ${each.figure}: ${each.seen}`)
      }
    },
  })
  for (const each of findings.filter((finding) => !shown.has(finding)))
    console.error(`RED at the end, after ${each.name}\n    ${each.figure}: ${each.seen}`)
  if (findings.length > 0) console.error(`Run one again with: --only NAME --seed ${seed}`)
  report({
    bench: 'hostile',
    corpus: `${nCases} attacks, seed ${seed}`,
    figures: { hostile_cases: nCases, ...figures, ...(peakMb !== undefined && { peak_rss_mb: peakMb }) },
  })
  process.exitCode = findings.length > 0 ? 1 : 0
}
