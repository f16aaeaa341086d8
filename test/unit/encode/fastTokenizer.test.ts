import { readFileSync } from 'node:fs'
import path from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { speedUp, textIds } from '../../../server/src/encode/fastTokenizer.ts'
import { bertTokenizer, embeddedModel } from '../../support/modelFolders.ts'

const embedded = JSON.parse(readFileSync(path.join(embeddedModel, 'tokenizer.json'), 'utf8'))
const byteLevel = JSON.parse(
  readFileSync(path.resolve(import.meta.dirname, '../../fixtures/model/parity/modernbert/tokenizer.json'), 'utf8'),
)
const bert = (changes: object) => ({
  ...bertTokenizer(),
  normalizer: { ...bertTokenizer().normalizer, ...changes },
})

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        'readFile',
        'HTTPServer2',
        '[D] ',
        '\t',
        '\r\n',
        'é',
        'e\u0301',
        '漢',
        'ÀB',
        '\u0000',
        '\u007f',
        '\ufeff',
        ' ',
        '(',
        '_',
        'files',
      ),
    )
    .map((parts) => parts.join('')),
)

it.each([
  ['the built-in model', embedded],
  ['a byte-level BPE', byteLevel],
  ['a cased BERT', bert({})],
  ['an uncased BERT', bert({ lowercase: true })],
  ['a BERT that cleans nothing', bert({ clean_text: false, handle_chinese_chars: false, lowercase: true })],
])('gives the ids that the library gives: %s', (_, json) => {
  const plain = new Tokenizer(json, {})
  const fast = new Tokenizer(json, {})
  speedUp(fast)
  const idsOf = textIds(fast, json)
  fc.assert(
    fc.property(text, (text) => {
      expect(fast.encode(text).ids).toEqual(plain.encode(text).ids)
      expect(idsOf(text)).toEqual(plain.encode(text, { add_special_tokens: false }).ids)
    }),
    { numRuns: 300 },
  )
})
