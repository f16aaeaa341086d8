import fc from 'fast-check'
import picomatch from 'picomatch'
import { describe, expect, it } from 'vitest'
import { type GlobOptions, Globs } from '../../../../server/src/base/glob/globs.ts'

const matches = (glob: string, text: string, options?: GlobOptions) => new Globs([glob], options).matches(text)

describe('globs', () => {
  it.each([
    ['*.ts', 'a.ts', true],
    ['*.ts', 'a/b.ts', false],
    ['**/*.ts', 'b.ts', true],
    ['**', '.a/.b', true],
    ['a/**', 'a', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a**', 'a/b', false],
    ['{a,b/{c,d*}}.ts', 'b/dx.ts', true],
    ['{a,b/{c,d*}}.ts', 'b/d/x.ts', false],
    ['{a}', '{a}', true],
    ['{a,b', '{a,b', true],
    ['{b..d}', 'c', true],
    ['[id].ts', '[id].ts', true],
    ['[id].ts', 'd.ts', true],
    ['[!a]b', '/b', false],
    ['[[:digit:]]', '7', true],
    ['[a', '[a', true],
    ['\\*', '*', true],
    ['\\', '\\', true],
    ['(a)', '(a)', true],
    ['a|b', 'a|b', true],
    ['!a', '!a', true],
    ['!a', 'b', false],
    ['"a"', '"a"', true],
    ['@(a|b).ts', '@(a|b).ts', true],
  ])('%s and %s: %s', (glob, text, expected) => expect(matches(glob, text)).toBe(expected))

  it.each([
    ['*.@(spec|test).ts', 'a.spec.ts', true],
    ['a?(b|c)d', 'ad', true],
    ['a?(b|c)d', 'acd', true],
    ['+(ab|c)', 'abcab', true],
    ['+(ab|c)', '', false],
    ['x*(ab|c)', 'x', true],
    ['!(a)', 'a', true],
    ['(a|b)', 'a', false],
    ['@(a', '@(a', true],
  ])('with groups, %s and %s: %s', (glob, text, expected) =>
    expect(matches(glob, text, { groups: true })).toBe(expected),
  )

  it('sees no difference between letters where told so', () => {
    expect(matches('É*.[A-C]?', 'éa.BX', { ignoreCase: true })).toBe(true)
    expect(matches('a', 'A')).toBe(false)
  })

  /**
   * What is meant to differ is left out: classes with a slash or a name or `!`, negation, quotes, `|`, `+` behind a bracket,
   * `?` behind one, `**` beside a group, a part that is an empty group, and ranges of more than one letter.
   */
  const name = fc.constantFrom('a', 'b', 'c.ts', '.d', 'ab', 'a-b', 'A', '[ab]', '{a}', 'é')
  const piece = fc.oneof(
    { weight: 4, arbitrary: name },
    { weight: 3, arbitrary: fc.constantFrom('*', '?', '[a-c]', '[^b]', '[ab]', '\\*', '\\a', '{a..c}', '[^a-]') },
    { weight: 2, arbitrary: fc.constantFrom('{a,b}', '{a,b*}', '{c.ts,{a,?}b}', '{,a}b', '{a}', '{*.d,a-b}') },
  )
  const extended = fc.constantFrom('@(a|b)', '?(a|.d)', '+(a|b)', '*(ab|c.ts)', '@(a|b*)')
  const partOf = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 1, maxLength: 3 }).map((all) => all.join(''))
  const globOf = (one: fc.Arbitrary<string>) =>
    fc
      .array(fc.oneof({ weight: 3, arbitrary: partOf(one) }, { weight: 1, arbitrary: fc.constant('**') }), {
        minLength: 1,
        maxLength: 4,
      })
      .map((parts) => parts.join('/'))
      .filter((glob) => !/\*\*\*|\*\*[[{(@?+]|[\])}]\*\*|[*\]]\/\*\*(?:$|\/)|\)\?|\/[*?]\(/.test(glob))
  const path = fc.array(partOf(name), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
  const paths = fc.array(path, { minLength: 1, maxLength: 20 })

  it.each([
    ['plain', globOf(piece), {}, { noextglob: true }],
    ['of no case', globOf(piece), { ignoreCase: true }, { noextglob: true, nocase: true }],
    ['with groups', globOf(fc.oneof(piece, extended)), { groups: true }, {}],
  ] as const)('match what picomatch matches: %s', (_, globs, options, theirs) => {
    fc.assert(
      fc.property(globs, paths, (glob, texts) => {
        const expected = picomatch(glob, { dot: true, ...theirs })
        const ours = new Globs([glob], options)
        for (const text of texts) expect([text, ours.matches(text)]).toEqual([text, expected(text)])
      }),
      { numRuns: 500 },
    )
  })
})
