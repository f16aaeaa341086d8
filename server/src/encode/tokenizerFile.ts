import { readFile, stat } from 'node:fs/promises'
import * as z from 'zod'
import { AppError } from '../base/errors.ts'
import { modelInvalid, modelMissing } from '../contract/errorCodes.ts'

/** tokenizer.json as data: enough of it to look tokens up; the rest is the tokenizer library's. */
export interface TokenizerFile {
  file: string
  /** As parsed, untouched. */
  json: Record<string, unknown>
  addedTokens: AddedToken[]
  /** The largest id of the vocabulary itself. */
  largestId: number
  /** The id of a piece as it stands in the vocabulary or among the added tokens. */
  tokenId(piece: string): number | undefined
}

export interface AddedToken {
  id: number
  content: string
  special: boolean
}

/** Reads and checks `file`. Fails with E_MODEL_MISSING or E_MODEL_INVALID. */
export async function readTokenizerFile(directory: string, file: string): Promise<TokenizerFile> {
  const json = await readJson(directory, file, MAX_TOKENIZER_BYTES)
  const parsed = lookedThrough(json, file)
  if (!parsed.success) throw modelInvalid(file, describeIssue(parsed.error))
  const { added_tokens: addedTokens, model } = parsed.data
  const added = new Map(addedTokens.map(({ content, id }) => [content, id]))
  const { vocab } = model
  // Unigram models list [piece, score] pairs; the place in the list is the id.
  const pieces = Array.isArray(vocab) ? new Map(vocab.map(([piece], id) => [piece, id])) : undefined
  const ofVocabulary = (piece: string) =>
    pieces ? pieces.get(piece) : Object.hasOwn(vocab, piece) ? (vocab as Record<string, number>)[piece] : undefined
  return {
    file,
    json: json as Record<string, unknown>,
    addedTokens,
    largestId: pieces ? pieces.size - 1 : largest(Object.values(vocab)),
    tokenId: (piece) => added.get(piece) ?? ofVocabulary(piece),
  }
}

/** Steps may hold steps, as deep as somebody cares to write them. */
function lookedThrough(json: unknown, file: string) {
  try {
    return schema.safeParse(json)
  } catch (error) {
    if (error instanceof RangeError) throw modelInvalid(file, 'it is nested too deeply', error)
    throw error
  }
}

/** JSON of a model folder's file, up to `maxBytes` of it. Fails with E_MODEL_MISSING or E_MODEL_INVALID. */
export async function readJson(directory: string, file: string, maxBytes: number): Promise<unknown> {
  let text: string
  try {
    const found = await stat(file)
    // A FIFO would be waited for, and a device has no end.
    if (!found.isFile()) throw modelInvalid(file, 'it is no file')
    const { size } = found
    if (size > maxBytes) throw modelInvalid(file, `it is too large (${size} bytes; ${maxBytes} are allowed)`)
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw error instanceof AppError ? error : fileUnreadable(directory, file, error)
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    throw modelInvalid(file, 'it is not JSON', error)
  }
}

export function fileUnreadable(directory: string, file: string, error: unknown): Error {
  const code = (error as NodeJS.ErrnoException).code
  const name = file.slice(directory.length).replace(/^[/\\]/, '')
  if (code === 'ENOENT' || code === 'ENOTDIR') return modelMissing(directory, name)
  return modelInvalid(file, `it cannot be read (${code ?? String(error)})`, error)
}

export function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0]
  return issue ? `${issue.path.join('.') || 'the file'}: ${issue.message}` : 'unexpected content'
}

/** A loop: a vocabulary is too long to be spread into arguments. */
function largest(ids: number[]): number {
  let found = 0
  for (const id of ids) if (id > found) found = id
  return found
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTokenId = (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_ID

/** The largest known has 35 MB. */
const MAX_TOKENIZER_BYTES = 128 * 2 ** 20
/** Vocabularies of a million pieces exist. The tokenizer library makes a list as long as the largest id. */
const MAX_ID = 2 ** 24

const preTokenizer: z.ZodType = z.lazy(() =>
  z.object({
    type: z.string(),
    // A word of no length would be cut off for ever.
    length: z.number().int().min(1, 'FixedLength must be at least 1').optional(),
    pretokenizers: z.array(preTokenizer).optional(),
  }),
)

const schema = z.object({
  pre_tokenizer: preTokenizer.nullish(),
  added_tokens: z
    .array(
      z.object({ id: z.number().int().min(0).max(MAX_ID), content: z.string(), special: z.boolean().default(false) }),
    )
    .default([]),
  model: z.object({
    vocab: z.union([
      z.custom<Record<string, number>>((value) => isObject(value) && Object.values(value as object).every(isTokenId)),
      z.custom<[string, number][]>((value) => Array.isArray(value)),
    ]),
  }),
})
