import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SearchHit } from '../../../server/src/contract/requests.ts'
import { nameRange, relatedMarkdown } from '../../../server/src/lsp/handlers/hover.ts'
import { commandsIn, HOSTILE_TEXTS, hostileText } from '../../support/hostileText.ts'
import { kindsIn, linksIn, MARKDOWN } from '../../support/markdown.ts'

/** `¦` marks the position; `[` and `]` the expected range. */
function check(marked: string, name: string): void {
  const start = marked.replace('¦', '').indexOf('[')
  const end = marked.replace('¦', '').replace('[', '').indexOf(']')
  const expected = start < 0 ? undefined : { start, end }
  const character = marked.replace(/[[\]]/g, '').indexOf('¦')
  expect(nameRange(marked.replace(/[[\]¦]/g, ''), name, character)).toEqual(expected)
}

describe('the name under the mouse', () => {
  it('is found where the position touches it', () => {
    check('function [lo¦ad](url) {', 'load')
    check('function [¦load](url) {', 'load')
    check('function [load]¦(url) {', 'load')
  })

  it('is not found beside it, in another word, or without a name', () => {
    check('func¦tion load(url) {', 'load')
    check('function lo¦ad(url) {', 'other')
    check('¦const x = 1', '')
  })

  it('is the right one of two on a line', () => {
    check('const load = () => [lo¦ad](1)', 'load')
  })

  it('counts UTF-16 units, as the protocol does', () => {
    check('/* 𝄞 */ function [lo¦ad]()', 'load')
  })
})

describe('the hover text', () => {
  const hit = (name: string, path: string): SearchHit => ({
    path,
    absolutePath: `/w/${path}`,
    startLine: 40,
    endLine: 44,
    nameLine: 40,
    kind: 'function',
    name,
    container: '',
    language: 'python',
    space: 'code',
    score: 1,
    snippet: 'return x',
    snippetLine: 41,
  })

  it('has a title and one linked line a hit, five lines at most', () => {
    const markdown = relatedMarkdown([hit('refresh', 'src/a.ts'), hit('', 'b.ts'), hit('c', 'c.ts')])
    expect(markdown.split('\n')).toHaveLength(5)
    expect(markdown).toContain('- [`refresh`](file:///w/src/a.ts#L40) — `src/a.ts:40`')
    expect(markdown).toContain('[`return x`]')
  })

  it('cannot be broken by names', () => {
    expect(relatedMarkdown([hit('__init__', 'a_b(1).py')])).toContain(
      '[`__init__`](file:///w/a_b%281%29.py#L40) — `a_b(1).py:40`',
    )
  })

  const checkHarmless = (name: string, path: string) => {
    const markdown = relatedMarkdown([hit(name, path), hit('', path)])
    expect(markdown.split('\n')).toHaveLength(4)
    for (const line of markdown.split('\n')) expect(commandsIn(line)).toEqual([])
    expect(kindsIn(markdown)).toEqual(kindsIn(relatedMarkdown([hit('a', 'b.ts'), hit('', 'b.ts')])))
    expect(linksIn(markdown)).toHaveLength(2)
    for (const link of linksIn(markdown)) expect(link).toMatch(/^file:\/\/\/w\/[^()<>\s]*#L40$/)
  }

  it('has two links and no more, in whatever reader, and nothing that commands', () => {
    for (const hostile of [...MARKDOWN, ...HOSTILE_TEXTS]) checkHarmless(hostile, `src/${hostile.replaceAll('/', '')}`)
    fc.assert(
      fc.property(hostileText, fc.shuffledSubarray(MARKDOWN), (text, parts) => {
        checkHarmless(`x${text}${parts.join('')}`, `src/${parts.join(text).replaceAll('/', '')}x`)
      }),
    )
  })
})
