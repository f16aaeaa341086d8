import type { RpcContext } from '../base/rpc.ts'
import type { EncoderRuntime, QueryVectors } from './encoder.ts'
import type { Accelerator } from './onnxBackend.ts'

/** What an encoder process answers; served by `encoderServer.ts`, called by `encoderProcessHandle.ts`. */
export interface EncoderMethods {
  /** Comes first, once. Every other call waits for it. */
  load(params: LoadParams, context: RpcContext): Promise<LoadReply>
  encodeQuery(params: { text: string }, context: RpcContext): Promise<QueryVectors & MayChangeRuntime>
  /** One after the other, in order of arrival; a query slips in between two texts. */
  encodeDocuments(params: DocumentsParams, context: RpcContext): Promise<SentDocuments>
}

export interface DocumentsParams {
  texts: string[]
  unpooled?: boolean
  /** Of the files that both hold (`rowFiles.ts`), the one that the rows are put into, where that can be done. */
  rowFile?: number
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
export interface DocumentsReply extends RowsOfDocuments, MayChangeRuntime {
  data: Float32Array
}

/** What is sent: `data` is absent where the rows are in the file. */
export interface SentDocuments extends RowsOfDocuments, MayChangeRuntime {
  data?: Float32Array
}

export interface RowsOfDocuments {
  dim: number
  rowCounts: Uint32Array
  /** By text, where all were encoded `unpooled`. */
  tokens?: string[][]
}
