import { Tokenizer } from '@huggingface/tokenizers'
import { modelInvalid } from '../contract/errorCodes.ts'
import { speedUp } from './fastTokenizer.ts'
import type { ModelFolder } from './modelFolder.ts'
import type { TokenizerFile } from './tokenizerFile.ts'

/** One text as the graph takes it. */
export interface EncoderInput {
  ids: number[]
  /** Leading ids with attention 1. Less than `ids.length` only for queries filled up with mask tokens. */
  nAttended: number
}

/** Text to ids, as ColBERT models want them: `CLS MARK w1 ... wn SEP`. */
export interface TextTokenizer {
  query(text: string): EncoderInput
  document(text: string): EncoderInput
  /** The piece of text behind an id: `[CLS]`, `[Q] `, `retry`, `ing`. */
  pieceText(id: number): string
}

/**
 * Builds the model's tokenizer. Truncation and padding set in `tokenizer.json` play no part: lengths are the model
 * configuration's. About 0.5M to 1M tokens a second.
 *
 * Source text may spell a special token, `[SEP]` or `[D] `. The library cuts added tokens out of the raw text, so the
 * special ones are withheld from it: such text is split like any other.
 */
export function createTextTokenizer(folder: ModelFolder): TextTokenizer {
  const { config, tokenizer: file } = folder
  const { before, after } = surroundingIds(file)
  const reserved = new Set([config.queryMarkerId, config.documentMarkerId, ...before, ...after])
  for (const token of file.addedTokens) if (token.special) reserved.add(token.id)
  for (const piece of SPECIAL_PIECES) reserved.add(file.tokenId(piece) ?? -1)
  // An unknown word is a word: the piece that stands for it is allowed.
  const unknown = unknownId(file)
  if (unknown !== undefined) reserved.delete(unknown)

  const library = build(file, (id) => !reserved.has(id))
  speedUp(library)
  const names = new Map(file.addedTokens.map(({ id, content }) => [id, content]))
  names.set(config.queryMarkerId, config.queryMarker)
  names.set(config.documentMarkerId, config.documentMarker)

  // Vocabularies that hold special tokens as plain pieces (Unigram) can still spell one: the last line of defence.
  const wordIds = (text: string) =>
    library.encode(text, { add_special_tokens: false }).ids.filter((id) => !reserved.has(id))

  const encode = (text: string, markerId: number, maxLength: number): EncoderInput => {
    const prepared = config.lowerCase ? text.trim().toLowerCase() : text.trim()
    const nWords = maxLength - before.length - after.length - 1
    const ids = [...before, ...firstWords(prepared, nWords, wordIds), ...after]
    ids.splice(1, 0, markerId)
    return { ids, nAttended: ids.length }
  }

  return {
    query(text) {
      const input = encode(text, config.queryMarkerId, config.queryLength)
      if (!config.queryExpansion) return input
      const { ids, nAttended } = input
      while (ids.length < config.queryLength) ids.push(config.maskId)
      return { ids, nAttended: config.attendToExpansion ? ids.length : nAttended }
    },
    document: (text) => encode(text, config.documentMarkerId, config.documentLength),
    pieceText(id) {
      const name = names.get(id) ?? library.id_to_token(id) ?? ''
      if (reserved.has(id) || id === unknown) return name
      if (name.startsWith('##')) return name.slice(2)
      return library.decode([id], { clean_up_tokenization_spaces: false }).trim() || name
    },
  }
}

/**
 * The first `limit` ids, without tokenising a text to its end that is cut anyway. A prefix is long enough once it gives
 * some ids more than needed: only those beside the cut can differ from the whole text's.
 */
function firstWords(text: string, limit: number, wordIds: (text: string) => number[]): number[] {
  for (let nChars = limit * CHARS_PER_TOKEN; nChars < text.length; nChars *= 4) {
    const ids = wordIds(text.slice(0, nChars))
    if (ids.length >= limit + CUT_MARGIN) return ids.slice(0, limit)
  }
  return wordIds(text).slice(0, limit)
}

/** What the post-processor puts around a text: `[CLS]` and `[SEP]`, or a model's own. */
function surroundingIds(file: TokenizerFile): { before: number[]; after: number[] } {
  const library = build(file, () => true)
  const word = library.encode('a', { add_special_tokens: false }).ids
  const whole = library.encode('a').ids
  const at = whole.findIndex((_, i) => word.every((id, j) => whole[i + j] === id))
  if (word.length === 0 || at < 0) throw modelInvalid(file.file, 'its post-processor changes the words of a text')
  return { before: whole.slice(0, at), after: whole.slice(at + word.length) }
}

function unknownId(file: TokenizerFile): number | undefined {
  const { unk_token: piece, unk_id: id } = file.json.model as { unk_token?: unknown; unk_id?: unknown }
  if (typeof id === 'number') return id
  return typeof piece === 'string' ? file.tokenId(piece) : undefined
}

function build(file: TokenizerFile, keep: (id: number) => boolean): Tokenizer {
  try {
    const added = (file.json.added_tokens ?? []) as { id: number }[]
    return new Tokenizer({ ...file.json, added_tokens: added.filter(({ id }) => keep(id)) }, {})
  } catch (error) {
    throw modelInvalid(file.file, error instanceof Error ? error.message : String(error), error)
  }
}

/** Names that special tokens have in the families of models there are, whether or not a file lists them as special. */
const SPECIAL_PIECES = ['[PAD]', '[CLS]', '[SEP]', '[MASK]', '<pad>', '<s>', '</s>', '<mask>']
/** Code has three to seven characters a token; a larger first try costs time, a smaller one a second try. */
const CHARS_PER_TOKEN = 10
const CUT_MARGIN = 16
