import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { temporaryFolder } from './temporaryFolder.ts'

const ROOT = path.resolve(import.meta.dirname, '../..')
const DIST = path.join(ROOT, 'server/dist')

/**
 * A copy of the product's bundles in which one worker ends its thread with the first message that holds `text`, as often
 * as `times` says, whichever thread it is that hears it.
 */
export function crashingBundles(worker: string, text: string, times = 1): string {
  const root = temporaryFolder()
  const directory = path.join(root, 'server/dist')
  mkdirSync(directory, { recursive: true })
  symlinkSync(path.join(ROOT, 'syntaxes'), path.join(root, 'syntaxes'))
  for (const name of readdirSync(DIST))
    if (name !== worker) symlinkSync(path.join(DIST, name), path.join(directory, name))
  const mark = JSON.stringify(path.join(temporaryFolder(), 'crashed'))
  writeFileSync(
    path.join(directory, worker),
    `const { parentPort } = require('node:worker_threads')
const { existsSync, writeFileSync } = require('node:fs')
parentPort.on('message', (message) => {
  if (!JSON.stringify([message.method, message.params]).includes(${JSON.stringify(text)})) return
  for (let i = 0; i < ${times}; i++) {
    const mark = ${mark} + i
    if (existsSync(mark)) continue
    writeFileSync(mark, '')
    process.exit(7)
  }
})
require(${JSON.stringify(path.join(DIST, worker))})
`,
  )
  return directory
}
