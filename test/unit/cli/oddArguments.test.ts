import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelLibrary } from '../../../server/src/engine/modelLibrary.ts'
import { commandsIn, HOSTILE_TEXTS } from '../../support/hostileText.ts'
import { HIT } from './fakeEngine.ts'
import { run } from './harness.ts'

const COMMANDS = ['index', 'search', 'related', 'status', 'tune', 'models', 'doctor', 'clear', 'help', 'serch', '']
const OPTIONS = [
  ...['--help', '-h', '--json', '--explain', '--stdin', '--all', '--gone', '--privacy', '--yes', '-y', '--force'],
  ...['--limit', '-k', '--space', '--probes', '--candidates', '--queries', '--threads', '--pool-factor', '--exclude'],
  ...['--model', '--model-dir', '--accelerator', '--storage', '--revision', '--id', '--mirror', '--proxy', '--ca-file'],
  ...[
    '--semantic',
    '--lexical',
    '--no-update',
    '--bogus',
    '--',
    '-',
    '---',
    '-x',
    '-kk',
    '-k5',
    '--no-json',
    '--limit=',
  ],
]
const VALUES = [
  ...['', ' ', '0', '-1', '5', '1e9', '1.5', '99999999999999999999', 'NaN', '0x10', 'code', 'all', 'cpu', '=', 'code='],
  ...[
    'x=y=z',
    '.',
    '..',
    '/',
    '/no/such/folder',
    'package.json',
    'a.ts:1',
    'a.ts:0',
    ':1',
    'a:b:c',
    '\\',
    '*',
    '{',
    '[a-',
  ],
  ...[
    'x'.repeat(100_000),
    '\0',
    'http://[',
    'constructor',
    '__proto__',
    'list',
    'verify',
    'kind:bogus',
    ...HOSTILE_TEXTS,
  ],
]

/** A library that knows no model. */
const library = {
  directory: '/models',
  server: 'https://hub.example',
  list: async () => [],
  verify: async () => [],
} as unknown as ModelLibrary

describe('odd arguments', () => {
  it('are a usage error with advice, or do what they say; never a bug of ours', async () => {
    const argument = fc.oneof(fc.constantFrom(...OPTIONS), fc.constantFrom(...VALUES))
    const argv = fc.tuple(fc.constantFrom(...COMMANDS), fc.array(argument, { maxLength: 5 }))
    await fc.assert(
      fc.asyncProperty(argv, async ([name, rest]) => {
        const known = name === 'models' ? rest.filter((each) => !/^(download|import|remove)$/.test(each)) : rest
        const { code, out, err } = await run([name, ...known], {
          hits: [HIT],
          stdin: 'a query\n',
          createModelLibrary: () => library,
        })
        expect([0, 1, 2]).toContain(code)
        expect(err).not.toMatch(/internal error|report| at .*:\d+:\d+/i)
        // Who is refused is told what to do: a message and its advice at least.
        if (code === 2) expect(err.split('\n').length, err).toBeGreaterThan(1)
        for (const line of `${out}\n${err}`.split('\n')) expect(commandsIn(line)).toEqual([])
      }),
      { numRuns: 1500 },
    )
  })

  it('get advice that names them', async () => {
    expect((await run(['serch'])).err).toMatch(/^There is no command "serch"\.\nRun "lateral --help"/)
    expect((await run(['search', 'x', '--bogus'])).err).toMatch(/--bogus.*\nRun "lateral --help"/)
    expect((await run(['search', 'x', '--limit', 'many'])).err).toMatch(/^--limit takes a whole number from 1 to 10000/)
    expect((await run(['search', 'x', '--json=1'])).err).toMatch(/--json/)
    expect((await run(['search', 'x', '--limit'])).err).toMatch(/--limit/)
    for (const argv of [
      ['index', ''],
      ['search', 'x', ''],
      ['related', 'a:1', ''],
      ['status', ''],
      ['clear', ''],
    ])
      expect(await run(argv)).toMatchObject({
        code: 2,
        calls: [],
        err: expect.stringMatching(/^The folder is an empty/),
      })
  })
})
