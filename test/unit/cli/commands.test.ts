import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { CancelledError } from '../../../server/src/base/errors.ts'
import {
  folderUnreadable,
  indexLocked,
  indexMissing,
  modelMissing,
  queryError,
  usageError,
} from '../../../server/src/contract/errorCodes.ts'
import type { BuildOptions } from '../../../server/src/engine/types.ts'
import { EXPLANATION, HIT } from './fakeEngine.ts'
import { run } from './harness.ts'

describe('search', () => {
  it('updates the index, prints hits and closes everything', async () => {
    const { code, out, calls } = await run(['search', 'retry a call', '-k', '3'], { hits: [HIT] })
    expect(code).toBe(0)
    expect(out).toBe(`${HIT.absolutePath}:10-24  function retryWithBackoff (Client)\n    18: await sleep(delayMs)`)
    expect(calls).toEqual(['build', 'search retry a call {"limit":3,"mode":"all"}', 'close', 'dispose'])
  })

  it('asks nothing of its own: nobody stays to have a use of a warm engine', async () => {
    for (const args of [['search', 'q'], ['search', '--stdin'], ['index'], ['related', 'a.ts:1']]) {
      expect((await run(args)).calls).not.toContain('warm up')
    }
  })

  it('passes each option on', async () => {
    const { calls } = await run(
      ['search', 'q', '--no-update', '--space', 'docs', '--semantic', '--probes', '16', '--candidates', '512'],
      { hits: [HIT] },
    )
    expect(calls[0]).toBe('search q {"limit":10,"mode":"semantic","space":"docs","nIvfProbe":16,"nFullScores":512}')
  })

  it('refuses a pool factor out of bounds', async () => {
    for (const factor of ['0', '5', 'two']) {
      const { code, err } = await run(['search', 'q', '--pool-factor', factor])
      expect([code, err.includes('--pool-factor takes a whole number from 1 to 4')], factor).toEqual([2, true])
    }
  })

  it('refuses an accelerator that it does not know', async () => {
    const { code, err } = await run(['search', 'q', '--accelerator', 'gpu'])
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      '--accelerator is one of cpu, cuda, coreml, directml, wasm, not "gpu".',
    ])
  })

  it('answers with one JSON object', async () => {
    const { out } = await run(['search', 'q', '--json'], { hits: [HIT] })
    expect(JSON.parse(out)).toEqual({ query: 'q', hits: [HIT], ms: 1.23, complete: true })
  })

  it('explains hits when asked to', async () => {
    const { out, calls } = await run(['search', 'retry a failed call', '--explain'], { hits: [HIT] })
    const [route, , , , , ...lines] = out.split('\n')
    expect(route).toBe('Taken for a question, because it has 4 words: 40 % by meaning, 60 % by words.')
    expect(lines).toEqual([
      '    = 0.610  semantic     + 0.400  meaning',
      '             definition   + 0.820  the unit defines it',
      '             demotion     x 0.500  a test',
      '             (all of it)   20 %  0.50    (all of it) 0.50',
      '             retry         80 %  0.91 *  retryWithBackoff:10 0.91, client 0.40',
    ])
    expect(calls).toContain('explain retry a failed call')
    const json = await run(['search', 'q', '--explain', '--json'], { hits: [HIT] })
    expect(JSON.parse(json.out).explanation).toEqual(EXPLANATION)
    expect((await run(['search', 'q'], { hits: [HIT] })).calls).not.toContain('explain q')
  })

  it('says so when nothing is found', async () => {
    const { code, out, err } = await run(['search', 'q'])
    expect([code, out, err]).toEqual([1, '', 'Nothing found for "q".'])
  })

  it('builds nothing with --no-update, and needs an index then', async () => {
    const { code, err, calls } = await run(['search', 'q', '--no-update'], { nFiles: 0 })
    expect(code).toBe(2)
    const { message, advice } = indexMissing(process.cwd())
    expect(err).toBe(`${message}\n${advice}`)
    expect(calls).toEqual(['close', 'dispose'])
  })

  it('answers from the last commit while another process writes', async () => {
    const onBuild = () => {
      throw indexLocked('process 7')
    }
    const { code, err } = await run(['search', 'q'], { hits: [HIT], onBuild })
    expect(code).toBe(0)
    expect(err).toMatch(/Another process is updating/)
  })
})

