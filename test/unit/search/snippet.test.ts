import { describe, expect, it } from 'vitest'
import { bestLine } from '../../../server/src/search/snippet.ts'

const check = (text: string, query: string) => {
  const lines = text.split('\n')
  return lines[bestLine(lines, query)]!.trim()
}

const TEXT = `function refresh(session) {
  // Nothing to do while the token is fresh.

  if (!expired(session.token)) return
  await store.rotate(session)
}`

describe('bestLine', () => {
  it.each([
    ['rotating the store', 'await store.rotate(session)'],
    ['expiredToken', 'if (!expired(session.token)) return'],
    ['session', 'function refresh(session) {'],
    ['what to do if the store is full', 'await store.rotate(session)'],
    ['unrelated words', 'function refresh(session) {'],
    ['', 'function refresh(session) {'],
  ])('of the text for %j', (query, expected) => expect(check(TEXT, query)).toBe(expected))

  it('never takes an empty line while there is another', () => expect(check('\n\n  x\n', 'y')).toBe('x'))
  it('takes the first line of an empty text', () => expect(bestLine([], 'x')).toBe(0))
})
