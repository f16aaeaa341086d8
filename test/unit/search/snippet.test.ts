import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentWords, stemmedWords } from '../../../server/src/base/words.ts'
import { bestLineFor } from '../../../server/src/search/snippet.ts'

const check = (text: string, query: string) => {
  const lines = text.split('\n')
  return lines[bestLineFor(query)(text)]!.trim()
}

const TEXT = `function refresh(session) {
  // Nothing to do while the token is fresh.

  if (!expired(session.token)) return
  await store.rotate(session)
}`

describe('bestLineFor', () => {
  it.each([
    ['rotating the store', 'await store.rotate(session)'],
    ['expiredToken', 'if (!expired(session.token)) return'],
    ['session', 'function refresh(session) {'],
    ['what to do if the store is full', 'await store.rotate(session)'],
    ['unrelated words', 'function refresh(session) {'],
    ['', 'function refresh(session) {'],
  ])('of the text for %j', (query, expected) => expect(check(TEXT, query)).toBe(expected))

  it('never takes an empty line while there is another', () => expect(check('\n\n  x\n', 'y')).toBe('x'))
  it('takes the first line of an empty text', () => expect(bestLineFor('x')('')).toBe(0))

  it('answers as if every line had been looked at', () => {
    const word = fc.constantFrom(
      ...['retries', 'retrying', 'Retried', 'retry', 'HTTPServers', 'axes', 'axe', 'parsing', 'parser', 'organised'],
      ...[
        'organization',
        'i',
        'v2',
        'caf\u00e9',
        'cafe\u0301',
        '\u212aelvin',
        '\u0130stanbul',
        '\u65e5\u672c\u8a9e',
        '  ',
        '{',
      ],
    )
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 8 }), text, (lines, query) => {
        const wanted = new Set(stemmedWords(contentWords(query).join(' ')))
        const scores = lines.map((line) => {
          const words = stemmedWords(line)
          const matched = words.filter((word) => wanted.has(word)).length
          return line.trim() === '' ? -1 : matched && matched + 1 / (1 + words.length)
        })
        expect(bestLineFor(query)(lines.join('\n'))).toBe(Math.max(0, scores.indexOf(Math.max(0, ...scores))))
      }),
    )
  })
})
