import type { Tokenizer } from '@huggingface/tokenizers'
import { type Normalizer, visitNormalizers } from './followReference.ts'

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
  const known = new Map<string, string[]>()
  model.encode = (words) => {
    const pieces: string[] = []
    for (const word of words) {
      let own = known.get(word)
      if (!own) {
        own = encode([word])
        if (known.size >= MAX_KNOWN_WORDS) known.clear()
        if (word.length <= MAX_WORD_LENGTH) known.set(word, own)
      }
      for (const piece of own) pieces.push(piece)
    }
    return pieces
  }
}

/** Byte-level models spell each word in bytes, the same few thousand words again and again. */
function rememberBytes(node: unknown): void {
  const step = node as Partial<ByteLevel> | null | undefined
  if (step && Array.isArray(step.tokenizers)) step.tokenizers.forEach(rememberBytes)
  if (step?.config?.type !== 'ByteLevel' || !step.use_regex || step.add_prefix_space) return
  const { byte_encoder: spelling, text_encoder: utf8 } = step as ByteLevel
  const known = new Map<string, string>()
  const spell = (word: string) => {
    const spelt = Array.from(utf8.encode(word), (byte) => spelling[byte]).join('')
    if (known.size >= MAX_KNOWN_WORDS) known.clear()
    if (word.length <= MAX_WORD_LENGTH) known.set(word, spelt)
    return spelt
  }
  step.pre_tokenize_text = (text) => text.match(step.pattern!)?.map((word) => known.get(word) ?? spell(word)) ?? []
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

const PLAIN_ASCII = /^[\t\n\r -~]*$/
const MAX_KNOWN_WORDS = 50_000
const MAX_WORD_LENGTH = 64
