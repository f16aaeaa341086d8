import { describe, expect, it } from 'vitest'
import { BUDGET_CHARS, countChars, splitLines } from '../../../server/src/chunk/budget.ts'

const lines = (text: string) => text.split('\n').map((line, row) => ({ row, text: line }))

describe('splitLines', () => {
  it('leaves what fits in one part, without blank ends', () => {
    expect(splitLines(lines('\n\n  a\n\nb\n\n'))).toEqual([{ startRow: 2, endRow: 4, text: '  a\n\nb' }])
  })

  it('cuts at blank lines between statements rather than inside of blocks', () => {
    const block = (n: number) => `if (${n}) {\n${`    doSomething(${n});\n`.repeat(14)}}\n`
    const parts = splitLines(lines(Array.from({ length: 8 }, (_, n) => block(n)).join('\n')))
    expect(parts.length).toBeGreaterThan(1)
    for (const part of parts) {
      expect(part.text).toMatch(/^if /)
      expect(part.text).toMatch(/\}$/)
    }
  })

  it('makes parts of similar size, all within the budget', () => {
    const parts = splitLines(lines('some words of text\n'.repeat(100)))
    const sizes = parts.map((part) => countChars(part.text))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(BUDGET_CHARS)
    expect(Math.min(...sizes)).toBeGreaterThan(BUDGET_CHARS * 0.4)
  })

  it('cuts a line longer than the budget by characters, and leaves out what is absurd', () => {
    expect(splitLines(lines(`a\n${'x'.repeat(2500)}\nb`)).map((part) => part.text.length)).toEqual([
      1, 1100, 1100, 300, 1,
    ])
    expect(splitLines(lines('x'.repeat(1_000_000)))).toHaveLength(16)
  })
})
