import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { modelInvalid, modelMissing } from '../contract/errorCodes.ts'

/** tokenizer.json as data: enough of it to look tokens up; the rest is the tokenizer library's. */
export interface TokenizerFile {
  file: string
  /** As parsed, untouched. */
  json: Record<string, unknown>
  addedTokens: AddedToken[]
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
  const json = await readJson(directory, file)
  const parsed = schema.safeParse(json)
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
    tokenId: (piece) => added.get(piece) ?? ofVocabulary(piece),
  }
}

/** JSON of a model folder's file. Fails with E_MODEL_MISSING or E_MODEL_INVALID. */
export async function readJson(directory: string, file: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    throw fileUnreadable(directory, file, error)
  }
  try {
    return JSON.parse(text)
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

const schema = z.object({
  added_tokens: z
    .array(z.object({ id: z.number().int().min(0), content: z.string(), special: z.boolean().default(false) }))
    .default([]),
  model: z.object({
    vocab: z.union([
      z.custom<Record<string, number>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
      z.custom<[string, number][]>((value) => Array.isArray(value)),
    ]),
  }),
})
