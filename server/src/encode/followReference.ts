import type { Tokenizer } from '@huggingface/tokenizers'

/** A step of the tokenizer library that changes text before it is cut into words. */
export interface Normalizer {
  config: { type?: string; lowercase?: boolean; handle_chinese_chars?: boolean; clean_text?: boolean }
  normalize(text: string): string
}

/**
 * Mends, in place, what the library does otherwise than the tokenizers that models are trained with:
 * - Han characters past U+FFFF are words of their own to BERT, not letters of one;
 * - each character is lower-cased by itself: a capital sigma at the end of a word gets no final form;
 * - a byte order mark is no blank to byte-level models, U+0085 is one.
 *
 * What stays are characters newer than the reference's tables, whose classes are taken from this runtime's.
 */
export function followReference(library: Tokenizer): void {
  mendByteLevel(library.pre_tokenizer)
  visitNormalizers(library.normalizer, (normalizer) => {
    const { type, lowercase, handle_chinese_chars: setApart } = normalizer.config
    const isBert = type === 'BertNormalizer'
    const normalize = normalizer.normalize.bind(normalizer)
    if (!isBert && type !== 'Lowercase') return
    normalizer.normalize = (text) => {
      const apart = isBert && setApart ? text.replace(RARE_HAN, ' $& ') : text
      return normalize(!isBert || lowercase ? apart.replaceAll('Σ', 'σ') : apart)
    }
  })
}

/** Calls `visit` with a normalizer or, where it is a sequence, with those in it. */
export function visitNormalizers(node: unknown, visit: (normalizer: Normalizer) => void): void {
  if (!node) return
  const { normalizers } = node as { normalizers?: unknown[] }
  if (!Array.isArray(normalizers)) visit(node as Normalizer)
  else for (const child of normalizers) visitNormalizers(child, visit)
}

function mendByteLevel(node: unknown): void {
  if (!node) return
  const step = node as { config?: { type?: string }; pattern?: RegExp; tokenizers?: unknown[] }
  if (step.config?.type === 'ByteLevel') step.pattern = BYTE_LEVEL
  if (Array.isArray(step.tokenizers)) step.tokenizers.forEach(mendByteLevel)
}

/** GPT-2's pattern, with the blanks of Unicode where JavaScript's `\s` has its own. */
const BYTE_LEVEL =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu
/** Past U+FFFF, with the gap that the reference has at U+2B820. */
const RARE_HAN = /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu
