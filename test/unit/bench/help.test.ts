import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
// @ts-expect-error: build scripts are plain JavaScript, without declarations
import { helpOf, optionsOf, questionOf } from '../../../server/build/benchHelp.mjs'

const folder = path.resolve(import.meta.dirname, '../../bench')
const benches = readdirSync(folder).filter((file) => file.endsWith('.bench.ts'))
const sourceOf = (file: string) => readFileSync(path.join(folder, file), 'utf8')

describe.each(benches)('%s', (file) => {
  const source = sourceOf(file)
  const options: { name: string; title: string }[] = optionsOf(source)

  it('says which question it answers', () => {
    expect(questionOf(source)).toMatch(/^[A-Z].{20,120}\?$/)
  })

  it('says what each of its options is for', () => {
    const comment = source.match(/\/\*\*[\s\S]*?\*\//)?.[0]
    expect(options.length > 0).toBe(source.includes('parseArgs('))
    for (const { name } of options) if (name !== 'json') expect(comment).toContain(`--${name}`)
    for (const { title } of options) expect(helpOf('x', source)).toContain(`\n  ${title}`)
  })
})

it('help shows the comment, and options with their values and defaults', () => {
  const source = `
/**
 * How long does it take? \`--corpus DIR\` says where,
 * and \`--seconds N\` how long.
 *
 * \`--shape NAME\` for one alone.
 */
const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: root },
    seconds: { type: 'string', default: '5' },
    shape: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  },
})
`
  expect(helpOf('speed', source)).toBe(`npm run -s bench -- speed [options]

How long does it take? \`--corpus DIR\` says where, and \`--seconds N\` how long.

\`--shape NAME\` for one alone.

  --corpus DIR  default: this repository
  --seconds N   default: 5
  --shape NAME  may be repeated
  --json        one JSON object on the last line`)
})

it('the runner prints both without a run', () => {
  const runner = path.resolve(folder, '../../server/build/bench.mjs')
  const run = (...args: string[]) => execFileSync(process.execPath, [runner, ...args], { encoding: 'utf8' })
  expect(run('--help').trim().split('\n')).toHaveLength(benches.length)
  expect(run('crash', '--help')).toMatch(
    /^npm run -s bench -- crash \[options\]\n[\s\S]+ {2}--kills N {2}default: 200\n/,
  )
})
