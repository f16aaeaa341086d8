import type { RpcContext } from '../base/rpc.ts'
import type { EncoderRuntime, QueryVectors } from './encoder.ts'
import type { Accelerator } from './onnxBackend.ts'

/** What an encoder process answers; served by `encoderServer.ts`, called by `encoderProcessHandle.ts`. */
export interface EncoderMethods {
  /** Comes first, once. Every other call waits for it. */
  load(params: LoadParams, context: RpcContext): Promise<LoadReply>
  encodeQuery(params: { text: string }, context: RpcContext): Promise<QueryVectors & MayChangeRuntime>
  /** One after the other, in order of arrival; a query slips in between two texts. */
  encodeDocuments(params: { texts: string[]; unpooled?: boolean }, context: RpcContext): Promise<DocumentsReply>
}

export interface LoadParams {
  modelDirectory: string
  /** Run below the priority of everything the user does. For processes that build. */
  lowPriority: boolean
  /** Of documents; 1 leaves their rows as they are. */
  poolFactor: number
  accelerator: Accelerator
}

export interface LoadReply {
  /** Width of the rows that the model really gives. */
  dim: number
  runtime: EncoderRuntime
}

export interface MayChangeRuntime {
  /** Where it is another one than the load told. */
  runtime?: EncoderRuntime
}

/** Rows of all texts, one text after the other: `data.length === sum(rowCounts) * dim`. */
export interface DocumentsReply extends MayChangeRuntime {
  dim: number
  rowCounts: Uint32Array
  data: Float32Array
  /** By text, where all were encoded `unpooled`. */
  tokens?: string[][]
}
