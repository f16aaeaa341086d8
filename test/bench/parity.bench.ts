import { readFileSync } from 'node:fs'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TokenVectors } from '../../server/src/encode/encoder.ts'
import { createInProcessEncoder } from '../../server/src/encode/inProcessEncoder.ts'
import { readModelFolder } from '../../server/src/encode/modelFolder.ts'
import { createTextTokenizer, type EncoderInput } from '../../server/src/encode/tokenize.ts'
import { root } from './corpus.ts'
import { machine } from './report.ts'

/**
 * How near are our vectors to those that PyLate gives? One row a model configuration of the parity fixtures, over queries
 * and documents of all their texts: inputs (ids and attention) that are equal, the largest difference of a number of a
 * row in float, and cosines of int8 rows to PyLate's. `--json` for one object a line.
 */
interface Side extends EncoderInput {
  nRows: number
  /** base64 of little-endian float32, row by row. */
  rows: string
}
interface Variant {
  name: string
  config: Record<string, unknown>
  cases: { name: string; query: Side; document: Side }[]
}

const fixtures = path.join(root, 'test/fixtures/model/parity')
const readJson = (file: string) => JSON.parse(readFileSync(path.join(fixtures, file), 'utf8'))
const { texts } = readJson('parity.json') as { texts: Record<string, string> }

const table: Record<string, string | number>[] = []
for (const shape of ['modernbert', 'modernbert-two-projections', 'bert']) {
  const { variants } = readJson(`${shape}/recorded.json`) as { variants: Variant[] }
  for (const variant of variants) table.push(await rowOf(shape, variant))
}
if (process.argv.includes('--json')) for (const row of table) console.log(JSON.stringify({ bench: 'parity', ...row }))
else {
  console.log(machine())
  console.table(table)
}

async function rowOf(shape: string, variant: Variant): Promise<Record<string, string | number>> {
  const float = await compare(shape, variant, 'model.onnx')
  const int8 = await compare(shape, variant, 'model_int8.onnx')
  return {
    configuration: variant.name,
    inputs: float.nInputs,
    equal: float.nEqual,
    max_error_fp32: Number(float.maxError.toExponential(1)),
    int8_cosine_mean: Number(int8.meanCosine.toFixed(4)),
    int8_cosine_min: Number(int8.minCosine.toFixed(4)),
  }
}

async function compare(shape: string, { config, cases }: Variant, weights: string) {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-parity-'))
  await writeFile(path.join(directory, 'onnx_config.json'), JSON.stringify(config))
  for (const file of ['tokenizer.json', weights])
    await symlink(path.join(fixtures, shape, file), path.join(directory, file))
  const encoder = await createInProcessEncoder({ modelDirectory: directory })
  const tokenizer = createTextTokenizer(await readModelFolder(directory))
  let [nInputs, nEqual, maxError] = [0, 0, 0]
  const cosines: number[] = []
  const note = (input: EncoderInput, got: TokenVectors, { ids, nAttended, rows }: Side) => {
    nInputs++
    if (input.nAttended === nAttended && input.ids.join() === ids.join()) nEqual++
    const expected = new Float32Array(Uint8Array.from(Buffer.from(rows, 'base64')).buffer)
    if (expected.length !== got.data.length) maxError = Number.POSITIVE_INFINITY
    for (let at = 0; at < expected.length; at += got.dim) {
      let cosine = 0
      for (let i = at; i < at + got.dim; i++) {
        cosine += expected[i]! * got.data[i]!
        maxError = Math.max(maxError, Math.abs(expected[i]! - got.data[i]!))
      }
      cosines.push(cosine)
    }
  }
  for (const { name, query, document } of cases) {
    const text = texts[name]!
    note(tokenizer.query(text), await encoder.encodeQuery(text), query)
    note(tokenizer.document(text), (await encoder.encodeDocuments([text]))[0]!, document)
  }
  await encoder.dispose()
  await rm(directory, { recursive: true, force: true })
  const meanCosine = cosines.reduce((sum, cosine) => sum + cosine, 0) / cosines.length
  return { nInputs, nEqual, maxError, meanCosine, minCosine: Math.min(...cosines) }
}
