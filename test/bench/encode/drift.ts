import type { InferenceSession, TensorConstructor } from 'onnxruntime-node'
import { readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { loadOnnxRuntime } from '../../../server/src/encode/onnxRuntime.ts'
import { createTextTokenizer } from '../../../server/src/encode/tokenize.ts'
import { spread } from '../corpus.ts'
import { feedsOf } from './feeds.ts'

/**
 * How far do rows move when texts share a run? Cosines between a token's row at batch 1 and in batches of
 * `BATCH` texts, of like length and of any: an int8 graph scales activations by the whole of a run.
 */
export async function driftOf(modelDirectory: string, texts: readonly string[]): Promise<Record<string, number>> {
  const folder = await readModelFolder(modelDirectory)
  const tokenizer = createTextTokenizer(folder)
  const ort = await loadOnnxRuntime()
  const session = await ort.InferenceSession.create(folder.onnxFile, { intraOpNumThreads: 1 })
  const inputs = spread([...texts], N_TEXTS).map((text) => tokenizer.document(text).ids)
  try {
    const rowsOf = (batch: number[][]) => run(session, batch, folder.config.padId, ort.Tensor)
    const alone: Float32Array[][] = []
    for (const ids of inputs) alone.push(...(await rowsOf([ids])))
    const cosinesIn = async (order: number[]) => {
      const cosines: number[] = []
      for (let from = 0; from < order.length; from += BATCH) {
        const members = order.slice(from, from + BATCH)
        const together = await rowsOf(members.map((i) => inputs[i]!))
        members.forEach((i, at) => {
          together[at]!.forEach((row, token) => {
            cosines.push(row.reduce((sum, value, d) => sum + value * alone[i]![token]![d]!, 0))
          })
        })
      }
      return cosines
    }
    const inOrder = inputs.map((_, i) => i)
    const alike = await cosinesIn(inOrder.toSorted((a, b) => inputs[a]!.length - inputs[b]!.length))
    const mixed = await cosinesIn(inOrder)
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    return {
      drift_mean_cosine_alike: mean(alike),
      drift_min_cosine_alike: Math.min(...alike),
      drift_mean_cosine_mixed: mean(mixed),
      drift_min_cosine_mixed: Math.min(...mixed),
    }
  } finally {
    await session.release()
  }
}

/** Rows of each text of a batch, those of padding left out. */
async function run(
  session: InferenceSession,
  batch: number[][],
  padId: number,
  Tensor: TensorConstructor,
): Promise<Float32Array[][]> {
  const length = Math.max(...batch.map((ids) => ids.length))
  const output = Object.values(await session.run(feedsOf(batch, padId, session, Tensor)))[0]!
  const dim = output.dims[2]!
  const data = output.data as Float32Array
  return batch.map((ids, text) =>
    ids.map((_, token) => data.slice((text * length + token) * dim, (text * length + token + 1) * dim)),
  )
}

const N_TEXTS = 64
const BATCH = 8
