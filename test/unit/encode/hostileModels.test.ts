import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { bertTokenizer, embeddedModel, modelFolder } from '../../support/modelFolders.ts'
import { tableGraph, unitTable } from '../../support/onnxGraph.ts'

const N_TOKENS = Object.keys(bertTokenizer().model.vocab).length
const DIM = 4
const valid = { table: unitTable(N_TOKENS, DIM), shape: [N_TOKENS, DIM] }

interface Files {
  config?: unknown
  tokenizer?: unknown
  graph?: Buffer | string
}

/** A folder that is a model, but for what is given. */
function folderWith({ config = {}, tokenizer = bertTokenizer(), graph = tableGraph(valid) }: Files = {}): string {
  const directory = modelFolder({
    'onnx_config.json': typeof config === 'object' ? { do_query_expansion: false, ...config } : config,
    'tokenizer.json': tokenizer,
  })
  writeFileSync(path.join(directory, 'model.onnx'), graph)
  return directory
}

/** Loads the folder, encodes a few texts, and expects the error that names `file`. */
async function fails(directory: string, file: string, problem: RegExp, code = 'E_MODEL_INVALID') {
  const use = async () => {
    const encoder = await createInProcessEncoder({ modelDirectory: directory })
    try {
      await encoder.encodeQuery('read files')
      await encoder.encodeDocuments(['read files', 'read '.repeat(400)])
    } finally {
      await encoder.dispose()
    }
  }
  const error = await use().then(
    () => undefined,
    (error) => error,
  )
  expect(error, 'no error').toMatchObject({ name: 'AppError', code })
  expect(error.message).toContain(file)
  expect(error.message).toMatch(problem)
  expect(error.message.length).toBeLessThan(600)
  expect(error.advice).toMatch(/^[A-Z].+\.$/)
}

const model = (changes: object) => ({ ...bertTokenizer().model, ...changes })

it('a folder of the kind below is a model without its fault', async () => {
  const encoder = await createInProcessEncoder({ modelDirectory: folderWith({ config: { embedding_dim: DIM } }) })
  const [vectors] = await encoder.encodeDocuments(['read'])
  expect(vectors).toMatchObject({ nTokens: 4, dim: DIM })
  await encoder.dispose()
})

describe('weights', () => {
  const embedded = readFileSync(path.join(embeddedModel, 'model_int8.onnx'))
  const row = (n: number, values: number[]) => {
    const table = unitTable(N_TOKENS, DIM)
    table.splice(n * DIM, DIM, ...values)
    return tableGraph({ ...valid, table })
  }
  const [cls, read] = [2, bertTokenizer().model.vocab.read!]

  it.each<[string, Buffer | string, RegExp]>([
    ['empty', '', /./],
    ['cut in the middle', embedded.subarray(0, embedded.length >> 1), /./],
    ['cut near the end', embedded.subarray(0, embedded.length - 100), /./],
    ['an error page', '<!DOCTYPE html><html>Not found</html>', /./],
    ['a pointer to a large file', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n', /./],
    ['rows of zeros', row(cls, [0, 0, 0, 0]), /not of length 1/],
    ['rows of zeros for some tokens', row(read, [0, 0, 0, 0]), /not of length 1/],
    ['not normalised', row(cls, [3, 4, 0, 0]), /not of length 1/],
    ['not numbers', row(cls, [Number.NaN, 0, 0, 0]), /not numbers/],
    ['not numbers for some tokens', row(read, [Number.NaN, 0, 0, 0]), /not numbers/],
    ['infinite', row(cls, [Number.POSITIVE_INFINITY, 0, 0, 0]), /not numbers/],
    ['one vector a text', tableGraph({ table: unitTable(1, N_TOKENS), shape: [N_TOKENS] }), /shape 1 x/],
    ['fewer tokens', tableGraph({ table: unitTable(12, DIM), shape: [12, DIM] }), /no token \d+.*tokenizer\.json/],
    ['a missing input', tableGraph({ ...valid, inputs: ['input_ids'] }), /no input "attention_mask"/],
    [
      'a foreign input',
      tableGraph({ ...valid, inputs: ['input_ids', 'attention_mask', 'pixels'] }),
      /wants an input "pixels"/,
    ],
    ['other types', tableGraph({ ...valid, inputType: 6 }), /int64|data type/],
    ['a fixed length', tableGraph({ ...valid, length: 5 }), /dimensions|shape/i],
  ])('%s', (_, graph, problem) => fails(folderWith({ graph }), 'model.onnx', problem))

  it('of another width than the configuration says', () =>
    fails(folderWith({ config: { embedding_dim: 128 } }), 'model.onnx', /width 4.*embedding_dim.*128/))

  it('missing, or a folder', async () => {
    const directory = folderWith()
    rmSync(path.join(directory, 'model.onnx'))
    await fails(directory, 'model.onnx', /has no/, 'E_MODEL_MISSING')
    mkdirSync(path.join(directory, 'model.onnx'))
    await fails(directory, 'model.onnx', /./)
  })

  it('with fewer positions than the configuration wants tokens: says what to lower', async () => {
    const parity = path.join(import.meta.dirname, '../../fixtures/model/parity/bert')
    const directory = folderWith({
      config: { query_prefix: '[unused0]', document_prefix: '[unused1]', document_length: 300 },
      tokenizer: readFileSync(path.join(parity, 'tokenizer.json'), 'utf8'),
      graph: readFileSync(path.join(parity, 'model.onnx')),
    })
    await fails(directory, 'model.onnx', /300 tokens.*lower document_length/)
  })
})

describe('a configuration', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{"query_length": ', /not JSON/],
    ['a list', '[]', /expected object/],
    ['no room for a word', { query_length: 3 }, /query_length/],
    ['a length beyond reason', { document_length: 1e9 }, /document_length/],
    ['a length that is no whole number', { query_length: 31.5 }, /query_length/],
    ['a length as text', { query_length: '32' }, /query_length/],
    ['a negative id', { mask_token_id: -1 }, /mask_token_id/],
    ['an id beyond 32 bits', { query_prefix_id: 2 ** 40 }, /query_prefix_id/],
    ['a width of nothing', { embedding_dim: 0 }, /embedding_dim/],
    ['a marker that is not in the tokenizer', { query_prefix: '[X] ' }, /"\[X\] ".*tokenizer\.json/],
    ['a marker with the name of a method', { query_prefix: 'toString' }, /toString/],
    ['a marker with the name of a prototype', { document_prefix: '__proto__' }, /__proto__/],
    ['a long marker', { document_prefix: 'x'.repeat(1e5) }, /document_prefix|marker/],
    ['skipped words that are numbers', { skiplist_words: [1] }, /skiplist_words/],
  ])('%s', (_, config, problem) => fails(folderWith({ config }), 'onnx_config.json', problem))

  it('with a marker that the weights do not have', () =>
    fails(folderWith({ config: { query_prefix_id: 999_999 } }), 'model.onnx', /no token 999999/))

  it('too large', () => fails(grown(folderWith(), 'onnx_config.json', 2 ** 21), 'onnx_config.json', /too large/))

  it('that begins with a byte order mark is read', async () => {
    const config = `\uFEFF${JSON.stringify({ do_query_expansion: false })}`
    const encoder = await createInProcessEncoder({ modelDirectory: folderWith({ config }) })
    await encoder.dispose()
  })
})

