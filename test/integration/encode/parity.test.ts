import { createHash } from 'node:crypto'
import { readFileSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Encoder, TokenVectors } from '../../../server/src/encode/encoder.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { createTextTokenizer, type TextTokenizer } from '../../../server/src/encode/tokenize.ts'
import { modelFolder } from '../../support/modelFolders.ts'

interface Side {
  ids: number[]
  nAttended: number
  nRows: number
  /** base64 of little-endian float32, row by row. */
  rows: string
  /** What PyLate makes of a text that spells its special tokens; `ids` then is what it makes of the words. */
  pylateIds?: number[]
}
interface Variant {
  name: string
  config: Record<string, unknown>
  int8Cosine: { mean: number; least: number }
  cases: { name: string; query: Side; document: Side }[]
}
interface Summary {
  texts: Record<string, string>
  scripts: Record<string, string>
  files: Record<string, string>
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const fixtures = path.join(root, 'test/fixtures/model/parity')
const readJson = (file: string) => JSON.parse(readFileSync(path.join(fixtures, file), 'utf8'))
const summary: Summary = readJson('parity.json')
const shapes = ['modernbert', 'modernbert-two-projections', 'bert']
const variants = shapes.flatMap((shape) =>
  (readJson(`${shape}/recorded.json`).variants as Variant[]).map((variant) => ({ ...variant, shape })),
)

const TOLERANCE = 1e-4
/** Processors round sums of int8 products differently. */
const INT8_TOLERANCE = 0.005

const folderOf = ({ shape, config }: { shape: string; config: object }, weights: string) => {
  const directory = modelFolder({ 'onnx_config.json': config })
  for (const file of ['tokenizer.json', weights])
    symlinkSync(path.join(fixtures, shape, file), path.join(directory, file))
  return directory
}
const rowsOf = ({ rows }: Side) => {
  const bytes = Uint8Array.from(Buffer.from(rows, 'base64'))
  return new Float32Array(bytes.buffer)
}
const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length)
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}

it('the recordings are those of the scripts as they stand', () => {
  const sums = (files: Record<string, string>, folder: string) => {
    for (const [name, sum] of Object.entries(files)) {
      const bytes = readFileSync(path.join(folder, name))
      // A checkout may have other line ends.
      const content = name.endsWith('.onnx') ? bytes : bytes.toString('utf8').replaceAll('\r\n', '\n')
      expect(createHash('sha256').update(content).digest('hex'), name).toBe(sum)
    }
  }
  sums(summary.scripts, path.join(root, 'models/training'))
  sums(summary.files, fixtures)
})

describe.each(variants)('$name, as PyLate gives it', (variant) => {
  let encoder: Encoder
  let tokenizer: TextTokenizer
  beforeAll(async () => {
    const modelDirectory = folderOf(variant, 'model.onnx')
    encoder = await createInProcessEncoder({ modelDirectory })
    tokenizer = createTextTokenizer(await readModelFolder(modelDirectory))
  })
  afterAll(() => encoder?.dispose())

  const check = (input: { ids: number[]; nAttended: number }, got: TokenVectors, expected: Side) => {
    expect(input).toEqual({ ids: expected.ids, nAttended: expected.nAttended })
    expect(got.nTokens).toBe(expected.nRows)
    expect(got.dim).toBe(variant.config.embedding_dim)
    expect(largestDifference(got.data, rowsOf(expected))).toBeLessThan(TOLERANCE)
  }

  it.each(variant.cases)('$name', async ({ name, query, document }) => {
    const text = summary.texts[name]!
    const [encoded] = await encoder.encodeDocuments([text])
    check(tokenizer.document(text), encoded!, document)
    check(tokenizer.query(text), await encoder.encodeQuery(text), query)
  })

  it('differs only where a text spells special tokens', () => {
    const differing = variant.cases.filter(({ query, document }) => query.pylateIds || document.pylateIds)
    for (const { name } of differing) expect(summary.texts[name]).toMatch(/\[(CLS|Q\] |D\] |unused0)/)
  })

  it('is close in int8', async () => {
    const int8 = await createInProcessEncoder({ modelDirectory: folderOf(variant, 'model_int8.onnx') })
    const cosines: number[] = []
    for (const { name, query, document } of variant.cases) {
      const text = summary.texts[name]!
      const [encoded] = await int8.encodeDocuments([text])
      for (const [got, side] of [
        [encoded!, document],
        [await int8.encodeQuery(text), query],
      ] as const) {
        const expected = rowsOf(side)
        for (let at = 0; at < expected.length; at += got.dim)
          cosines.push(
            expected.subarray(at, at + got.dim).reduce((sum, value, i) => sum + value * got.data[at + i]!, 0),
          )
      }
    }
    await int8.dispose()
    const mean = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length
    expect(mean).toBeGreaterThan(0.99)
    expect(Math.abs(mean - variant.int8Cosine.mean)).toBeLessThan(INT8_TOLERANCE)
  })
})

it('shows whether mask tokens are seen: the recordings would tell a wrong rule', () => {
  const [unexpanded, , seen] = variants
  const rowsFor = (variant: Variant | undefined) => rowsOf(variant!.cases.find(({ name }) => name === 'empty')!.query)
  const real = rowsFor(unexpanded)
  expect(largestDifference(real, rowsFor(seen).subarray(0, real.length))).toBeGreaterThan(0.05)
})
