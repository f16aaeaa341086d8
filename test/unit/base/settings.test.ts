import { describe, expect, it } from 'vitest'
import { defaultSettings, parseSettings } from '../../../server/src/contract/settings.schema.ts'

describe('parseSettings', () => {
  const check = (raw: unknown, changes: Record<string, unknown>, problems: (string | RegExp)[] = []) => {
    const parsed = parseSettings(raw)
    expect(parsed.settings).toEqual({ ...defaultSettings, ...changes })
    expect(parsed.problems).toHaveLength(problems.length)
    problems.forEach((problem, i) => {
      expect(parsed.problems[i]).toMatch(problem)
    })
  }

  it('takes nested and flat names', () => {
    check({ search: { nIvfProbe: 16 }, logLevel: 'debug' }, { 'search.nIvfProbe': 16, logLevel: 'debug' })
    check({ 'search.nIvfProbe': 16 }, { 'search.nIvfProbe': 16 })
  })
  it('takes the bounds themselves', () => {
    check({ 'index.maxFileSizeKb': 16 }, { 'index.maxFileSizeKb': 16 })
    check({ 'index.maxFileSizeKb': 65536 }, { 'index.maxFileSizeKb': 65536 })
  })
  it.each([
    [{ 'index.maxFileSizeKb': 15 }, /^lateral\.index\.maxFileSizeKb: .*; using 1024$/],
    [{ 'index.maxFileSizeKb': 65537 }, /index\.maxFileSizeKb/],
    [{ search: { nIvfProbe: 2.5 } }, /search\.nIvfProbe: .*using 8$/],
    [{ search: { maxResults: '50' } }, /search\.maxResults/],
    [{ 'index.exclude': 'dist' }, /index\.exclude: .*using \[\]$/],
    [{ logLevel: 'loud' }, /logLevel: .*using "info"$/],
  ])('falls back to the default of %j and says so', (raw, problem) => check(raw, {}, [problem]))

  it('keeps what is right beside what is wrong', () =>
    check({ index: { threads: 2, maxFileSizeKb: 1 } }, { 'index.threads': 2 }, [/maxFileSizeKb/]))

  it.each([[undefined], [null], ['text'], [7], [[]], [{ unknown: 1, search: null, index: { location: null } }]])(
    'ignores what is not there: %j',
    (raw) => check(raw, {}),
  )
})
