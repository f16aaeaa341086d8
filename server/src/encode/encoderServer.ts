import os from 'node:os'
import { throwIfAborted } from '../base/cancel.ts'
import { type RpcChannel, serveRpc } from '../base/rpc.ts'
import { packRows } from './batches.ts'
import type { TokenVectors } from './encoder.ts'
import type { EncoderCore } from './encoderCore.ts'
import type { Accelerator } from './onnxBackend.ts'
import { poolDocument } from './pooling.ts'
import type { EncoderMethods } from './protocol.ts'

/** The process side of `protocol.ts`: answers calls on `channel` with the encoder that `loadCore` gives. */
export function serveEncoder(
  channel: RpcChannel,
  loadCore: (modelDirectory: string, accelerator: Accelerator) => Promise<EncoderCore>,
): void {
  let core: Promise<EncoderCore> = Promise.reject(new Error('no model is loaded'))
  core.catch(() => {})
  // Batches wait for one another, so that the first is answered while the second runs.
  let previous: Promise<unknown> = Promise.resolve()
  let factor = 1

  serveRpc<EncoderMethods>(channel, {
    async load({ modelDirectory, lowPriority, poolFactor, accelerator }) {
      if (lowPriority) lowerPriority()
      factor = poolFactor
      core = loadCore(modelDirectory, accelerator)
      const { dim, runtime } = await core
      return { dim, runtime }
    },
    encodeQuery: async ({ text }) => (await core).encodeQuery(text),
    encodeDocuments({ texts, unpooled = false }, { signal }) {
      const own = previous.then(async () => {
        const { dim, encodeDocument, prepare } = await core
        throwIfAborted(signal)
        prepare?.(texts)
        const vectors: TokenVectors[] = []
        for (const text of texts) {
          throwIfAborted(signal)
          const rows = await encodeDocument(text, unpooled)
          // Here, so that fewer rows are sent, quantised and stored.
          vectors.push(unpooled ? rows : poolDocument(rows, factor))
        }
        return packRows(vectors, dim)
      })
      previous = own.catch(() => {})
      return own
    },
  })
}

function lowerPriority(): void {
  try {
    os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A sandbox may forbid it. The work is the same, only less polite.
  }
}
