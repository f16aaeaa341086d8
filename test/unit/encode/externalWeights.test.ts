import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { bertTokenizer, modelFolder } from '../../support/modelFolders.ts'
import { tableBytes, tableGraph, unitTable } from '../../support/onnxGraph.ts'

const N_TOKENS = Object.keys(bertTokenizer().model.vocab).length
const DIM = 4

/** A model whose weights are in `externalFile`, all but the graph's structure. */
function folderWith(externalFile: string): string {
  const directory = modelFolder({ 'onnx_config.json': {}, 'tokenizer.json': bertTokenizer() })
  const graph = { table: unitTable(N_TOKENS, DIM), shape: [N_TOKENS, DIM] }
  writeFileSync(path.join(directory, 'model.onnx'), tableGraph({ ...graph, externalFile }))
  writeFileSync(path.join(directory, externalFile), tableBytes(graph.table))
  return directory
}

it('weights that lie beside the graph are found by native code and by WebAssembly', { timeout: 30_000 }, async () => {
  for (const name of ['model.onnx.data', 'model.onnx_data']) {
    const modelDirectory = folderWith(name)
    const rows = []
    for (const accelerator of ['cpu', 'wasm'] as const) {
      const encoder = await createInProcessEncoder({ modelDirectory, accelerator })
      rows.push((await encoder.encodeDocuments(['read file']))[0])
      await encoder.dispose()
    }
    expect(rows[0]).toMatchObject({ nTokens: 5, dim: DIM })
    expect(rows[1]).toEqual(rows[0])
  }
})
