import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export const embeddedModel = fileURLToPath(new URL('../../models/embedded', import.meta.url))

/** The files of the built-in model, by name. */
export const embeddedModelFiles = (): Record<string, Buffer> =>
  Object.fromEntries(
    ['onnx_config.json', 'tokenizer.json', 'model_int8.onnx'].map((name) => [
      name,
      readFileSync(path.join(embeddedModel, name)),
    ]),
  )

/** The built-in model with another configuration: fields of `onnx_config.json` that replace its own. */
export function embeddedModelWith(changes: Record<string, unknown>): string {
  const own = JSON.parse(readFileSync(path.join(embeddedModel, 'onnx_config.json'), 'utf8'))
  const directory = modelFolder({ 'onnx_config.json': { ...own, ...changes } })
  for (const file of ['tokenizer.json', 'model_int8.onnx'])
    symlinkSync(path.join(embeddedModel, file), path.join(directory, file))
  return directory
}

/** A folder with these files: text as it stands, anything else as JSON. Removed when the tests end. */
export function modelFolder(files: Record<string, unknown>): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'lateral-model-'))
  temporary.push(directory)
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(directory, name), typeof content === 'string' ? content : JSON.stringify(content))
  return directory
}

/** A small BERT tokenizer as exporters write it: markers and specials are added tokens, found in raw text. */
export function bertTokenizer(changes: Record<string, unknown> = {}) {
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', '[Q] ', '[D] ', ...'[].,abcdemqs'.split('')]
  const words = ['read', 'write', 'file', '##s', '##r', '##file', 'unused', 'mask', 'sep', 'cls', 'Read']
  const vocabulary = Object.fromEntries([...pieces, ...words].map((piece, id) => [piece, id]))
  const added = (content: string, special: boolean) => ({
    id: vocabulary[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  })
  return {
    version: '1.0',
    truncation: { max_length: 5, strategy: 'LongestFirst', stride: 0, direction: 'Right' },
    padding: { strategy: { Fixed: 12 }, pad_id: 0, pad_type_id: 0, pad_token: '[PAD]', direction: 'Right' },
    added_tokens: [
      ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((token) => added(token, true)),
      ...['[Q] ', '[D] '].map((token) => added(token, false)),
    ],
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: false,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [
        { SpecialToken: { id: '[CLS]', type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: '[SEP]', type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [vocabulary['[CLS]']], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [vocabulary['[SEP]']], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: vocabulary,
    },
    ...changes,
  }
}

const temporary: string[] = []
afterAll(() => {
  for (const directory of temporary) rmSync(directory, { recursive: true, force: true })
})
