import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 as chosen, crc32InTables } from '../../../server/src/base/crc32.ts'

const ascii = (text: string) => new TextEncoder().encode(text)

describe.each([
  ['chosen', chosen],
  ['in tables', crc32InTables],
])('crc32, %s', (_, crc32) => {
  it.each([
    ['', 0],
    ['a', 0xe8b7be43],
    ['123456789', 0xcbf43926],
    ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ])('of %j', (text, expected) => expect(crc32(ascii(text))).toBe(expected))

  it('equals the definition bit by bit', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => crc32(bytes) === byDefinition(bytes))))

  it('continues an earlier result', () =>
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        (a, b) => crc32(b, crc32(a)) === crc32(Uint8Array.of(...a, ...b)),
      ),
    ))
})

function byDefinition(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return ~crc >>> 0
}
