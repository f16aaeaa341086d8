/** Token vectors of one text, row by row: `data.length === nTokens * dim`, each row of length 1 (L2). */
export interface TokenVectors {
  nTokens: number
  dim: number
  data: Float32Array
}

export interface QueryVectors extends TokenVectors {
  /** The piece of text behind each row ('[CLS]', '[Q] ', 'retry', ...), for explanations. */
  tokens: string[]
}

/** What must be known of a model without running it. */
export interface EncoderModel {
  id: string
  dim: number
  queryLength: number
  documentLength: number
  /** Changes whenever vectors could change: hash over the model's files. Part of every content key. */
  fingerprint: string
}

export interface EncodeOptions {
  signal?: AbortSignal
  /** Someone waits for the answer on a screen: go past the documents of a build. For a few short texts only. */
  urgent?: boolean
}

/**
 * Texts in, token vectors out. Queries and documents are marked differently by ColBERT models, hence two methods.
 * A query never waits behind documents. An empty text gives the rows of its special tokens.
 */
export interface Encoder {
  readonly model: EncoderModel
  encodeQuery(text: string, options?: EncodeOptions): Promise<QueryVectors>
  /**
   * Answers in the order of `texts`. Identical texts are encoded once. Rejects with `CancelledError` on abort.
   * Rows may be views on a buffer shared by their batch, equal texts may share theirs: copy what is kept or changed.
   */
  encodeDocuments(texts: string[], options?: EncodeOptions): Promise<TokenVectors[]>
  dispose(): Promise<void>
}
