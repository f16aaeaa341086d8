import { faultsOf, watchLocality, workIfInside } from './locality.ts'
import { whyNoNamespace } from './namespace.ts'

/** The part `locality` of `npm test`. Where no namespace can be had it fails in CI on Linux, and is skipped elsewhere. */
await workIfInside()
const problem = whyNoNamespace()
if (problem === undefined) {
  const report = await watchLocality({ seconds: 62, strace: false })
  const faults = faultsOf(report)
  const { seconds, nSearches, nEdits, nUnitsEncoded, encoderSeconds } = report.work
  console.log(
    `In ${seconds.toFixed(0)} s: ${nUnitsEncoded} units encoded, ${nEdits} edits, ${nSearches} searches, ` +
      `an encoder for ${encoderSeconds.toFixed(0)} s; written: ${report.written.join(', ')}`,
  )
  for (const fault of faults) console.log(`✗ ${fault}`)
  console.log(faults.length > 0 ? '0 passed, 1 failed' : '1 passed, 0 failed')
  process.exitCode = faults.length > 0 ? 1 : 0
} else if (process.platform === 'linux' && process.env.CI) {
  console.log(`✗ A network namespace cannot be made, so nothing shows that Lateral stays local: ${problem}.`)
  console.log('0 passed, 1 failed')
  process.exitCode = 1
} else console.log(`Skipped, since a network namespace cannot be made: ${problem}.\n0 passed, 0 failed, 1 skipped`)
