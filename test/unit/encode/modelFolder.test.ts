import { appendFileSync, chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelFingerprint, readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { bertTokenizer, embeddedModel, modelFolder } from '../../support/modelFolders.ts'

const folderWith = (config: unknown, files: Record<string, unknown> = {}) =>
  modelFolder({ 'onnx_config.json': config, 'tokenizer.json': bertTokenizer(), 'model.onnx': 'weights', ...files })

const check = async (config: Record<string, unknown>, expected: Record<string, unknown>) => {
  expect((await readModelFolder(folderWith(config))).config).toMatchObject(expected)
}

describe('a model folder', () => {
  it('has the defaults of the format where its configuration is silent', () =>
    check(
      {},
      {
        queryMarker: '[Q] ',
        documentMarker: '[D] ',
        queryMarkerId: 5,
        documentMarkerId: 6,
        queryLength: 48,
        documentLength: 300,
        queryExpansion: true,
        attendToExpansion: false,
        usesTokenTypeIds: true,
        skiplist: new Set(),
        lowerCase: false,
      },
    ))

  it('takes the id of a marker before its spelling', () =>
    check({ query_prefix_id: 11, document_prefix: 'read' }, { queryMarkerId: 11, documentMarkerId: 19 }))

  it('replaces the default ids of mask and padding by its own tokens, and leaves others alone', async () => {
    await check({}, { maskId: 4, padId: 0 })
    await check({ mask_token_id: 103, pad_token_id: 0 }, { maskId: 4, padId: 0 })
    await check({ mask_token_id: 9, pad_token_id: 8 }, { maskId: 9, padId: 8 })
  })

  it('turns words of the skip list into ids and ignores words it does not know', () =>
    check({ skiplist_words: ['.', ',', '#'] }, { skiplist: new Set([9, 10]) }))

  it('reads what the built-in model says of itself', async () => {
    const { id, config, onnxFile } = await readModelFolder(embeddedModel)
    expect(id).toMatch(/embedded/)
    expect(path.basename(onnxFile)).toBe('model_int8.onnx')
    expect(config.queryMarkerId).not.toBe(config.documentMarkerId)
  })

  it('prefers the quantised weights', async () => {
    const { onnxFile } = await readModelFolder(folderWith({}, { 'model_int8.onnx': 'small' }))
    expect(path.basename(onnxFile)).toBe('model_int8.onnx')
  })

  it('is named after its folder where it has no name', async () => {
    const directory = folderWith({})
    expect((await readModelFolder(`${directory}/`)).id).toBe(path.basename(directory))
  })
})

describe('a folder that is no model', () => {
  const fails = async (directory: string, code: string, text: string) => {
    const error = await readModelFolder(directory).catch((error) => error)
    expect(error).toMatchObject({ name: 'AppError', code })
    expect(error.message).toContain(text)
  }

  it('names the file that is missing', async () => {
    // The first of several, in whatever order the system answers.
    for (let i = 0; i < 200; i++) await fails('/no/such/folder', 'E_MODEL_MISSING', 'onnx_config.json')
    await fails(modelFolder({ 'onnx_config.json': {}, 'model.onnx': '' }), 'E_MODEL_MISSING', 'tokenizer.json')
    await fails(
      modelFolder({ 'onnx_config.json': {}, 'tokenizer.json': bertTokenizer() }),
      'E_MODEL_MISSING',
      'model_int8.onnx',
    )
  })

  it('says what is wrong with a file', async () => {
    await fails(folderWith('{'), 'E_MODEL_INVALID', 'onnx_config.json')
    await fails(folderWith([]), 'E_MODEL_INVALID', 'onnx_config.json')
    await fails(folderWith({ query_length: 1 }), 'E_MODEL_INVALID', 'query_length')
    await fails(folderWith({ document_prefix: '[X] ' }), 'E_MODEL_INVALID', '[X] ')
    await fails(folderWith({}, { 'tokenizer.json': { model: {} } }), 'E_MODEL_INVALID', 'tokenizer.json')
    await fails(folderWith({}, { 'tokenizer.json': 'null' }), 'E_MODEL_INVALID', 'tokenizer.json')
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('says that a file is unreadable', async () => {
    const directory = folderWith({})
    chmodSync(path.join(directory, 'tokenizer.json'), 0)
    await fails(directory, 'E_MODEL_INVALID', 'EACCES')
  })
})

describe('a fingerprint', () => {
  const of = async (directory: string) => modelFingerprint(await readModelFolder(directory))

  it('is equal for equal files and changes with each of them', async () => {
    const first = folderWith({})
    const seen = new Set([await of(first)])
    expect(await of(folderWith({}))).toBe(await of(first))
    seen.add(await of(folderWith({ query_length: 32 })))
    seen.add(await of(folderWith({}, { 'model.onnx': 'other' })))
    seen.add(await of(folderWith({}, { 'tokenizer.json': { ...bertTokenizer(), version: '2' } })))
    appendFileSync(path.join(first, 'onnx_config.json'), '\n')
    seen.add(await of(first))
    expect(seen.size).toBe(5)
  })

  it('covers weights that stand in a file of their own', async () => {
    const directory = folderWith({})
    const seen = new Set([await of(directory)])
    for (const name of ['model.onnx.data', 'model.onnx_data']) {
      writeFileSync(path.join(directory, name), 'weights')
      seen.add(await of(directory))
    }
    expect(seen.size).toBe(3)
  })

  it('ignores files that play no part', async () => {
    const directory = folderWith({})
    const before = await of(directory)
    writeFileSync(path.join(directory, 'README.md'), 'about')
    expect(await of(directory)).toBe(before)
  })
})
