import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { modelInvalid, modelMissing } from '../contract/errorCodes.ts'
import { describeIssue, fileUnreadable, readJson, readTokenizerFile, type TokenizerFile } from './tokenizerFile.ts'

/**
 * A ColBERT model as LightOn's exporter lays it out: `onnx_config.json`, `tokenizer.json`, and `model_int8.onnx` or
 * `model.onnx`. Nothing about a model is known from anywhere else.
 */
export interface ModelFolder {
  directory: string
  id: string
  config: ModelConfig
  onnxFile: string
  tokenizer: TokenizerFile
}

/** `onnx_config.json` with the defaults of NextPLAID's reader, and every token resolved to its id. */
export interface ModelConfig {
  /** Piece of the vocabulary (its trailing space belongs to it) that marks a query; likewise for documents. */
  queryMarker: string
  documentMarker: string
  queryMarkerId: number
  documentMarkerId: number
  /** Tokens in all, special ones included. */
  queryLength: number
  documentLength: number
  /** Fill queries up to `queryLength` with mask tokens, whose rows count as well. */
  queryExpansion: boolean
  /** Whether real tokens see those mask tokens. */
  attendToExpansion: boolean
  /** What the exporter says; the graph's own inputs decide. */
  usesTokenTypeIds: boolean
  maskId: number
  padId: number
  /** Ids whose rows are left out of documents (punctuation, usually). */
  skiplist: ReadonlySet<number>
  lowerCase: boolean
  /** Width of the rows, where it is said. */
  dim: number | undefined
}

/**
 * Reads everything but the weights and checks that it fits together. The quantised weights are preferred. Fails with
 * E_MODEL_MISSING or E_MODEL_INVALID, naming the file.
 */
export async function readModelFolder(directory: string): Promise<ModelFolder> {
  const configFile = path.join(directory, CONFIG_FILE)
  const reading = [
    readJson(directory, configFile, MAX_CONFIG_BYTES),
    readTokenizerFile(directory, path.join(directory, TOKENIZER_FILE)),
    findOnnxFile(directory),
  ] as const
  // Of several that fail the first is told, not the quickest.
  await Promise.allSettled(reading)
  const [json, tokenizer, onnxFile] = await Promise.all(reading)
  const parsed = configSchema.safeParse(json)
  if (!parsed.success) throw modelInvalid(configFile, describeIssue(parsed.error))
  const config = resolveTokens(parsed.data, tokenizer, configFile)
  return {
    directory,
    id: parsed.data.model_name ?? path.basename(path.resolve(directory)),
    config,
    onnxFile,
    tokenizer,
  }
}

/**
 * Hash over the bytes that decide the vectors: configuration, tokenizer, weights. Reads the weights once (about 10 ms
 * for 10 MB).
 */
export async function modelFingerprint(folder: ModelFolder): Promise<string> {
  const hash = createHash('sha256')
  const files = [path.join(folder.directory, CONFIG_FILE), folder.tokenizer.file, folder.onnxFile]
  for (const file of [...files, ...(await externalWeights(folder.onnxFile))]) {
    const own = createHash('sha256')
    try {
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) own.update(chunk)
    } catch (error) {
      throw fileUnreadable(folder.directory, file, error)
    }
    hash.update(own.digest())
  }
  return hash.digest().subarray(0, 16).toString('hex')
}

/** Files beside a graph that exporters put its weights in when they are large: PyTorch's name, Optimum's name. */
export async function externalWeights(onnxFile: string): Promise<string[]> {
  const found: string[] = []
  for (const file of [`${onnxFile}.data`, `${onnxFile}_data`]) if (await exists(file)) found.push(file)
  return found
}

async function findOnnxFile(directory: string): Promise<string> {
  for (const name of ONNX_FILES) {
    const file = path.join(directory, name)
    const found = await stat(file).catch(() => undefined)
    // A FIFO would be waited for, and a device has no end.
    if (found && !found.isFile()) throw modelInvalid(file, 'it is no file')
    if (found) return file
  }
  throw modelMissing(directory, ONNX_FILES.join(' or '))
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

function resolveTokens(raw: z.infer<typeof configSchema>, tokenizer: TokenizerFile, file: string): ModelConfig {
  const marker = (id: number | null | undefined, piece: string) => {
    const found = id ?? tokenizer.tokenId(piece)
    if (found === undefined) throw modelInvalid(file, `its marker "${piece}" is not in ${TOKENIZER_FILE}`)
    return found
  }
  // The defaults are BERT's. A model with another vocabulary that leaves them out means its own tokens of that name.
  const special = (id: number, bertId: number, pieces: string[]) => {
    if (id !== bertId) return id
    for (const piece of pieces) {
      const found = tokenizer.tokenId(piece)
      if (found !== undefined) return found
    }
    return id
  }
  const skipped = raw.skiplist_words.map((word) => tokenizer.tokenId(word)).filter((id) => id !== undefined)
  return {
    queryMarker: raw.query_prefix,
    documentMarker: raw.document_prefix,
    queryMarkerId: marker(raw.query_prefix_id, raw.query_prefix),
    documentMarkerId: marker(raw.document_prefix_id, raw.document_prefix),
    queryLength: raw.query_length,
    documentLength: raw.document_length,
    queryExpansion: raw.do_query_expansion,
    attendToExpansion: raw.attend_to_expansion_tokens,
    usesTokenTypeIds: raw.uses_token_type_ids,
    maskId: special(raw.mask_token_id, BERT_MASK_ID, ['[MASK]', '<mask>']),
    padId: special(raw.pad_token_id, BERT_PAD_ID, ['[PAD]', '<pad>']),
    skiplist: new Set(skipped),
    lowerCase: raw.do_lower_case,
    dim: raw.embedding_dim ?? undefined,
  }
}

const CONFIG_FILE = 'onnx_config.json'
const TOKENIZER_FILE = 'tokenizer.json'
const ONNX_FILES = ['model_int8.onnx', 'model.onnx']
const BERT_MASK_ID = 103
const BERT_PAD_ID = 0

const MAX_CONFIG_BYTES = 2 ** 20

const tokenId = z
  .number()
  .int()
  .min(0)
  .max(2 ** 24)
const markerPiece = z.string().max(100)
// A marker, two special tokens and one word are the least that makes sense.
const nTokens = z.number().int().min(4).max(65536)

const configSchema = z.object({
  query_prefix: markerPiece.default('[Q] '),
  document_prefix: markerPiece.default('[D] '),
  query_prefix_id: tokenId.nullish(),
  document_prefix_id: tokenId.nullish(),
  query_length: nTokens.default(48),
  document_length: nTokens.default(300),
  do_query_expansion: z.boolean().default(true),
  attend_to_expansion_tokens: z.boolean().default(false),
  uses_token_type_ids: z.boolean().default(true),
  mask_token_id: tokenId.default(BERT_MASK_ID),
  pad_token_id: tokenId.default(BERT_PAD_ID),
  skiplist_words: z.array(z.string()).default([]),
  do_lower_case: z.boolean().default(false),
  embedding_dim: z.number().int().min(1).max(4096).nullish(),
  model_name: z.string().min(1).nullish(),
})