describe('a search that could not read every file', () => {
  it('says so beside its hits', async () => {
    const { code, out, err } = await run(['search', '/re/'], { hits: [HIT], truncated: true })
    expect([code, out]).toEqual([0, (await run(['search', '/re/'], { hits: [HIT] })).out])
    expect(err).toMatch(/Not every file was looked at/)
    const json = await run(['search', '/re/', '--json'], { hits: [HIT], truncated: true })
    expect(JSON.parse(json.out)).toMatchObject({ hits: [{}], truncated: true })
  })
})

describe('search --stdin', () => {
  it('answers each line on a line, in order', async () => {
    const { code, out } = await run(['search', '--stdin', '--json'], { hits: [HIT], stdin: 'one\r\n\ntwo "words"\n' })
    const answers = out.split('\n').map((line) => JSON.parse(line))
    expect(answers.map(({ query, hits }) => [query, hits.length])).toEqual([
      ['one', 1],
      ['', 0],
      ['two "words"', 1],
    ])
    expect(code).toBe(0)
  })

  it('lets a wrong query spoil its own answer only', async () => {
    const onSearch = (query: string) => {
      if (query === 'bad') throw queryError('No such kind.', 3)
    }
    const { code, out } = await run(['search', '--stdin', '--json'], { hits: [HIT], onSearch, stdin: 'bad\ngood\n' })
    const answers = out.split('\n').map((line) => JSON.parse(line))
    expect(answers[0].error).toMatchObject({ code: 'E_QUERY', message: 'No such kind.', column: 3 })
    expect(answers[1].hits).toHaveLength(1)
    expect(code).toBe(2)
  })

  it('points at the place in a query that is wrong', async () => {
    const onSearch = () => {
      throw queryError('"foo" at column 8 is no kind.', 8)
    }
    const { code, err } = await run(['search', 'a kind:foo'], { onSearch })
    expect(err).toMatch(/^ {2}a kind:foo\n {9}\^\n"foo" at column 8 is no kind\.\n/)
    expect(code).toBe(2)
  })

  it('ends with 1 where no line found anything', async () => {
    expect((await run(['search', '--stdin', '--json'], { stdin: 'one\n' })).code).toBe(1)
  })
})

describe('index', () => {
  it('reports files, units, tokens, speed and size', async () => {
    const { code, out } = await run(['index', 'server'])
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      path.resolve('server'),
      '  2,034 files (12 changed, 1 removed), 5,678 units (78 encoded, 5,600 already known) in 41 s',
      '  12,345 tokens encoded at 12,345 tokens/s',
      '  1,234,567 tokens in the index, 48.1 MB on disk, 39 bytes a token',
      '  3 files not searchable, or not as a whole: 2 binary, 1 too-large',
    ])
  })

  it('goes on to the chosen models where others answer for a part', async () => {
    const upgraded = { nUnitsEncoded: 400, nTokensEncoded: 4000, encodeMs: 4000, nFilesRecut: 0, isComplete: true }
    const { out, calls } = await run(['index', 'server', '--model', 'someone/model'], { upgraded })
    expect(calls).toContain('upgrade')
    expect(out).toContain('(478 encoded, 5,200 already known) in 45 s')
    expect(out).toContain('16,345 tokens encoded')
  })

  it('has upkeep done, which a search leaves to others', async () => {
    const asked: (boolean | undefined)[] = []
    const onBuild = ({ upkeep }: BuildOptions) => void asked.push(upkeep)
    await run(['index'], { onBuild })
    await run(['search', 'words'], { onBuild })
    expect(asked).toEqual([true, undefined])
  })

  it('says that a stopped run continues', async () => {
    const onBuild = () => {
      throw new CancelledError()
    }
    const { code, err, calls } = await run(['index'], { onBuild })
    expect(code).toBe(130)
    expect(err).toMatch(/the next run continues/)
    expect(calls).toEqual(['build', 'close', 'dispose'])
  })
})