describe('a tokenizer', () => {
  it.each<[string, unknown, RegExp]>([
    ['no JSON', '<html>', /not JSON/],
    ['no model', {}, /model/],
    ['a nested desert', '['.repeat(1e5) + ']'.repeat(1e5), /./],
    [
      'steps in steps without end',
      JSON.stringify({ model: model({}), pre_tokenizer: 'X' }).replace('"X"', nested(20_000)),
      /deep/,
    ],
    ['no vocabulary', bertTokenizer({ model: { type: 'WordPiece' } }), /vocab/],
    ['ids that are text', bertTokenizer({ model: model({ vocab: { '[Q] ': '5', '[D] ': '6' } }) }), /vocab/],
    ['negative ids', bertTokenizer({ model: model({ vocab: { ...bertTokenizer().model.vocab, bad: -1 } }) }), /vocab/],
    [
      'ids with fractions',
      bertTokenizer({ model: model({ vocab: { ...bertTokenizer().model.vocab, x: 1.5 } }) }),
      /vocab/,
    ],
    [
      'ids beyond reason',
      bertTokenizer({ model: model({ vocab: { ...bertTokenizer().model.vocab, x: 1e12 } }) }),
      /vocab/,
    ],
    ['no piece for unknown words', bertTokenizer({ model: model({ unk_token: '<gone>' }) }), /<gone>/],
    ['a kind that nobody knows', bertTokenizer({ pre_tokenizer: { type: 'Magic' } }), /Magic/],
    ['words cut to nothing', bertTokenizer({ pre_tokenizer: { type: 'FixedLength', length: 0 } }), /FixedLength/],
    ['a pattern that is none', bertTokenizer({ pre_tokenizer: { type: 'Split', pattern: { Regex: '(' } } }), /./],
    ['merges that are missing', bertTokenizer({ model: { ...model({}), type: 'BPE' } }), /./],
    ['another kind of list', bertTokenizer({ added_tokens: { a: 1 } }), /added_tokens/],
    ['tokens around a text that it does not have', bertTokenizer({ post_processor: template('[NO]') }), /./],
    [
      'more around a text than its limit',
      bertTokenizer({ post_processor: template(...Array(60).fill('[CLS]')) }),
      /room/,
    ],
  ])('%s', (_, tokenizer, problem) => fails(folderWith({ tokenizer }), 'tokenizer.json', problem))

  it('with an expression that never ends is named, not waited for', async () => {
    const pattern = { Regex: '^(([a-z ])+.)+[A-Z]([a-z])+$' }
    const tokenizer = bertTokenizer({ pre_tokenizer: { type: 'Split', pattern, behavior: 'Isolated', invert: false } })
    const startedMs = performance.now()
    await fails(folderWith({ tokenizer }), 'tokenizer.json', /takes too long/)
    expect(performance.now() - startedMs).toBeLessThan(15_000)
  })

  it.skipIf(process.platform === 'win32')('or another file that is a FIFO is not waited for', async () => {
    for (const name of ['tokenizer.json', 'onnx_config.json', 'model.onnx']) {
      const directory = folderWith()
      rmSync(path.join(directory, name))
      execFileSync('mkfifo', [path.join(directory, name)])
      await fails(directory, name, /no file/)
    }
  })

  it('too large', () => fails(grown(folderWith(), 'tokenizer.json', 2 ** 28), 'tokenizer.json', /too large/))
})

function nested(depth: number): string {
  return `${'{"type":"Sequence","pretokenizers":['.repeat(depth)}${']}'.repeat(depth)}`
}

/** Makes a file of the folder `sizeBytes` long without using the disk for it. */
function grown(directory: string, name: string, sizeBytes: number): string {
  const file = openSync(path.join(directory, name), 'r+')
  ftruncateSync(file, sizeBytes)
  closeSync(file)
  return directory
}

function template(...before: string[]) {
  const own = bertTokenizer().post_processor
  const single = [...before.map((id) => ({ SpecialToken: { id, type_id: 0 } })), ...own.single.slice(1)]
  return { ...own, single }
}
