import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { createTextTokenizer, type TextTokenizer } from '../../../server/src/encode/tokenize.ts'
import { bertTokenizer, embeddedModel, modelFolder } from '../../support/modelFolders.ts'

const tokenizerWith = async (config: Record<string, unknown> = {}, tokenizer: object = bertTokenizer()) =>
  createTextTokenizer(
    await readModelFolder(
      modelFolder({
        'onnx_config.json': { do_query_expansion: false, ...config },
        'tokenizer.json': tokenizer,
        'model.onnx': '',
      }),
    ),
  )
const pieces = (tokenizer: TextTokenizer, ids: number[]) => ids.map((id) => tokenizer.pieceText(id)).join('|')

describe('the input of the graph', () => {
  it('is CLS, the marker, the words, SEP, whatever truncation and padding the tokenizer asks for', async () => {
    const tokenizer = await tokenizerWith()
    expect(pieces(tokenizer, tokenizer.document('  read files, write \n').ids)).toBe(
      '[CLS]|[D] |read|file|s|,|write|[SEP]',
    )
    expect(pieces(tokenizer, tokenizer.query('read').ids)).toBe('[CLS]|[Q] |read|[SEP]')
  })

  it('has the special tokens alone for an empty text', async () => {
    const tokenizer = await tokenizerWith()
    for (const text of ['', ' \n\t']) expect(tokenizer.document(text).ids).toEqual([2, 6, 3])
  })

  it('is cut to exactly the length, SEP kept', async () => {
    const tokenizer = await tokenizerWith({ query_length: 5, document_length: 6 })
    const text = 'read write file'
    expect(pieces(tokenizer, tokenizer.document(text).ids)).toBe('[CLS]|[D] |read|write|file|[SEP]')
    expect(pieces(tokenizer, tokenizer.query(text).ids)).toBe('[CLS]|[Q] |read|write|[SEP]')
  })

  it('lower-cases first where the model wants it', async () => {
    const [as, lower] = [await tokenizerWith(), await tokenizerWith({ do_lower_case: true })]
    expect(pieces(as, as.document('Read READ').ids)).toBe('[CLS]|[D] |Read|[UNK]|[SEP]')
    expect(pieces(lower, lower.document('Read READ').ids)).toBe('[CLS]|[D] |read|read|[SEP]')
  })

  it('fills queries with mask tokens where the model expands them, seen by others only if it says so', async () => {
    const expanding = { do_query_expansion: true, query_length: 7 }
    const unseen = await tokenizerWith(expanding)
    expect(unseen.query('read')).toEqual({ ids: [2, 5, 19, 3, 4, 4, 4], nAttended: 4 })
    expect(unseen.document('read')).toEqual({ ids: [2, 6, 19, 3], nAttended: 4 })
    const seen = await tokenizerWith({ ...expanding, attend_to_expansion_tokens: true })
    expect(seen.query('read').nAttended).toBe(7)
  })

  it('is the same for a long text as for its beginning', async () => {
    const tokenizer = createTextTokenizer(await readModelFolder(embeddedModel))
    const line = 'const value = readManifest(path) // and more; '
    const whole = tokenizer.document(line.repeat(5000)).ids
    expect(whole.length).toBe(256)
    expect(tokenizer.document(line.repeat(60)).ids).toEqual(whole)
    const sparse = `${'; '.repeat(20_000)} last`
    expect(pieces(tokenizer, tokenizer.document(sparse).ids)).toBe('[CLS]|[D] |last|[SEP]')
  })

  it('has the words that the whole text begins with, wherever it is cut', async () => {
    const [short, long] = [await tokenizerWith({ document_length: 9 }), await tokenizerWith({ document_length: 9999 })]
    const part = fc.oneof(
      fc.constantFrom(' ', '\n', '  ', 'read', 'files', '漢', '\u{20000}', '\ufeff', ', '),
      fc.nat(130).map((n) => 'ab'.repeat(n)),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const text = parts.join('')
        const whole = long.document(text).ids
        expect(short.document(text).ids).toEqual(whole.length > 9 ? [...whole.slice(0, 8), whole.at(-1)] : whole)
      }),
      { numRuns: 300 },
    )
  })

  it('loses the blanks at its ends that Python takes for blanks', async () => {
    const tokenizer = await tokenizerWith({}, { ...bertTokenizer(), normalizer: null })
    const [bare, blanks] = ['read', ' \t\u001c\u0085\u3000read\u2028\u001f\n']
    expect(tokenizer.document(blanks).ids).toEqual(tokenizer.document(bare).ids)
  })

  it('holds Han characters apart and lower-cases one character at a time, as BERT does', async () => {
    const bert = bertTokenizer()
    const words = ['α', 'σ', '##σ', '##α', '\u{20000}', 'd']
    const vocab = { ...bert.model.vocab, ...Object.fromEntries(words.map((word, i) => [word, 100 + i])) }
    const normalizer = { ...bert.normalizer, lowercase: true }
    const tokenizer = await tokenizerWith({}, { ...bert, normalizer, model: { ...bert.model, vocab } })
    expect(pieces(tokenizer, tokenizer.document('ΣΑΣ a\u{20000}d').ids)).toBe('[CLS]|[D] |σ|α|σ|a|\u{20000}|d|[SEP]')
  })
})

describe('text that spells special tokens', () => {
  const spellings = ['[CLS]', '[SEP]', '[MASK]', '[PAD]', '[Q] ', '[D] ', '[UNK]']

  it('is split like any other text', async () => {
    const tokenizer = await tokenizerWith()
    expect(tokenizer.document('[D] read [MASK]').ids.filter((id) => id < 7)).toEqual([2, 6, 1, 1, 3])
    expect(pieces(tokenizer, tokenizer.document('read [Q] [mask]').ids)).toBe(
      '[CLS]|[D] |read|[|[UNK]|]|[|mask|]|[SEP]',
    )
  })

  it('never gives a marker or special token between the words', async () => {
    const plain = await tokenizerWith()
    const embedded = createTextTokenizer(await readModelFolder(embeddedModel))
    const parts = fc.array(fc.oneof(fc.constantFrom(...spellings), fc.string({ unit: 'grapheme', maxLength: 6 })))
    fc.assert(
      fc.property(parts, (texts) => {
        for (const tokenizer of [plain, embedded]) {
          const words = tokenizer.document(texts.join('')).ids.slice(2, -1)
          expect(words.filter((id) => id < 7 && id !== 1)).toEqual([])
        }
      }),
    )
  })

  it('gives none either where the vocabulary itself holds them as words', async () => {
    const unigram = {
      ...bertTokenizer(),
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: { type: 'WhitespaceSplit' },
      model: {
        type: 'Unigram',
        unk_id: 1,
        vocab: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'M', 'N', 'read', 'a'].map((piece) => [piece, -1]),
      },
    }
    const tokenizer = await tokenizerWith({ query_prefix: 'M', document_prefix: 'N' }, unigram)
    expect(pieces(tokenizer, tokenizer.document('read [MASK] [SEP] a').ids)).toBe('[CLS]|N|read|a|[SEP]')
  })
})
