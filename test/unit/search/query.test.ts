import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type FilterName, filterText } from '../../../server/src/contract/queryTokens.ts'
import { type FilterValues, type ParsedQuery, parseQuery } from '../../../server/src/search/query.ts'

/** A query as it was understood, in one line. */
function check(query: string): string {
  const { text, filters, like, phrases, conditions } = parseQuery(query)
  const parts = Object.entries<FilterValues>({ ...filters }).flatMap(([key, { include, exclude }]) => [
    ...include.map(({ value }) => `${key}=${value}`),
    ...exclude.map(({ value }) => `${key}!=${value}`),
  ])
  const negated = conditions.filter((each) => each.negated).map(({ source, flags }) => `-${source}/${flags}`)
  const places = like.map(({ path, lines, name }) => {
    const part = name ?? (lines && `${lines.start}-${lines.end}`)
    return `like=${path}${part === undefined ? '' : `#${part}`}`
  })
  return [...parts, ...places, ...negated, ...phrases.map((phrase) => `<${phrase}>`), `"${text}"`].join(' ')
}

/** The conditions on the text, in one line. */
const conditionsOf = ({ conditions }: ParsedQuery) =>
  conditions.map(({ negated, source, flags, column }) => `${negated ? '-' : ''}/${source}/${flags}@${column}`).join(' ')

/** A piece of a query as it is typed, and what shall be read from it. */
const name = fc.stringMatching(/^[a-zé日]{1,6}$/)
const path = fc
  .array(fc.stringMatching(/^[a-z][a-z ,.()[\]{}]{0,4}[a-z]$/), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'))
const part = fc.oneof(
  name.map((word) => ({ kind: 'word', typed: word, read: word })),
  fc
    .stringMatching(/^[a-z][a-z:/,-]{0,8}[a-z]( [a-z]+)?$/)
    .map((text) => ({ kind: 'phrase', typed: `"${text}"`, read: text })),
  fc
    .stringMatching(/^[a-z][a-z.*?+^$|]{0,6}[a-z]$/)
    .filter(isExpression)
    .map((source) => ({ kind: 'regex', typed: `/${source}/`, read: source })),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.oneof(
        fc.tuple(fc.constantFrom<FilterName>('dir', 'file', 'folder'), path),
        fc.tuple(fc.constant<FilterName>('lang'), fc.constantFrom('ts', 'c++', 'c#')),
        fc.tuple(fc.constant<FilterName>('kind'), fc.constantFrom('class', 'method', 'test')),
        fc.tuple(fc.constant<FilterName>('is'), fc.constantFrom('changed', 'open', 'generated')),
      ),
    )
    .map(([dash, [filter, value]]) => ({ kind: 'filter', typed: dash + filterText(filter, value), read: value })),
  fc.tuple(path, fc.integer({ min: 1, max: 99 }), fc.integer({ min: 0, max: 99 })).map(([path, from, more]) => {
    const read = `${path}:${from}-${from + more}`
    return { kind: 'like', typed: filterText('like', read), read }
  }),
)

function isExpression(source: string): boolean {
  try {
    return new RegExp(source, 'm').source === source
  } catch {
    return false
  }
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
    ['is:generated,open -is:unsaved', 'is=generated is=open is!=unsaved ""'],
    ['retry like:src/a.ts:40 lang:go', 'lang=go like=src/a.ts#40-40 "retry"'],
    ['like:./src\\a.ts:40-52,b.go', 'like=src/a.ts#40-52 like=b.go ""'],
    ['LIKE:a.ts#L4 like:a.ts#L4-L9 like:a.ts#L4-9', 'like=a.ts#4-4 like=a.ts#4-9 like=a.ts#4-9 ""'],
    [
      'like:a.ts#Loader.open like:"my docs/c#.md#How to start"',
      'like=a.ts#Loader.open like=my docs/c#.md#How to start ""',
    ],
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
    ['x -like:a.ts', 'The "like:" at column 4 cannot be turned round'],
    ['like:a.ts:9-3', '"a.ts:9-3" at column 6 names no lines'],
    ['like:"a b.ts",c.ts:0', '"c.ts:0" at column 15 names no lines'],
    ['retry -/[z-a]/', 'expression at column 8 cannot be read: Range out of order'],
    ['/[open/ x', 'expression at column 1 cannot be read: Unterminated character class'],
  ])('says where a value is wrong: %s', (query, message) =>
    expect(() => parseQuery(query)).toThrow(
      expect.objectContaining({
        code: 'E_QUERY',
        message: expect.stringContaining(message),
        column: Number(/column (\d+)/.exec(message)?.[1]) || expect.any(Number),
      }),
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

  it('reads back what is printed, whatever stands beside it', () =>
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const { text, filters, like, phrases, conditions } = parseQuery(parts.map(({ typed }) => typed).join('  '))
        const of = (kind: string) => parts.filter((each) => each.kind === kind)
        const values = Object.entries<FilterValues>({ ...filters }).flatMap(([name, { include, exclude }]) =>
          [...include.map((each) => ({ each, dash: '' })), ...exclude.map((each) => ({ each, dash: '-' }))].map(
            ({ each, dash }) => `${dash}${filterText(name as FilterName, each.value)}`,
          ),
        )
        expect(values.sort()).toEqual(
          of('filter')
            .map(({ typed }) => typed)
            .sort(),
        )
        expect(like.map(({ path, lines }) => `${path}:${lines?.start}-${lines?.end}`)).toEqual(
          of('like').map(({ read }) => read),
        )
        expect(phrases).toEqual(of('phrase').map(({ read }) => read))
        expect(text).toBe(
          parts
            .filter(({ kind }) => kind === 'word' || kind === 'phrase')
            .map(({ read }) => read)
            .join(' '),
        )
        const expressions = conditions.filter(({ flags }) => flags === 'm').map(({ source }) => source)
        expect(expressions).toEqual(of('regex').map(({ read }) => read))
      }),
    ))

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
