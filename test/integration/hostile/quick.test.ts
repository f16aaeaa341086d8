import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allCases } from '../../bench/hostile/allCases.ts'
import { isPossible, Runner } from '../../bench/hostile/runner.ts'

/** How much longer than on a quiet machine an answer may take. */
const PATIENCE = 3
const SEED = 1
const MAX_RSS_MB = 1200

/** A few attacks of each kind; `npm run bench -- hostile` has all, and runs one by its name with `--only`. */
describe.skipIf(process.platform !== 'linux')('a hostile', () => {
  let runner: Runner
  beforeAll(() => {
    runner = new Runner({ seed: SEED, limitMs: PATIENCE * 10_000 })
  })
  afterAll(() => runner.end())

  it.each(allCases.filter((each) => each.isQuick && isPossible(each)))(
    '$name',
    async (one) => expect(await runner.run(one)).toEqual([]),
    4 * PATIENCE * 10_000,
  )

  it('folder, file or message never takes more memory than it may', () => {
    expect(runner.peakMb()).toBeLessThan(MAX_RSS_MB)
  })
})
