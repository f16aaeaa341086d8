import type { EncoderRuntime, QueryVectors, TokenVectors } from './encoder.ts'
import { type ModelFolder, readModelFolder } from './modelFolder.ts'
import type { Accelerator } from './onnxBackend.ts'
import { openOnnxSession } from './onnxSession.ts'
import { createTextTokenizer, type EncoderInput } from './tokenize.ts'

/** One text at a time, in this thread. What stands behind every `Encoder` that is not fake. */
export interface EncoderCore {
  readonly dim: number
  /** Changes where an accelerator fails later on. */
  readonly runtime: EncoderRuntime
  encodeQuery(text: string): Promise<QueryVectors>
  /**
   * Tokenises the documents that come next, all at once: between two runs of the graph it costs both their caches, 2 % of
   * the time of the 17M edge model.
   */
  prepare?(texts: readonly string[]): void
  /** Rows of skipped tokens are left out. The texts of tokens are made only where they are asked for. */
  encodeDocument(text: string, withTokens?: boolean): Promise<TokenVectors>
  dispose(): Promise<void>
}

/** Loads the model of a folder (50 to 500 ms). Fails with E_MODEL_MISSING, E_MODEL_INVALID or E_ORT_LOAD. */
export async function loadEncoderCore(
  model: string | ModelFolder,
  accelerator: Accelerator = 'cpu',
): Promise<EncoderCore> {
  const folder = typeof model === 'string' ? await readModelFolder(model) : model
  const { skiplist, dim: expectedDim } = folder.config
  const tokenizer = createTextTokenizer(folder)
  const probe = { input: tokenizer.document('probe'), largestId: tokenizer.largestId, expectedDim }
  const session = await openOnnxSession(folder.onnxFile, probe, accelerator)
  const { dim } = session
  const prepared = new Map<string, EncoderInput>()
  return {
    dim,
    get runtime() {
      return session.runtime
    },
    async encodeQuery(text) {
      const input = tokenizer.query(text)
      const data = await session.run(input)
      return { nTokens: input.ids.length, dim, data, tokens: input.ids.map((id) => tokenizer.pieceText(id)) }
    },
    prepare(texts) {
      prepared.clear()
      for (const text of texts) prepared.set(text, tokenizer.document(text))
    },
    async encodeDocument(text, withTokens) {
      const input = prepared.get(text) ?? tokenizer.document(text)
      const rows = dropRows(input.ids, skiplist, dim, await session.run(input))
      if (!withTokens) return rows
      return { ...rows, tokens: input.ids.filter((id) => !skiplist.has(id)).map((id) => tokenizer.pieceText(id)) }
    },
    dispose: () => session.dispose(),
  }
}

/** Moves the rows that stay together, in place. */
function dropRows(ids: number[], skiplist: ReadonlySet<number>, dim: number, data: Float32Array): TokenVectors {
  if (skiplist.size === 0) return { nTokens: ids.length, dim, data }
  let nTokens = 0
  ids.forEach((id, row) => {
    if (skiplist.has(id)) return
    data.copyWithin(nTokens * dim, row * dim, (row + 1) * dim)
    nTokens++
  })
  return { nTokens, dim, data: data.subarray(0, nTokens * dim) }
}
