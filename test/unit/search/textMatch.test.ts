import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseQuery } from '../../../server/src/search/query.ts'
import { linedText, TextMatcher } from '../../../server/src/search/textMatch.ts'

/** The line that matches in the given lines; `undefined` where they do not meet the query's conditions. */
function check(query: string, text: string, startLine = 1, endLine = 99): number | undefined {
  const matcher = new TextMatcher(parseQuery(query).conditions)
  const lined = linedText(text)
  const line = matcher.match(lined, startLine, endLine)
  if (line !== undefined) expect(matcher.mayMatch(lined)).toBe(true)
  return line
}

describe('a text', () => {
  it.each([
    ['"two three"', 'one\nTwo   three\n', 2],
    ['"two three"', 'one two\n\tthree', 1],
    ['"two three"', 'twothree', undefined],
    ['"a.b(c)"', 'x a.b(c) y', 1],
    ['"a.b(c)"', 'aXb(c)', undefined],
    ['"ECONN"', 'case ECONNRESET:', 1],
    ['"ÄRGER"', 'großer ärger', 1],
    ['"one" "three"', 'three\none', 2],
    ['"one" "four"', 'one', undefined],
    ['-"one"', 'two', 1],
    ['-"one"', 'two\nOne', undefined],
    ['"two" -/^one$/', 'one two', 1],
    ['"two" -/^one$/', 'two\none\n', undefined],
    ['/retr(y|ies)/', 'many\nretries', 2],
    ['/Retry/', 'retry', undefined],
    ['/Retry/i', 'retry', 1],
    ['/^b$/', 'a\r\nb\r\nc', 2],
    ['/a.b/', 'a\nb', undefined],
    ['/a.b/s', 'a\nb', 1],
    ['/^a/', '\uFEFFa', 1],
  ])('%s in %j: line %s', (query, text, expected) => expect(check(query, text)).toBe(expected))

  it('is looked at within the lines of the unit', () => {
    const text = 'one\ntwo\nthree\nfour'
    expect(check('"two"', text, 2, 3)).toBe(2)
    expect(check('"three"', text, 2, 3)).toBe(3)
    expect(check('"four"', text, 2, 3)).toBeUndefined()
    expect(check('-"four"', text, 2, 3)).toBe(2)
    expect(check('"four"', text, 4, 9)).toBe(4)
    expect(check('-"x"', text, 5, 9)).toBeUndefined()
    expect(check('/three(?!\\nfour)/', text, 1, 3)).toBe(3)
  })

  it('is left out as a whole only where no part of it can match', () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '\r\n'), maxLength: 30 }),
        fc.constantFrom('"a b"', '/a+$/', '/^b/', '"a" "b"', '"a" -"b"', '/a(?=b)/', '/a(?!\\s)/'),
        fc.nat(5),
        fc.nat(3),
        (text, query, before, more) => {
          const lines = text.split(/\r?\n/)
          const own = lines.slice(before, before + more + 1).join('\n')
          const found = check(query, text, before + 1, before + more + 1)
          const parsed = parseQuery(query).conditions
          const holds = parsed.every(({ source, flags, negated }) => new RegExp(source, flags).test(own) !== negated)
          expect(found !== undefined).toBe(before < lines.length && holds)
        },
      ),
    ))
})
