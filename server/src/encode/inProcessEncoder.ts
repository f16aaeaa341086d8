import { throwIfAborted } from '../base/cancel.ts'
import { planBatches } from './batches.ts'
import type { Encoder, TokenVectors } from './encoder.ts'
import { loadEncoderCore } from './encoderCore.ts'
import { modelFingerprint, readModelFolder } from './modelFolder.ts'
import type { Accelerator } from './onnxBackend.ts'
import { poolDocument, pooledFingerprint } from './pooling.ts'

/**
 * An encoder in this thread, which it blocks while it works: for tests and tools. The product uses `createEncoder`.
 * Fails like `loadEncoderCore`.
 */
export async function createInProcessEncoder(options: {
  modelDirectory: string
  poolFactor?: number
  accelerator?: Accelerator
}): Promise<Encoder> {
  const { poolFactor: factor = 1 } = options
  const folder = await readModelFolder(options.modelDirectory)
  const [core, fingerprint] = await Promise.all([
    loadEncoderCore(folder, options.accelerator),
    modelFingerprint(folder),
  ])
  const { queryLength, documentLength } = folder.config
  return {
    model: {
      id: folder.id,
      dim: core.dim,
      queryLength,
      documentLength,
      fingerprint: pooledFingerprint(fingerprint, factor),
    },
    get runtime() {
      return core.runtime
    },
    encodeQuery(text, { signal } = {}) {
      throwIfAborted(signal)
      return core.encodeQuery(text)
    },
    async encodeDocuments(texts, { signal, unpooled } = {}) {
      const { unique, positions } = planBatches(texts, 1)
      const encoded: TokenVectors[] = []
      for (const text of unique) {
        throwIfAborted(signal)
        const rows = await core.encodeDocument(text, unpooled)
        encoded.push(unpooled ? rows : poolDocument(rows, factor))
      }
      return positions.map((position) => encoded[position]!)
    },
    dispose: () => core.dispose(),
  }
}
