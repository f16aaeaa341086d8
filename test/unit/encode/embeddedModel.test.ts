import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Encoder, TokenVectors } from '../../../server/src/encode/encoder.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { createTextTokenizer, type TextTokenizer } from '../../../server/src/encode/tokenize.ts'
import { bertTokenizer, embeddedModel, embeddedModelWith, modelFolder } from '../../support/modelFolders.ts'

interface Side {
  ids: number[]
  rows: number
  vectors: { row: number; values: number[] }[]
}
interface Recording {
  dim: number
  cases: { name: string; text: string; document: Side; query: Side }[]
}

const recordingFile = fileURLToPath(new URL('../../fixtures/model/embedded-parity.json', import.meta.url))
const recording: Recording | undefined = existsSync(recordingFile)
  ? JSON.parse(readFileSync(recordingFile, 'utf8'))
  : undefined

/** Different processors round int8 sums of products differently; a wrong token or row is off by far more. */
const TOLERANCE = 0.02

let encoder: Encoder
let tokenizer: TextTokenizer
beforeAll(async () => {
  encoder = await createInProcessEncoder({ modelDirectory: embeddedModel })
  tokenizer = createTextTokenizer(await readModelFolder(embeddedModel))
})
afterAll(() => encoder.dispose())

const rowOf = ({ data, dim }: TokenVectors, row: number) => Array.from(data.subarray(row * dim, (row + 1) * dim))

describe.skipIf(!recording)('the built-in model gives what Python recorded', () => {
  const check = (got: TokenVectors, ids: number[], expected: Side) => {
    expect(ids).toEqual(expected.ids)
    expect(got.nTokens).toBe(expected.rows)
    expect(got.dim).toBe(recording!.dim)
    for (const { row, values } of expected.vectors) {
      const own = rowOf(got, row)
      values.forEach((value, i) => {
        expect(Math.abs(own[i]! - value)).toBeLessThan(TOLERANCE)
      })
    }
  }

  it.each(recording?.cases ?? [])('$name', async ({ text, document, query }) => {
    const [encoded] = await encoder.encodeDocuments([text])
    check(encoded!, tokenizer.document(text).ids, document)
    check(await encoder.encodeQuery(text), tokenizer.query(text).ids, query)
  })
})

describe('an encoder in this process', () => {
  it('gives rows of length 1 and the pieces behind a query', async () => {
    const query = await encoder.encodeQuery('readManifest')
    expect(query.tokens).toEqual(['[CLS]', '[Q] ', 'read', 'manifest', '[SEP]'])
    expect(query.data.length).toBe(5 * encoder.model.dim)
    for (let row = 0; row < query.nTokens; row++) expect(Math.hypot(...rowOf(query, row))).toBeCloseTo(1, 2)
  })

  it('answers in order, and the same for the same text wherever it stands', async () => {
    const texts = ['open the file', 'close it', 'open the file', '']
    const vectors = await encoder.encodeDocuments(texts)
    expect(vectors.map(({ nTokens }) => nTokens)).toEqual([6, 5, 6, 3])
    const [alone] = await encoder.encodeDocuments(['open the file'])
    expect(vectors[0]!.data).toEqual(alone!.data)
    expect(vectors[2]!.data).toEqual(alone!.data)
  })

  it('leaves the rows of skipped tokens out of documents, not of queries', async () => {
    const skipping = await createInProcessEncoder({ modelDirectory: embeddedModelWith({ skiplist_words: ['the'] }) })
    const [whole] = await encoder.encodeDocuments(['open the file'])
    const [skipped] = await skipping.encodeDocuments(['open the file'])
    expect(skipped!.nTokens).toBe(5)
    expect(rowOf(skipped!, 2)).toEqual(rowOf(whole!, 2))
    expect(rowOf(skipped!, 3)).toEqual(rowOf(whole!, 4))
    expect((await skipping.encodeQuery('the')).nTokens).toBe(4)
    await skipping.dispose()
  })

  it('gives a row for each mask token of an expanded query', async () => {
    const expanding = await createInProcessEncoder({ modelDirectory: embeddedModelWith({ do_query_expansion: true }) })
    const query = await expanding.encodeQuery('file')
    expect(query.nTokens).toBe(expanding.model.queryLength)
    expect(query.tokens.slice(3, 6)).toEqual(['[SEP]', '[MASK]', '[MASK]'])
    await expanding.dispose()
  })

  it('lets no other token see the mask tokens of an expanded query', async () => {
    const text = 'where are failed uploads tried again'
    const plain = await encoder.encodeQuery(text)
    const leastCosine = async (attends: boolean) => {
      const config = { do_query_expansion: true, attend_to_expansion_tokens: attends }
      const expanding = await createInProcessEncoder({ modelDirectory: embeddedModelWith(config) })
      const expanded = await expanding.encodeQuery(text)
      await expanding.dispose()
      const cosine = (row: number) =>
        rowOf(plain, row).reduce((sum, value, d) => sum + value * expanded.data[row * plain.dim + d]!, 0)
      return Math.min(...Array.from({ length: plain.nTokens }, (_, row) => cosine(row)))
    }
    // Not 1: int8 scales activations by the whole run.
    expect(await leastCosine(false)).toBeGreaterThan(0.97)
    expect(await leastCosine(true)).toBeLessThan(0.9)
  })

  it('refuses weights that are not a model, and ids that the graph does not have', async () => {
    const garbage = modelFolder({
      'onnx_config.json': {},
      'tokenizer.json': bertTokenizer(),
      'model.onnx': 'not a graph',
    })
    const foreign = embeddedModelWith({ document_prefix_id: 999_999 })
    for (const modelDirectory of [garbage, foreign])
      await expect(createInProcessEncoder({ modelDirectory })).rejects.toMatchObject({
        code: 'E_MODEL_INVALID',
        message: expect.stringContaining('.onnx'),
      })
  })
})
