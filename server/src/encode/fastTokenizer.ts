import { isDeepStrictEqual } from 'node:util'
import type { Tokenizer } from '@huggingface/tokenizers'
import { type Normalizer, visitNormalizers } from './followReference.ts'

/** What is read of `tokenizer.json` here. */
interface TokenizerJson {
  normalizer?: unknown
  pre_tokenizer?: unknown
}

/**
 * Ids of a text, without special tokens, as the library gives them. Where words never depend on what is around them, as
 * in the built-in model, those of each run of letters and digits are remembered: 6M tokens a second for 1M, which is 3 %
 * of an encoder process's time.
 */
export function textIds(library: Tokenizer, json: TokenizerJson): (text: string) => number[] {
  const encode = (text: string) => library.encode(text, { add_special_tokens: false }).ids
  if (!cutsAtSigns(library, json)) return encode
  const idsOf = remembering(encode)
  return (text) => {
    const ids: number[] = []
    for (const run of text.match(RUN) ?? []) for (const id of idsOf(run)) ids.push(id)
    return ids
  }
}

/**
 * Whether what is in ASCII but neither letter nor digit is a blank to this tokenizer, and none of its steps looks past a
 * blank.
 */
function cutsAtSigns(library: Tokenizer, json: TokenizerJson): boolean {
  return library.get_added_tokens_decoder().size === 0 && isBuiltIn(json)
}

/** Whether a text becomes words by the steps of the built-in model, which are linear in its length. */
export const isBuiltIn = ({ normalizer, pre_tokenizer: cutter }: TokenizerJson): boolean =>
  isDeepStrictEqual([normalizer, cutter], CUTS_AT_SIGNS)

/**
 * Replaces steps of the library, in place, by faster ones that give the same: an encoder process would otherwise spend a
 * twentieth of its time on them. Measured on Java sources: 0.8M tokens a second before, 1.5M to 1.8M after.
 */
export function speedUp(library: Tokenizer): void {
  rememberWords(library)
  rememberBytes(library.pre_tokenizer)
  visitNormalizers(library.normalizer, (normalizer) => {
    if (normalizer.config.type === 'BertNormalizer') passAscii(normalizer)
  })
}

/** Models cut each word by itself, and a few thousand words make up most of a repository. */
function rememberWords(library: Tokenizer): void {
  const { model } = library
  if (!model) return
  const encode = model.encode.bind(model)
  const piecesOf = remembering((word) => encode([word]))
  model.encode = (words) => {
    const pieces: string[] = []
    for (const word of words) for (const piece of piecesOf(word)) pieces.push(piece)
    return pieces
  }
}

/** Byte-level models spell each word in bytes, the same few thousand words again and again. */
function rememberBytes(node: unknown): void {
  const step = node as Partial<ByteLevel> | null | undefined
  if (step && Array.isArray(step.tokenizers)) step.tokenizers.forEach(rememberBytes)
  if (step?.config?.type !== 'ByteLevel' || !step.use_regex || step.add_prefix_space) return
  const { byte_encoder: spelling, text_encoder: utf8 } = step as ByteLevel
  const spell = remembering((word) => Array.from(utf8.encode(word), (byte) => spelling[byte]).join(''))
  step.pre_tokenize_text = (text) => text.match(step.pattern!)?.map(spell) ?? []
}

/** `make`, which is asked once for each word but the very long, as long as there are not too many words. */
function remembering<T extends {}>(make: (word: string) => T): (word: string) => T {
  const known = new Map<string, T>()
  return (word) => {
    let own = known.get(word)
    if (own === undefined) {
      own = make(word)
      if (known.size >= MAX_KNOWN_WORDS) known.clear()
      // A copy: a long match is a view that keeps its whole text in memory.
      if (word.length <= MAX_WORD_LENGTH) known.set(` ${word}`.slice(1), own)
    }
    return own
  }
}

/** The library's step of that name. */
interface ByteLevel {
  config: { type?: string }
  tokenizers?: unknown[]
  use_regex: boolean
  add_prefix_space: boolean
  pattern: RegExp
  byte_encoder: Record<number, string>
  text_encoder: { encode(text: string): Uint8Array }
  pre_tokenize_text(text: string): string[]
}

/** The library looks at every character with regular expressions; plain ASCII has nothing for them to find. */
function passAscii(normalizer: Normalizer): void {
  const { clean_text: cleanText, lowercase } = normalizer.config
  const normalize = normalizer.normalize.bind(normalizer)
  normalizer.normalize = (text) => {
    if (!PLAIN_ASCII.test(text)) return normalize(text)
    const clean = cleanText ? text.replace(/[\t\n\r]/g, ' ') : text
    return lowercase ? clean.toLowerCase() : clean
  }
}

/** Letters and digits of ASCII, and whatever is not ASCII. */
const RUN = /[A-Za-z0-9\u0080-\uffff]+/g
/** The steps of the built-in model: words of identifiers and numbers are set apart, then signs become blanks. */
const CUTS_AT_SIGNS = [
  {
    type: 'Sequence',
    normalizers: [
      replaceByBlank(
        String.raw`(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{Nd})|(?<=\p{Nd})(?=\p{L})`,
      ),
      replaceByBlank(String.raw`[^\p{L}\p{M}\p{Nd} ]+`),
      { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: true, lowercase: true },
    ],
  },
  { type: 'BertPreTokenizer' },
]

function replaceByBlank(expression: string) {
  return { type: 'Replace', pattern: { Regex: expression }, content: ' ' }
}

const PLAIN_ASCII = /^[\t\n\r -~]*$/
const MAX_KNOWN_WORDS = 50_000
const MAX_WORD_LENGTH = 64
