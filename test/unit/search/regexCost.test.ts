import { describe, expect, it } from 'vitest'
import { countOptionalParts } from '../../../server/src/search/regexCost.ts'
import { regexCondition } from '../../../server/src/search/textConditions.ts'

describe('the parts of an expression that may be left out', () => {
  it.each([
    ['throw new \\w+Error', 0],
    ['a?b*c{0,3}', 3],
    ['a+?b*?', 1],
    ['(?:a|bc|d)?', 1],
    ['(|a)(b|)(c||d)', 3],
    ['(?:a?b?){9}', 7],
    ['[?*{]\\?\\*', 0],
    ['(?<name>x)(?=y)(?!z)(?<=w)', 0],
  ])('of %s are counted', (source, count) => expect(countOptionalParts(source)).toBe(count))

  it('are limited, since nothing interrupts an engine that compiles them', () => {
    const endless = ['a?'.repeat(200), '(?:a|bc|d)?'.repeat(20), '(|a)'.repeat(40), '(?:(?:a?){9}){9}'.repeat(20)]
    for (const source of endless)
      expect(() => regexCondition(source, '', false, 7)).toThrow(/column 7 has more than 16/)
    expect(() => regexCondition('^\\s*(?:export\\s+)?(?:async\\s+)?function\\s*\\*?', '', false, 1)).not.toThrow()
  })
})
