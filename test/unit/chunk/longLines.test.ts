import { describe, expect, it } from 'vitest'
import { chunk, expectSound, useChunker } from './check.ts'

useChunker()

const N = 400_000
const line = (start: string, part: string, end = '', nChars = N) => start + part.repeat(nChars / part.length) + end
const rows = (row: string) => `${row}\n`.repeat(200_000 / row.length)

/** An expression that looks for its end from each of so many signs would take minutes for one of these. */
describe('a text of few signs', () => {
  const cases: [string, string, string][] = [
    ['blanks in a heading', 'a.md', line('# a', ' ', 'b')],
    ['tabs in a heading', 'a.md', line('# a', '\t', 'b')],
    ['links that are not closed', 'a.md', line('# ', '[')],
    ['links without a place', 'a.md', line('# ', '[a](')],
    ['tags that are not closed', 'a.md', line('# ', '<')],
    ['underlines', 'a.rst', `a\n${line('', '=', 'x')}`],
    ['levels of an outline', 'a.org', Array.from({ length: 1300 }, (_, i) => `${'*'.repeat(i + 1)} a`).join('\n')],
    ['stars in a comment', 'a.java', `/**\n${line(' *', '*', 'a')}\n */\nclass A {}`],
    ['blanks in a comment', 'a.go', `/*\n${line('', ' ', 'a')}\n*/\nfunc f() {}`],
    ['an interpreter', 'run', `${line('#!', 'a', '!')}\necho`],
    ['a key', 'a.yaml', line('a', ' ', 'b')],
    ['quotes', 'a.json', line('"', '\\"')],
    ['many comments above many functions in one line', 'a.js', rows('// a').slice(0, N) + line('', 'function f(){}')],
    ['blanks behind an instance', 'a.hs', rows(line('instance A', ' ', 'b', 580))],
    ['a function of julia that is none', 'a.jl', rows(line('f(', '):: where ', '', 580))],
    ['brackets of a function that is none', 'a.d', rows(line('int f(', '){', 'x', 580))],
    ['types of a function that is none', 'a.kt', rows(line('fun <', '>', '', 580))],
    ['names of a function that is none', 'a.cpp', `)${rows(line('', 'a ', '(', 580))}`],
  ]
  it.each(cases)('is cut as any other: %s', async (_, path, text) => {
    expectSound(await chunk(path, text), text)
  })

  it('keeps the end of a comment out of its words', async () => {
    const { units } = await chunk('a.ts', '/** Adds. **/\nfunction add() {}\n')
    expect(units.map((unit) => unit.doc)).toEqual(['Adds.'])
  })
})
