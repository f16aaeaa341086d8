import { describe, expect, it } from 'vitest'
import { CancelledError } from '../../../server/src/base/errors.ts'
import { TUNED } from './fakeEngine.ts'
import { run } from './harness.ts'

describe('tune', () => {
  it('shows the curve, the recommended setting, and how to use it', async () => {
    const { code, out, err, calls } = await run(['tune', 'server'])
    expect([code, err]).toEqual([0, ''])
    expect(calls).toEqual(['build', 'tune 50', 'close', 'dispose'])
    expect(out.split('\n').slice(0, 7)).toEqual([
      expect.stringMatching(/server$/),
      '  50 questions from 5,678 units; an exact search takes 61.0 ms',
      '',
      '  probes  candidates  recall@10  p50 ms  p95 ms',
      '       2       1,024      0.924     2.3     4.0',
      '       4       2,048      0.982     4.1     7.0  recommended',
      '       8       4,096      0.990    12.3    15.1  in use',
    ])
    expect(out).toContain('within 0.01 of the best recall')
    expect(out).toContain('"lateral.search.nIvfProbe": 4,\n    "lateral.search.nFullScores": 2048')
    expect(out).toContain('--probes 4 --candidates 2048')
  })

  it('says so where nothing needs to change', async () => {
    const { out } = await run(['tune'], { onTune: () => ({ ...TUNED, recommended: TUNED.current }) })
    expect(out).toContain('in use, recommended')
    expect(out).toMatch(/no setting needs to change/i)
    expect(out).not.toContain('nIvfProbe')
  })

  it('answers with one JSON object', async () => {
    const { code, out } = await run(['tune', '--json', '--queries', '7'], { onTune: () => TUNED })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ folder: process.cwd(), ...TUNED })
  })

  it('passes the number of questions on, in bounds', async () => {
    expect((await run(['tune', '--queries', '7'])).calls).toContain('tune 7')
    expect((await run(['tune', '--queries', '0'])).code).toBe(2)
    expect((await run(['tune', '--queries', 'many'])).code).toBe(2)
  })

  it('measures the index as it is with --no-update, and needs one then', async () => {
    expect((await run(['tune', '--no-update'])).calls).toEqual(['tune 50', 'close', 'dispose'])
    expect((await run(['tune', '--no-update'], { nFiles: 0 })).code).toBe(2)
  })

  it('says why there is nothing to tune', async () => {
    const { recommended: _, ...nothing } = TUNED
    const onTune = () => ({ ...nothing, nQueries: 0, measured: [], skipped: 'There is nothing to tune.' })
    expect(await run(['tune'], { onTune })).toMatchObject({ code: 1, out: '', err: 'There is nothing to tune.' })
    const { code, out } = await run(['tune', '--json'], { onTune })
    expect([code, JSON.parse(out).skipped]).toEqual([1, 'There is nothing to tune.'])
  })

  it('tells how far it is, on standard error', async () => {
    const times = [0, 6000, 12_000, 18_000]
    const { out, err } = await run(['tune', '--json'], {
      io: { now: () => times.shift() ?? 20_000 },
      onTune: ({ onProgress }) => {
        for (const nQueriesDone of [0, 10, 20]) onProgress?.({ nQueriesDone, nQueries: 50 })
        return TUNED
      },
    })
    expect(err).toMatch(/Measuring: 10\/50 questions/)
    expect(JSON.parse(out).nQueries).toBe(50)
  })

  it('stops at once when it is interrupted, and closes everything', async () => {
    const onTune = () => {
      throw new CancelledError()
    }
    const { code, out, calls } = await run(['tune'], { onTune })
    expect([code, out]).toEqual([130, ''])
    expect(calls.slice(-2)).toEqual(['close', 'dispose'])
  })
})
