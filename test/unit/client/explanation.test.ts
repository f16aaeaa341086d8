import { describe, expect, it } from 'vitest'
import { explanationMarkdown } from '../../../client/src/ui/explanation.ts'
import type { Explanation, HitExplanation } from '../../../server/src/contract/explain.ts'
import { commandsIn, HOSTILE_TEXTS } from '../../support/hostileText.ts'
import { kindsIn, MARKDOWN } from '../../support/markdown.ts'

const hit: HitExplanation = {
  path: 'src/retry.ts',
  startLine: 10,
  endLine: 24,
  kind: 'function',
  name: 'retryWithBackoff',
  container: '',
  rank: 3,
  score: 0.61,
  signals: [
    { name: 'semantic', meaning: 'meaning', effect: 'adds', value: 1.22 },
    { name: 'demotion', meaning: 'a test', effect: 'multiplies', value: 0.5 },
  ],
  words: [
    { word: '', similarity: 0.5, share: 0.25, isShared: false, tokens: [{ text: '', similarity: 0.5 }] },
    {
      word: 'a|b`c',
      similarity: 0.913,
      share: 0.75,
      isShared: true,
      tokens: [
        { text: 'retry', line: 10, similarity: 0.9 },
        { text: '=>', similarity: 0.4 },
      ],
    },
  ],
}
const explanation = (hits: HitExplanation[]): Explanation => ({
  route: { name: 'question', reason: 'it has 4 words', semantic: 0.4, lexical: 0.6 },
  hits,
})

describe('an explanation as Markdown', () => {
  it('has the route, the signals and the words', () => {
    expect(
      explanationMarkdown('a|b', explanation([hit]))
        .replaceAll('\u00a0', ' ')
        .split('\n\n'),
    ).toEqual([
      '# Why `retryWithBackoff`?',
      '`src/retry.ts:10–24` is result 3 for `a|b`.',
      'The query was taken for **a question**, because it has 4 words. So meaning counts 40 %, words count 60 %.',
      '## What its place is made of',
      [
        '| Signal | Share |',
        '| --- | ---: |',
        '| meaning | + 1.220 |',
        '| a test | × 0.500 |',
        '| **Together** | **0.610** |',
      ].join('\n'),
      'Only comparable with the other results of this search.',
      '## What the words of the query meet',
      'Each word goes to what it is most like in the result. 1 is the same; a number in brackets is a line.',
      [
        '| Word |  | Share of the meaning | Likeness | Same word | Meets |',
        '| --- | --- | ---: | ---: | --- | --- |',
        '| _the query as a whole_ | ████ | 25 % | 0.50 |  | _all of it_ |',
        '| ``a\\|b`c`` | ████████████ | 75 % | 0.91 | yes | `retry` (10), `=>` |\n',
      ].join('\n'),
    ])
  })

  it('is broken by no query, name or token', () => {
    const textWith = (text: string) => {
      const words = hit.words.map((word) => ({ ...word, word: text, tokens: [{ text, similarity: 1 }] }))
      return explanationMarkdown(text, explanation([{ ...hit, name: text, path: text, words }]))
    }
    for (const hostile of [...MARKDOWN, ...HOSTILE_TEXTS]) {
      const text = textWith(hostile)
      expect(kindsIn(text), hostile).toEqual(kindsIn(textWith('harmless')))
      for (const line of text.split('\n')) expect(commandsIn(line)).toEqual([])
    }
  })

  it('says so where there is nothing to show', () => {
    const { rank: _, ...lost } = hit
    const text = explanationMarkdown('x', explanation([{ ...lost, name: '', signals: [], words: [] }]))
    expect(text).toContain('# Why this result?')
    expect(text).toContain('is not found any more by `x`')
    expect(text).not.toContain('##')
    expect(explanationMarkdown('x', explanation([]))).toBe('There is nothing to explain.\n')
  })
})
