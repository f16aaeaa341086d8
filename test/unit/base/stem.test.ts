import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stem } from '../../../server/src/base/stem.ts'

describe('stem', () => {
  it.each([
    'parse parses parsed parsing parser parsers',
    'index indexes indexed indexing indexer',
    'retry retries retried retrying',
    'try tries tried trying',
    'copy copies copied copying',
    'stop stops stopped stopping',
    'filter filters filtered filtering',
    'initialize initializes initialized initialization',
    'normalise normalised normaliser normalisation',
    'validate validates validated validating validation validator',
    'allocate allocation allocator',
    'process processes processed processing processor',
    'compression compress compressed',
    'query queries',
    'class classes',
    'batch batches',
    'handle handles handled handling handler',
  ])('brings together: %s', (words) => {
    const stems = words.split(' ').map(stem)
    expect(new Set(stems), stems.join(' ')).toHaveProperty('size', 1)
  })

  it.each([
    ['string', 'stringify'],
    ['bus', 'business'],
    ['user', 'us'],
    ['thread', 'thing'],
    ['port', 'position'],
    ['ring', 'red'],
  ])('keeps apart: %s, %s', (a, b) => expect(stem(a)).not.toBe(stem(b)))

  it('differs from the beginning of the word in the last letter at most', () => {
    const endings = fc.constantFrom(
      's',
      'es',
      'ies',
      'ised',
      'iser',
      'isation',
      'tion',
      'ied',
      'ier',
      'ying',
      'ate',
      'ers',
    )
    const word = fc.tuple(fc.stringMatching(/^[a-z]{0,6}$/), fc.array(endings, { maxLength: 3 }))
    fc.assert(
      fc.property(word, ([beginning, ends]) => {
        const whole = beginning + ends.join('')
        expect(whole.startsWith(stem(whole).slice(0, -1))).toBe(true)
      }),
    )
  })

  it('leaves alone what is no English word', () => {
    for (const word of ['ids', 'größes', 'x86ing', '用户', 'PARSING', '']) expect(stem(word)).toBe(word)
  })

  it('never lengthens a word and never cuts it below two letters', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{2,14}$/), (word) => {
        const cut = stem(word)
        return cut.length <= word.length && cut.length >= 2
      }),
    ))

  it('finds the plural under the stem of the singular', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,10}[bdgklmnprt]$/), (word) => {
        expect(stem(`${word}s`)).toBe(stem(word))
      }),
    ))
})
