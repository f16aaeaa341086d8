import path from 'node:path'
import { expect, it } from 'vitest'
import { bundleEntry } from '../../support/bundle.ts'
import { runKills } from '../../support/crashRun.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

it('loses no commit to 20 kills at random moments', async () => {
  const seed = Date.now() % 100_000
  const report = await runKills({
    kills: 20,
    seed,
    childFile: await bundleEntry('test/support/crashChild.ts'),
    directory: temporaryFolder(),
    kernelDirectory: path.resolve(import.meta.dirname, '../../../server/dist'),
  })
  expect(report, `seed ${seed}`).toMatchObject({ kills: 20, recovered: 20, lostCommits: 0, problems: [] })
  expect(report.commits).toBeGreaterThan(0)
}, 60_000)
