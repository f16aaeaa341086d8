import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { alignWords, linesInFile } from '../../../server/src/search/alignment.ts'
import { placesOfPieces, wordAround } from '../../../server/src/search/pieces.ts'
import { signalShares } from '../../../server/src/search/signalMeanings.ts'

const encoder = createFakeEncoder()

/** `word share% [*] token:line similarity, ...` of each word. Equal words of the fake encoder are alike with 1. */
async function check(query: string, body: string, context = '') {
  const [ofBody, ofContext] = await encoder.encodeDocuments([body, context], { unpooled: true })
  const words = alignWords(query, await encoder.encodeQuery(query), [
    { text: body, vectors: ofBody!, lines: linesInFile(body, body.split('\n'), 1, 99) },
    { text: context, vectors: ofContext!, lines: [] },
  ])
  return words
    .filter(({ similarity }) => similarity > 0.9)
    .map(({ word, isShared, tokens }) => {
      const met = tokens.map(({ text, line }) => `${text}${line === undefined ? '' : `:${line}`}`).join(', ')
      return `${word}${isShared ? '*' : ''} ${met}`
    })
}

describe('the alignment of a query with a unit', () => {
  it('tells what each word is most like, and where that stands', async () => {
    expect(
      await check('retry failed calls', 'func send() {\n\tif failed(err) {\n\t\tretry(call)\n', 'net client'),
    ).toEqual(['retry* retry:3', 'failed* failed:2'])
    expect(await check('client.send', 'func send() {}', 'net client')).toEqual(['client.send* client, send:1'])
    expect(await check('backoff', 'retryWithBackoff()')).toEqual(['backoff* retryWithBackoff:1'])
  })

  it('shares the whole score out among the words', async () => {
    const text = fc.array(fc.constantFrom<string>('ant', 'bee', 'cat', 'dog', 'eel'), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(text, text, async (asked, given) => {
        const [query, body] = [asked.join(' '), given.join('\n')]
        const [vectors] = await encoder.encodeDocuments([body], { unpooled: true })
        const of = await encoder.encodeQuery(query)
        const words = alignWords(query, of, [{ text: body, vectors: vectors!, lines: given.map((_, i) => i + 1) }])
        expect(words.map(({ word }) => word)).toEqual(asked)
        for (const { word, isShared, tokens, similarity } of words) {
          expect(isShared).toBe(given.includes(word))
          if (isShared) expect(tokens[0]).toMatchObject({ text: word, line: given.indexOf(word) + 1 })
          expect(similarity).toBeLessThanOrEqual(1.001)
        }
        const scored = words.reduce((sum, { similarity }) => sum + similarity, 0)
        if (scored > 0.1) expect(words.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 3)
      }),
      { numRuns: 50 },
    )
  })

  it('is empty without a text or a query', async () => {
    const nothing = { nTokens: 0, dim: 4, data: new Float32Array(0), tokens: [] }
    expect(alignWords('a', await encoder.encodeQuery('a'), [])).toEqual([])
    expect(alignWords('', nothing, [{ text: 'a', vectors: nothing, lines: [] }])).toEqual([])
  })
})

describe('pieces of a tokenizer', () => {
  it.each([
    ['Retry the call', ['[CLS]', '[Q] ', 'retry', 'the', 'call', '[SEP]', '[MASK]'], [-1, -1, 0, 6, 10, -1, -1]],
    ['retrying', ['retry', 'ing'], [0, 5]],
    ['a a  a', ['a', 'a', 'a'], [0, 2, 5]],
    ['straße İx', ['stra', '?', 'e', 'x'], [0, -1, 5, 8]],
    ['', ['x'], [-1]],
  ])('stand in %s', (text, pieces, places) => expect([...placesOfPieces(text, pieces)]).toEqual(places))

  it('are never found far from the one before', () =>
    expect([...placesOfPieces('one and then a long way two', ['one', 'two'])]).toEqual([0, -1]))

  it.each([
    ['x = retryWith_Backoff(1)', 9, 'retryWith_Backoff'],
    ['(a) => b', 4, '=>'],
    ['a b', 1, ''],
    ['a', 7, ''],
  ])('belong to a word: %s', (text, offset, word) => expect(wordAround(text, offset).word).toBe(word))
})

describe('linesInFile', () => {
  it('follows a text that leaves lines out', () => {
    const file = ['class A {', '  a() {', '    x', '  }', '  b() {', '    x', '  }', '}']
    expect(linesInFile('class A {\n  a() {\n  b() {\n}', file, 1, 8)).toEqual([1, 2, 5, 8])
    expect(linesInFile('  b() {\r\n    y\n  }', file, 5, 7)).toEqual([5, undefined, 7])
    expect(linesInFile('class A {', file, 2, 8)).toEqual([undefined])
  })
})

describe('signalShares', () => {
  it('leaves out what changes nothing', () => {
    const shares = signalShares({ semantic: 0.4, lexical: 0, definition: 0.2, demotion: 0.5, duplicate: 1, odd: 2 })
    expect(shares.map(({ name, effect, value }) => `${name} ${effect} ${value}`)).toEqual([
      'semantic adds 0.4',
      'definition adds 0.2',
      'demotion multiplies 0.5',
      'odd adds 2',
    ])
  })
})