describe('related, status, clear', () => {
  it('takes a place as path:line, relative to the folder', async () => {
    const { code, calls } = await run(['related', 'server/src/cli.ts:12', 'server'], { hits: [HIT] })
    expect(code).toBe(0)
    expect(calls).toContain('related src/cli.ts:12')
  })

  it('shows the state, and ends with 1 where there is no index', async () => {
    const { out } = await run(['status'])
    expect(out).toContain('ready: 3 files, 40 units, 8,000 tokens')
    expect(out).toContain('320.0 kB on disk, 40.0 kB of it for text that is in no file now')
    expect(out).toContain('3 files not searchable, or not as a whole: 2 not-a-file, 1 link')
    expect(out).toContain('scored by WebAssembly with SIMD')
    expect((await run(['status'], { nFiles: 0 })).code).toBe(1)
  })

  it('lists all indexes, and clears those whose folders are gone', async () => {
    const { out, code } = await run(['status', '--all'])
    expect(out).toBe('  320.0 kB  /home/me/project\n    1.2 MB  /home/me/old  (the folder is gone)')
    expect(code).toBe(0)
    expect((await run(['clear', '--gone'])).out).toBe('Deleted the index of /home/me/old (1.2 MB).')
    expect((await run(['clear', '--gone', '.'])).code).toBe(2)
    expect((await run(['status', '--all', '.'])).code).toBe(2)
  })

  it('clears', async () => {
    const { out, calls } = await run(['clear'])
    expect(calls).toContain('clear')
    expect(out).toMatch(/^Deleted the index of .+ \(320\.0 kB\)\.$/)
  })
})

describe('failures', () => {
  const check = async (argv: string[], code: number, message: RegExp) => {
    const result = await run(argv)
    expect(result.err).toMatch(message)
    expect(result.code).toBe(code)
    expect(result.out).toBe('')
  }

  it('names wrong usage', async () => {
    await check([], 2, /No command given/)
    await check(['find'], 2, /no command "find"/)
    expect((await run(['find'])).err).toContain(usageError('').advice)
    await check(['search'], 2, /needs a query/)
    await check(['search', ' '], 2, /needs a query/)
    await check(['search', 'q', '--frob'], 2, /Unknown option '--frob'/)
    await check(['search', 'q', '-k', '0'], 2, /--limit takes a whole number from 1/)
    await check(['search', 'q', '-k', 'many'], 2, /--limit takes a whole number/)
    await check(['search', 'q', '--space', 'prose'], 2, /--space is code, docs or all/)
    await check(['search', 'q', '--semantic', '--lexical'], 2, /exclude each other/)
    await check(['search', 'q', '.', 'rest'], 2, /Too many arguments: "rest"/)
    await check(['related', 'a.ts'], 2, /needs <file>:<line>/)
    await check(['related', 'a.ts:0'], 2, /needs <file>:<line>/)
  })

  it('names a folder that cannot be read', async () => {
    for (const name of ['no/such/folder', 'package.json']) {
      const { code, err } = await run(['index', name])
      expect(err).toContain(folderUnreadable(path.resolve(name)).message)
      expect(code).toBe(2)
    }
  })

  it('keeps traces for LATERAL_DEBUG=1', async () => {
    const onBuild = () => {
      throw new Error('boom')
    }
    const quiet = await run(['index'], { onBuild })
    expect(quiet.code).toBe(3)
    expect(quiet.err).toMatch(/^Internal error: boom\n/)
    expect(quiet.err).not.toMatch(/ {4}at /)
    expect((await run(['index'], { onBuild, io: { env: { LATERAL_DEBUG: '1' } } })).err).toMatch(/ {4}at /)
  })

  it('tells a missing model apart from its own faults', async () => {
    const onBuild = () => {
      throw modelMissing('/models', 'tokenizer.json')
    }
    const { code, err } = await run(['index'], { onBuild })
    expect([code, err]).toEqual([2, expect.stringContaining('Reinstall')])
  })
})

describe('help', () => {
  it('lists the commands, and the options of one', async () => {
    expect((await run(['--help'])).out).toMatch(
      /index .+\n {2}search .+\n {2}related .+\n {2}status .+\n {2}tune .+\n {2}models .+\n {2}doctor .+\n {2}clear /,
    )
    const { code, out } = await run(['search', '--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/-k, --limit N +Hits to show/)
    expect((await run(['help', 'search'])).out).toBe(out)
  })
})
