import os from 'node:os'
import { throwIfAborted } from '../base/cancel.ts'
import { type RpcChannel, serveRpc } from '../base/rpc.ts'
import { describeRows, packRows } from './batches.ts'
import type { EncoderRuntime, TokenVectors } from './encoder.ts'
import type { EncoderCore } from './encoderCore.ts'
import type { Accelerator } from './onnxBackend.ts'
import { poolDocument } from './pooling.ts'
import type { EncoderMethods, MayChangeRuntime, SentDocuments } from './protocol.ts'
import { inheritedRowFiles } from './rowFiles.ts'

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
  let told: EncoderRuntime | undefined
  const files = inheritedRowFiles()
  const changed = ({ runtime }: EncoderCore): MayChangeRuntime => (runtime === told ? {} : { runtime })

  const replyOf = (vectors: TokenVectors[], dim: number, rowFile: number | undefined): SentDocuments => {
    const rows = vectors.map(({ data }) => data)
    return rowFile !== undefined && files?.write(rowFile, rows) ? describeRows(vectors, dim) : packRows(vectors, dim)
  }

  serveRpc<EncoderMethods>(channel, {
    async load({ modelDirectory, lowPriority, poolFactor, accelerator }) {
      if (lowPriority) lowerPriority()
      factor = poolFactor
      core = loadCore(modelDirectory, accelerator)
      const { dim, runtime } = await core
      told = runtime
      return { dim, runtime }
    },
    async encodeQuery({ text }) {
      const loaded = await core
      return { ...(await loaded.encodeQuery(text)), ...changed(loaded) }
    },
    encodeDocuments({ texts, unpooled = false, rowFile }, { signal }) {
      const own = previous.then(async () => {
        const loaded = await core
        const { dim, encodeDocument, prepare } = loaded
        throwIfAborted(signal)
        prepare?.(texts)
        const vectors: TokenVectors[] = []
        for (const text of texts) {
          throwIfAborted(signal)
          const rows = await encodeDocument(text, unpooled)
          // Here, so that fewer rows are sent, quantised and stored.
          vectors.push(unpooled ? rows : poolDocument(rows, factor))
        }
        return { ...replyOf(vectors, dim, rowFile), ...changed(loaded) }
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
