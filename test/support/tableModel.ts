import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { bertTokenizer, modelFolder } from './modelFolders.ts'
import { tableGraph, unitTable } from './onnxGraph.ts'

/** The folder of a tiny model of this dimension, which knows a few letters and words and no context. */
export function tableModel(dim = 24): string {
  const tokenizer = bertTokenizer()
  const nTokens = Object.keys(tokenizer.model.vocab).length
  const config = { do_query_expansion: false, query_length: 32, embedding_dim: dim, model_name: `table${dim}` }
  const directory = modelFolder({ 'onnx_config.json': config, 'tokenizer.json': tokenizer })
  const graph = tableGraph({ table: unitTable(nTokens, dim), shape: [nTokens, dim] })
  writeFileSync(path.join(directory, 'model.onnx'), graph)
  return directory
}
