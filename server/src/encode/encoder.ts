import type { Accelerator } from './onnxBackend.ts'

/** Token vectors of one text, row by row: `data.length === nTokens * dim`, each row of length 1 (L2). */
export interface TokenVectors {
  nTokens: number
  dim: number
  data: Float32Array
  /** The piece of text behind each row, of documents that were encoded `unpooled`. */
  tokens?: string[]
}

export interface QueryVectors extends TokenVectors {
  /** The piece of text behind each row ('[CLS]', '[Q] ', 'retry', ...), for explanations. */
  tokens: string[]
}

/** What runs a model: the processor or accelerator that was asked for, or the next best that works here. */
export interface EncoderRuntime {
  accelerator: Accelerator
  /** Why it is not what was asked for, and what to do: whole sentences for the user. */
  note?: string
}

/** What must be known of a model without running it. */
export interface EncoderModel {
  id: string
  dim: number
  queryLength: number
  documentLength: number
  /**
   * Changes whenever vectors of documents could change: hash over the model's files and the pool factor. Names the store
   * that they are kept in.
   */
  fingerprint: string
}

export interface EncodeOptions {
  signal?: AbortSignal
  /** Someone waits for the answer on a screen: go past the documents of a build. For a few short texts only. */
  urgent?: boolean
  /**
   * One row a token, in their order and with their texts, whatever the pool factor: for explanations of documents that
   * are looked at. Implies `urgent`. Such rows must not be stored.
   */
  unpooled?: boolean
}

/**
 * Texts in, token vectors out. Queries and documents are marked differently by ColBERT models, hence two methods.
 * A query never waits behind documents. An empty text gives the rows of its special tokens. Rows of documents may be
 * fewer than their tokens (`pooling.ts`); those of queries never are.
 */
export interface Encoder {
  readonly model: EncoderModel
  /** Known once the model has been started. */
  readonly runtime?: EncoderRuntime | undefined
  encodeQuery(text: string, options?: EncodeOptions): Promise<QueryVectors>
  /**
   * Answers in the order of `texts`. Identical texts are encoded once. Rejects with `CancelledError` on abort.
   * Rows are views on buffers that hold nothing but rows of this call, several texts in one, equal texts the same: the
   * caller may give the buffers away.
   */
  encodeDocuments(texts: string[], options?: EncodeOptions): Promise<TokenVectors[]>
  /** About so many documents will come: what encodes them starts now, while they are being read and cut. */
  expectDocuments?(nTexts: number): void
  dispose(): Promise<void>
}
