import { throwIfAborted } from '../base/cancel.ts'
import { planBatches } from './batches.ts'
import type { Encoder, TokenVectors } from './encoder.ts'
import { loadEncoderCore } from './encoderCore.ts'
import { modelFingerprint, readModelFolder } from './modelFolder.ts'

/**
 * An encoder in this thread, which it blocks while it works: for tests and tools. The product uses `createEncoder`.
 * Fails like `loadEncoderCore`.
 */
export async function createInProcessEncoder(options: { modelDirectory: string }): Promise<Encoder> {
  const folder = await readModelFolder(options.modelDirectory)
  const [core, fingerprint] = await Promise.all([loadEncoderCore(folder), modelFingerprint(folder)])
  const { queryLength, documentLength } = folder.config
  return {
    model: { id: folder.id, dim: core.dim, queryLength, documentLength, fingerprint },
    encodeQuery(text, { signal } = {}) {
      throwIfAborted(signal)
      return core.encodeQuery(text)
    },
    async encodeDocuments(texts, { signal } = {}) {
      const { unique, positions } = planBatches(texts, 1)
      const encoded: TokenVectors[] = []
      for (const text of unique) {
        throwIfAborted(signal)
        encoded.push(await core.encodeDocument(text))
      }
      return positions.map((position) => encoded[position]!)
    },
    dispose: () => core.dispose(),
  }
}
