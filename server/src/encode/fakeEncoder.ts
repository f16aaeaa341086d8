import { throwIfAborted } from '../base/cancel.ts'
import { contentKey } from '../base/hash.ts'
import type { Encoder, TokenVectors } from './encoder.ts'

export interface FakeEncoderOptions {
  dim?: number
  queryLength?: number
  documentLength?: number
}

/**
 * An encoder without a model: each word, split as identifiers are and lower-cased, becomes a fixed random unit vector.
 * Equal words match with 1, others with about 0, so searches find shared words. For tests of everything above.
 */
export function createFakeEncoder(options: FakeEncoderOptions = {}): Encoder {
  const { dim = 32, queryLength = 48, documentLength = 256 } = options
  const known = new Map<string, Float32Array>()
  const vectorOf = (word: string) => {
    const vector = known.get(word) ?? randomUnitVector(word, dim)
    known.set(word, vector)
    return vector
  }
  const encode = (text: string, maxLength: number): TokenVectors & { tokens: string[] } => {
    const words = wordsOf(text).slice(0, maxLength)
    const tokens = words.length > 0 ? words : ['[CLS]']
    const data = new Float32Array(tokens.length * dim)
    tokens.forEach((token, row) => {
      data.set(vectorOf(token), row * dim)
    })
    return { nTokens: tokens.length, dim, data, tokens }
  }
  return {
    model: {
      id: 'fake',
      dim,
      queryLength,
      documentLength,
      fingerprint: contentKey('fake', `${dim}/${documentLength}`),
    },
    async encodeQuery(text, { signal } = {}) {
      throwIfAborted(signal)
      return encode(text, queryLength)
    },
    async encodeDocuments(texts, { signal, unpooled } = {}) {
      return texts.map((text) => {
        throwIfAborted(signal)
        const { nTokens, data, tokens } = encode(text, documentLength)
        return { nTokens, dim, data, ...(unpooled && { tokens }) }
      })
    },
    async dispose() {},
  }
}

function wordsOf(text: string): string[] {
  return (text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{Nd}+/gu) ?? []).map((word) => word.toLowerCase())
}

/** Marsaglia's xorshift32, seeded with FNV-1a of the word; sums of uniforms are close enough to normal. */
function randomUnitVector(word: string, dim: number): Float32Array {
  let state = 0x811c9dc5
  for (let i = 0; i < word.length; i++) state = Math.imul(state ^ word.charCodeAt(i), 0x01000193)
  state |= 1
  const next = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 0x80000000
  }
  const vector = Float32Array.from({ length: dim }, () => next() + next() + next())
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}
