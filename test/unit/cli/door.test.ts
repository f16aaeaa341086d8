import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../server/src/base/errors.ts'
import { openDoor } from '../../../server/src/cli/door.ts'
import { ERROR_CODES } from '../../../server/src/contract/errorCodes.ts'
import type { ModelLibrary } from '../../../server/src/engine/modelLibrary.ts'
import { commandsIn, HOSTILE_TEXTS, hostileText } from '../../support/hostileText.ts'
import { HIT } from './fakeEngine.ts'
import { type RunOptions, run } from './harness.ts'

/** Lines that a terminal shows: our colours away, and line breaks as breaks. */
const linesOf = (text: string) => OUR_COLOURS.reduce((rest, colour) => rest.replaceAll(colour, ''), text).split('\n')
const OUR_COLOURS = ['\u001b[0m', '\u001b[1m', '\u001b[32m', '\u001b[35m']

function checkObeyed(text: string): void {
  for (const line of linesOf(text)) expect(commandsIn(line), line).toEqual([])
}

/** `value` with `hostile` in each of its texts but those of a closed set. */
function poisoned<T>(value: T, hostile: string): T {
  if (typeof value === 'string') return `${value}${hostile}` as T
  if (Array.isArray(value)) return value.map((each) => poisoned(each, hostile)) as T
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, each]) => [key, CLOSED.has(key) ? each : poisoned(each, hostile)])
  return Object.fromEntries(entries)
}

const CLOSED = new Set(['kind', 'space', 'phase', 'effect', 'kernel', 'outcome', 'state', 'stage', 'problem', 'spaces'])

/** An object whose methods answer with poisoned texts. */
function poisonedObject<T extends object>(object: T, hostile: string): T {
  return new Proxy(object, {
    get(target, key) {
      const value = (target as Record<string | symbol, unknown>)[key]
      if (typeof value !== 'function') return typeof value === 'string' ? poisoned(value, hostile) : value
      return async (...args: unknown[]) => {
        const answer = await value.apply(target, args)
        return key === 'openFolder' ? poisonedObject(answer, hostile) : poisoned(answer, hostile)
      }
    },
  })
}

/** Every way to get text out of a command; each option that changes what is printed is there. */
const COMMAND_LINES: string[][] = [
  ['search', 'a query'],
  ['search', 'a query', '--explain'],
  ['search', '--stdin'],
  ['related', 'a.ts:1'],
  ['index'],
  ['status'],
  ['status', '--all'],
  ['tune'],
  ['clear'],
  ['clear', '--gone'],
  ['doctor', '--privacy'],
  ['models'],
  ['models', 'verify'],
  ['models', 'remove', 'a/model'],
  ['models', 'import', 'a-folder'],
  ['models', 'download', 'a/model', '--yes'],
]

function hostileRun(argv: string[], hostile: string, options: RunOptions = {}) {
  const library = {
    directory: '/models',
    server: 'https://hub.example',
    list: async () => [
      { id: 'a/model', state: 'installed', spaces: ['code'], summary: 'A model.', sizeBytes: 10, directory: '/m' },
    ],
    verify: async () => [
      { id: 'a/model', directory: '/m', nFiles: 2, bad: [{ path: 'a.onnx', problem: 'changed' }] },
      { id: 'b', directory: '/m', nFiles: 2, bad: [] },
    ],
    remove: async () => 10,
    import: async () => ({ id: 'a/model', directory: '/m' }),
    plan: async () => ({
      ...{ id: 'a/model', endpoint: 'https://hub', repository: 'a/model', revision: 'abc', isPinned: false },
      files: [{ path: 'a.onnx', sizeBytes: 10, sha256: 'abc' }],
    }),
    download: async () => ({ id: 'a/model', directory: '/m' }),
  }
  return run(argv, {
    hits: [HIT, HIT],
    stdin: `a query ${hostile.replaceAll('\n', '')}\n`,
    wrapEngine: (engine) => poisonedObject(engine, hostile),
    createModelLibrary: () => poisonedObject(library, hostile) as unknown as ModelLibrary,
    ...options,
  })
}

