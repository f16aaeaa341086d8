import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FilterValues, type ParsedQuery, parseQuery } from '../../../server/src/search/query.ts'

/** A query as it was understood, in one line. */
function check(query: string): string {
  const { text, filters, phrases, conditions } = parseQuery(query)
  const parts = Object.entries<FilterValues>({ ...filters }).flatMap(([key, { include, exclude }]) => [
    ...include.map(({ value }) => `${key}=${value}`),
    ...exclude.map(({ value }) => `${key}!=${value}`),
  ])
  const negated = conditions.filter((each) => each.negated).map(({ source, flags }) => `-${source}/${flags}`)
  return [...parts, ...negated, ...phrases.map((phrase) => `<${phrase}>`), `"${text}"`].join(' ')
}

/** The conditions on the text, in one line. */
const conditionsOf = ({ conditions }: ParsedQuery) =>
  conditions.map(({ negated, source, flags, column }) => `${negated ? '-' : ''}/${source}/${flags}@${column}`).join(' ')

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
    ['folder:Web,api repo:x -folder:old', 'folder=Web folder=api folder=x folder!=old ""'],
    ['is:changed,staged -is:changed', 'is=changed is=staged is!=changed ""'],
    ['dir:"my docs",src x', 'dir=my docs dir=src "x"'],
    ['file:*.{ts,tsx},a.js', 'file=*.{ts,tsx} file=a.js ""'],
    ['dir:src\\api', 'dir=src/api ""'],
    ['-"old name" new', '-old\\s+name/iu "new"'],
    ['/async fn/ error handling', '"error handling"'],
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
    '/usr/lib is full',
    '/usr/local/bin',
    'and/or',
    '// comment',
    'a / b / c',
    '/** A comment. */',
    '-/usr/lib',
    '-"unclosed',
  ])('takes for text what is no filter: %s', (query) => expect(check(query)).toBe(`"${query}"`))

  it.each([
    ['kind:foo', '"foo" at column 6 is no kind'],
    ['retry -is:shiny', '"shiny" at column 11 is no property'],
    ['kind:constructor', 'is no kind'],
    ['kind:class,bogus', '"bogus" at column 12 is no kind'],
    ['x -kind:class,"enum",odd', '"odd" at column 22 is no kind'],
    ['is:test,,gone', '"gone" at column 10 is no property'],
    ['/(/ x', 'expression at column 1 cannot be read: Unterminated group'],
    ['retry -/[z-a]/', 'expression at column 8 cannot be read: Range out of order'],
    ['/[open/ x', 'expression at column 1 cannot be read: Unterminated character class'],
  ])('says where a value is wrong: %s', (query, message) =>
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({ code: 'E_QUERY', message: expect.stringContaining(message) }),
    ),
  )

  it.each([
    ['"a.b  c" x', '/a\\.b\\s+c/iu@1'],
    ['x "a" -"b"', '/a/iu@3 -/b/iu@8'],
    ['/retr(y|ies)/ -/Foo/i', '/retr(y|ies)/m@1 -/Foo/im@16'],
    ['/a\\/b/', '/a\\/b/m@1'],
    ['/[/]x/', '/[/]x/m@1'],
    ['/x/gi /y/s /z/mm', '/x/im@1 /y/ms@7 /z/m@12'],
    ['"" -"" x', ''],
  ])('reads conditions on the text: %s -> %s', (query, expected) =>
    expect(conditionsOf(parseQuery(query))).toBe(expected),
  )

  it('keeps the column of every value', () =>
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1, maxLength: 5 }),
        fc.constantFrom('dir:', '-lang:', 'x file:', '"p" repo:'),
        (values, start) => {
          const query = start + values.join(',')
          const found = Object.values<FilterValues>({ ...parseQuery(query).filters }).flatMap((each) => [
            ...each.include,
            ...each.exclude,
          ])
          expect(found.map(({ value }) => value)).toEqual(values)
          for (const { value, column } of found) expect(query.slice(column - 1)).toMatch(new RegExp(`^${value}(,|$)`))
        },
      ),
    ))

  it('fails on nothing but a wrong value, whatever is typed', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:"-, dirkndlagfile\t日/*([\\+{') }), (query) => {
        try {
          parseQuery(query)
        } catch (error) {
          expect(error).toHaveProperty('code', 'E_QUERY')
        }
      }),
    ))
})
