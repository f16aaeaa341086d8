import { Tokenizer } from '@huggingface/tokenizers'
import { modelInvalid } from '../contract/errorCodes.ts'
import { isBuiltIn, speedUp, textIds } from './fastTokenizer.ts'
import { followReference } from './followReference.ts'
import type { ModelFolder } from './modelFolder.ts'
import { TookTooLong, withinTime } from './timeLimit.ts'
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
  /** No input has a larger id. */
  largestId: number
}

/**
 * Builds the model's tokenizer. Truncation and padding set in `tokenizer.json` play no part: lengths are the model
 * configuration's. About 0.5M to 1M tokens a second, 6M for the built-in model.
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
  followReference(library)
  speedUp(library)
  const names = new Map(file.addedTokens.map(({ id, content }) => [id, content]))
  names.set(config.queryMarkerId, config.queryMarker)
  names.set(config.documentMarkerId, config.documentMarker)

  const nAround = before.length + after.length + 1
  if (Math.min(config.queryLength, config.documentLength) <= nAround)
    throw modelInvalid(file.file, `it puts ${nAround - 1} tokens around a text, which leaves no room for words`)

  // Vocabularies that hold special tokens as plain pieces (Unigram) can still spell one: the last line of defence.
  const idsOf = inTime(textIds(library, file.json), file)
  const wordIds = (text: string) => idsOf(text).filter((id) => !reserved.has(id))

  const encode = (text: string, markerId: number, maxLength: number): EncoderInput => {
    const stripped = stripBlanks(text)
    const prepared = config.lowerCase ? stripped.toLowerCase() : stripped
    const ids = [...before, ...firstWords(prepared, maxLength - nAround, wordIds), ...after]
    ids.splice(1, 0, markerId)
    return { ids, nAttended: ids.length }
  }

  const ofTexts = file.addedTokens.map(({ id }) => id).filter((id) => !reserved.has(id))
  const ofMarkers = [config.queryMarkerId, config.documentMarkerId, ...(config.queryExpansion ? [config.maskId] : [])]

  return {
    largestId: Math.max(file.largestId, ...ofTexts, ...ofMarkers, ...before, ...after),
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
 * The first `limit` ids, without tokenising a text to its end that is cut anyway. A beginning that ends where a word
 * does gives the same pieces as the whole; some more than needed, for models whose pieces go past blanks.
 */
function firstWords(text: string, limit: number, wordIds: (text: string) => number[]): number[] {
  for (let nChars = limit * CHARS_PER_TOKEN; nChars < text.length; nChars *= 4) {
    const ids = wordIds(text.slice(0, wordEnd(text, nChars)))
    if (ids.length >= limit + CUT_MARGIN) return ids.slice(0, limit)
  }
  return wordIds(text).slice(0, limit)
}

/** The last place up to `before` where a blank comes after something else; 0 if there is none. */
function wordEnd(text: string, before: number): number {
  for (let at = before; at > 0; at--) if (ASCII_BLANK.test(text[at]!) && !BLANK.test(text[at - 1]!)) return at
  return 0
}

/**
 * Without the blanks at both ends, by Python's notion of them. It is not `trim`'s: the separators U+001C to U+001F and
 * U+0085 are blanks, a byte order mark is none.
 */
function stripBlanks(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && isPythonBlank(text.charCodeAt(from))) from++
  while (to > from && isPythonBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}

function isPythonBlank(code: number): boolean {
  if (code === 0xfeff) return false
  return (code >= 0x1c && code <= 0x1f) || code === 0x85 || BLANK.test(String.fromCharCode(code))
}

/**
 * A tokenizer of expressions may have one that never ends, on some text, and the encoder's process with it. Those known
 * to be quick are not timed: an encoding of a text takes milliseconds, the watch over it a twentieth of one.
 */
function inTime(idsOf: (text: string) => number[], file: TokenizerFile): (text: string) => number[] {
  if (isBuiltIn(file.json) || !hasExpression(file.json)) return idsOf
  return (text) => {
    try {
      return withinTime(MAX_TEXT_MS, () => idsOf(text))
    } catch (error) {
      if (!(error instanceof TookTooLong)) throw error
      throw modelInvalid(file.file, 'one of its expressions takes too long on a text', error)
    }
  }
}

/** Whether a step of a text's way to words is given by a regular expression. */
function hasExpression({ normalizer, pre_tokenizer }: Record<string, unknown>): boolean {
  return /"Regex":/.test(JSON.stringify([normalizer, pre_tokenizer]))
}

/** What the post-processor puts around a text: `[CLS]` and `[SEP]`, or a model's own. */
function surroundingIds(file: TokenizerFile): { before: number[]; after: number[] } {
  const library = build(file, () => true)
  const encode = (withSpecials: boolean) => {
    try {
      return library.encode('a', { add_special_tokens: withSpecials })
    } catch (error) {
      throw modelInvalid(file.file, `it cannot cut a text: ${error instanceof Error ? error.message : error}`, error)
    }
  }
  const { ids: word } = encode(false)
  const { ids: whole, tokens } = encode(true)
  const at = whole.findIndex((_, i) => word.every((id, j) => whole[i + j] === id))
  if (word.length === 0 || at < 0) throw modelInvalid(file.file, 'its post-processor changes the words of a text')
  const foreign = tokens.find((piece) => file.tokenId(piece) === undefined)
  if (foreign !== undefined) throw modelInvalid(file.file, `its post-processor adds "${foreign}", which it lacks`)
  return { before: whole.slice(0, at), after: whole.slice(at + word.length) }
}

function unknownId(file: TokenizerFile): number | undefined {
  const { unk_token: piece, unk_id: id } = file.json.model as { unk_token?: unknown; unk_id?: unknown }
  if (typeof id === 'number') return id
  if (typeof piece !== 'string') return undefined
  const found = file.tokenId(piece)
  if (found === undefined) throw modelInvalid(file.file, `it has no piece "${piece}", its name for unknown words`)
  return found
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
/** A busy machine is slow, but not by a thousand times. */
const MAX_TEXT_MS = 5000
const BLANK = /\s/
const ASCII_BLANK = /[ \t\r\n]/