describe('whatever a command prints', () => {
  it('commands no terminal and breaks no line, whatever names, texts and paths hold', async () => {
    const overview = (await run(['--help'])).out
    const names = Array.from(overview.matchAll(/^ {2}(\w+) {2}/gm), ([, name]) => name!)
    expect(names.filter((name) => !COMMAND_LINES.some(([known]) => known === name))).toEqual([])
    for (const argv of COMMAND_LINES) {
      const plain = await hostileRun(argv, '')
      expect(plain.out, argv.join(' ')).not.toBe('')
      for (const hostile of HOSTILE_TEXTS) {
        const { code, out, err } = await hostileRun(argv, hostile)
        expect(
          [code, linesOf(out).length, linesOf(err).length],
          `${argv.join(' ')} ${JSON.stringify(hostile)}`,
        ).toEqual([plain.code, linesOf(plain.out).length, linesOf(plain.err).length])
        checkObeyed(out)
        checkObeyed(err)
      }
    }
  })

  it('has colours of our own only, and none without a terminal', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, fc.boolean(), async (hostile, colour) => {
        const { out, err } = await hostileRun(['search', 'a query', '--explain'], hostile, { colour })
        checkObeyed(out)
        checkObeyed(err)
        expect(out.split('\u001b[0m').length - 1).toBe(colour ? 8 : 0)
      }),
      { numRuns: 60 },
    )
  })

  it('tells of errors and of odd arguments in the same way', async () => {
    for (const hostile of HOSTILE_TEXTS) {
      const onSearch = () => {
        throw new AppError(ERROR_CODES[0], `Cannot read ${hostile}.`, `Do something about ${hostile}.`)
      }
      const onBug = () => {
        throw new Error(`At ${hostile}`)
      }
      const runs = [
        await run(['search', 'x'], { onSearch }),
        await run(['search', '--stdin'], { onSearch: onBug, stdin: 'x\n' }),
        await run(['search', 'x', '--space', hostile]),
        await run(['search', 'x', hostile]),
        await run(['search', `x kind:"${hostile}"`, 'y', hostile]),
        await run([hostile]),
        await run(['search', 'x', `--${hostile}`]),
        await run(['related', hostile]),
      ]
      for (const { code, out, err } of runs) {
        expect(code).toBeGreaterThan(1)
        expect(out).toBe('')
        checkObeyed(err)
      }
    }
  })

  it('is JSON where that is asked for, with every name as it is', async () => {
    for (const hostile of HOSTILE_TEXTS) {
      const { out } = await hostileRun(['search', 'a query', '--json'], hostile)
      expect(JSON.parse(out).hits[0].name).toBe(`${HIT.name}${hostile}`)
      checkObeyed(out)
    }
  })

  it('keeps names apart', () => {
    const shown = (name: string) => {
      let text = ''
      const write = (more: string) => {
        text += more
      }
      openDoor({ out: write, err: write, colour: false, errColumns: undefined }).out(name)
      return text
    }
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        if (a !== b && !/\\/.test(a + b)) expect(shown(a)).not.toBe(shown(b))
      }),
    )
  })

  it('stops at some length', async () => {
    const { out } = await hostileRun(['search', 'a query'], 'x'.repeat(100_000))
    for (const line of linesOf(out)) expect(line.length).toBeLessThan(5000)
  })
})

describe('a line that is written over', () => {
  it('is no wider than the terminal', () => {
    let text = ''
    const err = (more: string) => {
      text += more
    }
    const door = openDoor({ out: err, err, colour: false, errColumns: 10 })
    door.rewrite('0123456789\u001b[31m')
    door.rewrite()
    expect(text).toBe('\r012345678\u001b[K\r\u001b[K')
  })
})
