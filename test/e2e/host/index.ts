import { writeFileSync } from 'node:fs'
import path from 'node:path'
import Mocha from 'mocha'

/** What the extension host calls: runs the suites inside it, and leaves a list of results for the process outside. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 20_000, reporter: 'spec', color: false })
  mocha.suite.emit('pre-require', globalThis, null, mocha)
  await import('./activation.ts')
  await import('./search.ts')
  await import('./settings.ts')

  const results: { title: string; error?: string }[] = []
  const nFailed = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve)
    runner.on('pass', (test) => results.push({ title: test.fullTitle() }))
    runner.on('fail', (test, error) => results.push({ title: test.fullTitle(), error: error.stack ?? String(error) }))
  })
  writeFileSync(path.join(__dirname, 'results.json'), JSON.stringify(results, null, 2))
  if (nFailed > 0) throw new Error(`${nFailed} failed`)
}
