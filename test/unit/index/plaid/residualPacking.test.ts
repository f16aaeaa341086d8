import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Nbits } from '../../../../server/src/index/plaid/codec.ts'
import { expandFromFile, packForFile } from '../../../../server/src/index/plaid/residualPacking.ts'

const NBITS: Nbits[] = [1, 2, 4]

describe.each(NBITS)('residuals of %i bits in files', (nbits) => {
  it('take dim x nbits / 8 bytes a token and come back as they were, odd multiples of 16 dimensions included', () => {
    const nibble = fc.nat(2 ** nbits - 1)
    const token = (dim: number) => fc.array(nibble, { minLength: dim, maxLength: dim })
    const tokens = fc.integer({ min: 1, max: 9 }).chain((n) => fc.array(token(n * 16), { maxLength: 5 }))
    fc.assert(
      fc.property(tokens, (rows) => {
        const nibbles = rows.flat()
        const residuals = Uint8Array.from(
          { length: nibbles.length / 2 },
          (_, i) => nibbles[i * 2]! | (nibbles[i * 2 + 1]! << 4),
        )
        const packed = packForFile(residuals, nbits)
        expect(packed.length).toBe((nibbles.length * nbits) / 8)
        const back = new Uint8Array(residuals.length)
        expandFromFile(packed, nbits, back)
        expect(back).toEqual(residuals)
      }),
    )
  })
})

it('puts the first fields of a byte lowest', () => {
  expect([...packForFile(Uint8Array.of(0x21, 0x03), 2)]).toEqual([0b00_11_10_01])
  expect([...packForFile(Uint8Array.of(0x01, 0x10, 0x11, 0x00), 1)]).toEqual([0b00_11_10_01])
})
