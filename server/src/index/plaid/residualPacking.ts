import type { Nbits } from './codec.ts'

/**
 * Residuals as files hold them. In memory every dimension has a nibble (`unpackTokens`); of 1 or 2 bits a nibble uses
 * the lowest only, and files leave the rest out: a byte of memory (two nibbles) becomes a field of 2 x nbits, first
 * fields lowest.
 *
 *     memory, 2 bits   00ba 00dc | 00fe 00hg      file   hgfe dcba
 */
export function packForFile(residuals: Uint8Array, nbits: Nbits): Uint8Array {
  if (nbits === 4) return residuals
  const packed = new Uint8Array((residuals.length * nbits) / 4)
  const fields = 4 / nbits
  for (let i = 0; i < packed.length; i++) {
    let byte = 0
    for (let field = 0; field < fields; field++) {
      const pair = residuals[i * fields + field]!
      byte |= ((pair & 15) | ((pair >> 4) << nbits)) << (field * nbits * 2)
    }
    packed[i] = byte
  }
  return packed
}

/** Inverse of `packForFile` into `residuals`, 4 / nbits times as long. */
export function expandFromFile(packed: Uint8Array, nbits: Nbits, residuals: Uint8Array): void {
  if (nbits === 4) {
    residuals.set(packed)
    return
  }
  const fields = 4 / nbits
  const fieldBits = nbits * 2
  const mask = 2 ** fieldBits - 1
  const pairs = PAIRS[nbits]
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i]!
    for (let field = 0; field < fields; field++) {
      residuals[i * fields + field] = pairs[(byte >> (field * fieldBits)) & mask]!
    }
  }
}

/** A field as two nibbles. */
const PAIRS = {
  1: Uint8Array.from({ length: 4 }, (_, field) => (field & 1) | ((field >> 1) << 4)),
  2: Uint8Array.from({ length: 16 }, (_, field) => (field & 3) | ((field >> 2) << 4)),
}
