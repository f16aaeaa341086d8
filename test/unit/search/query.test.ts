import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FilterValues, parseQuery } from '../../../server/src/search/query.ts'

/** A query as it was understood, in one line. */
function check(query: string): string {
  const { text, filters, phrases } = parseQuery(query)
  const parts = Object.entries<FilterValues>({ ...filters }).flatMap(([key, { include, exclude }]) => [
    ...include.map((value) => `${key}=${value}`),
    ...exclude.map((value) => `${key}!=${value}`),
  ])
  return [...parts, ...phrases.map((phrase) => `<${phrase}>`), `"${text}"`].join(' ')
}

describe('parseQuery', () => {
  it.each([
    ['retry with backoff', '"retry with backoff"'],
    ['  spaced   out ', '"spaced out"'],
    ['', '""'],
    ['dir:src retry', 'dir=src "retry"'],
    ['retry in:./src/api/ path:/lib', 'dir=src/api dir=lib "retry"'],
    ['DIR:Src', 'dir=Src ""'],
    ['-dir:legacy token', 'dir!=legacy "token"'],
    ['lang:ts,PY retry', 'lang=ts lang=py "retry"'],
    ['lang:ts lang:py', 'lang=ts lang=py ""'],
    ['file:*.spec.ts', 'file=*.spec.ts ""'],
    ['dir:"my docs" x', 'dir=my docs "x"'],
    ['kind:function,Const -kind:struct', 'kind=function kind=constant kind!=class ""'],
    ['kind:test', 'kind=test ""'],
    ['is:tests -is:doc', 'is=test is!=doc ""'],
    ['refresh -tests -Docs', 'is!=test is!=doc "refresh"'],
    ['"exact words" near', '<exact words> "exact words near"'],
    ['a "b:c" d', '<b:c> "a b:c d"'],
    ['"" x', '"x"'],
  ])('%s -> %s', (query, expected) => expect(check(query)).toBe(expected))

  it.each([
    'std::vector',
    'https://example.org/a',
    'foo:bar',
    'constructor:x toString:y',
    'kind:',
    'a:b:c',
    '-minus --flag',
    'an "unclosed quote',
    "it's",
  ])('takes for text what is no filter: %s', (query) => expect(check(query)).toBe(`"${query}"`))

  it.each([
    ['kind:foo', '"foo" at column 6 is no kind'],
    ['retry -is:shiny', '"shiny" at column 11 is no property'],
    ['kind:constructor', 'is no kind'],
  ])('says where a value is wrong: %s', (query, message) =>
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ code: 'E_QUERY', message: expect.stringContaining(message) }),
    ),
  )

  it('fails on nothing but a wrong value, whatever is typed', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:"-, dirkndlagfile\t日/*') }), (query) => {
        try {
          parseQuery(query)
        } catch (error) {
          expect(error).toHaveProperty('code', 'E_QUERY')
        }
      }),
    ))
})
