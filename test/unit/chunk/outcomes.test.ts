import { describe, expect, it, vi } from 'vitest'
import { createChunker } from '../../../server/src/chunk/chunker.ts'
import { chunk, expectSound, useChunker } from './check.ts'

useChunker()

const utf16 = (text: string) => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])

describe('outcomes', () => {
  const cases: [string, string, string | Uint8Array, string][] = [
    ['a sound file', 'a.ts', 'export function f() {}\n', 'ok'],
    ['an empty file', 'a.ts', '', 'ok'],
    ['a byte order mark', 'a.ts', '\uFEFFfunction f() {}', 'ok'],
    ['broken code', 'a.ts', 'function f( {\n  return }}} 1\n', 'syntax-errors'],
    ['prose', 'a.txt', 'Only words.\n\nAnd more words.', 'plain-text'],
    ['a NUL byte', 'a.ts', new Uint8Array([65, 0, 66]), 'binary'],
    ['Latin-1', 'a.ts', new Uint8Array([0x63, 0x61, 0x66, 0xe9, 0x0a]), 'not-utf8'],
    ['UTF-16 with its mark', 'a.ts', utf16('function f() {}\n'), 'ok'],
    ['odd UTF-16', 'a.ts', new Uint8Array([0xff, 0xfe, 0x41]), 'not-utf8'],
    ['too much', 'a.ts', ' '.repeat(1024 * 1024 + 1), 'too-large'],
  ]
  it.each(cases)('%s', async (_, path, content, outcome) => {
    const file = await chunk(path, content)
    expect(file.outcome).toBe(outcome)
    if (['binary', 'not-utf8', 'too-large'].includes(outcome)) expect(file.units).toEqual([])
  })

  it('counts lines alike with every line end', async () => {
    const text = 'function a() {\n  return 1\n}\n\nfunction b() {\n  return 2\n}'
    const expected = (await chunk('a.ts', text)).units
    for (const end of ['\r\n', '\r']) expect((await chunk('a.ts', text.replaceAll('\n', end))).units).toEqual(expected)
    expect(expected.map((unit) => unit.startLine)).toEqual([1, 5])
  })

  it('cuts by patterns and windows where the grammar cannot be loaded', async () => {
    const failures: unknown[] = []
    const chunker = await createChunker({
      grammarsDirectory: '/nowhere',
      onParserFailure: (error) => failures.push(error),
    })
    const file = await chunker.chunkFile('a.c', new TextEncoder().encode('int main(void) {\n  return 0;\n}\n'))
    await chunker.dispose()
    expect(file.outcome).toBe('plain-text')
    expect(file.units.map((unit) => unit.name)).toEqual(['main'])
    expect(failures).toHaveLength(1)
  })

  it.each([
    ['tokens that are looked for to the end of the text, again and again', 'a.ps1', '${a '.repeat(7500)],
    ['signs without end, each of which is looked past', 'a.ps1', '('.repeat(6000)],
    ['errors one after the other, each of which is sought in all before it', 'a.css', '=>'.repeat(100_000)],
    ['more declarations side by side than anybody writes', 'a.py', 'A=1\n'.repeat(50_000)],
  ])('cuts by lines what takes too many steps: %s', async (_, path, text) => {
    const file = await chunk(path, text)
    expect(file.outcome).toBe('too-complex')
    expectSound(file, text)
  })

  it('cuts alike however long it takes', async () => {
    const text = 'function f() {\n  return 1\n}\n'.repeat(3000)
    const expected = await chunk('a.ts', text)
    let timeMs = 0
    const clocks = [vi.spyOn(performance, 'now'), vi.spyOn(Date, 'now')]
    for (const clock of clocks) clock.mockImplementation(() => (timeMs += 10_000))
    const slow = await chunk('a.ts', text)
    for (const clock of clocks) clock.mockRestore()
    expect(slow).toEqual(expected)
    expect(slow.outcome).toBe('ok')
  })
})

describe('extreme files', () => {
  const cases: [string, string, string][] = [
    ['nesting of brackets', 'a.ts', '('.repeat(10_000)],
    ['nesting of scopes', 'a.cpp', `${'namespace a {\n'.repeat(3000)}int x;\n${'}\n'.repeat(3000)}`],
    ['nesting of classes', 'a.java', `${'class A {\n'.repeat(2000)}${'}\n'.repeat(2000)}`],
    [
      'nesting by indentation',
      'a.kt',
      Array.from({ length: 800 }, (_, i) => `${' '.repeat(i)}class A${i} {`).join('\n'),
    ],
    ['one long line', 'a.js', 'x=1;'.repeat(50_000)],
    ['long lines of other scripts', 'a.txt', '語🙂'.repeat(20_000)],
    ['blank lines', 'a.py', '\n'.repeat(300_000)],
    ['many lines', 'a.txt', 'a\n'.repeat(100_000)],
    ['an unclosed comment', 'a.swift', `/*${'words and more\n'.repeat(3000)}`],
  ]
  it.each(cases)('%s', async (_, path, text) => {
    expectSound(await chunk(path, text), text)
  })

  it('keeps surrogate pairs together in cut lines', async () => {
    const { units } = await chunk('a.txt', `a${'🙂'.repeat(2000)}`)
    expect(units.length).toBeGreaterThan(1)
    for (const unit of units) expect(unit.text).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
  })
})
