import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentKey, sha256Hex } from '../../../server/src/base/hash.ts'

describe('contentKey', () => {
  it('is 22 characters that fit a file name, the same at every call', () => {
    expect(contentKey('text')).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(contentKey('text')).toBe(contentKey(Buffer.from('text')))
  })
  it('differs wherever the parts differ, though they join to the same text', () =>
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), fc.array(fc.string(), { maxLength: 4 }), (a, b) => {
        expect(contentKey(...a) === contentKey(...b)).toBe(JSON.stringify(a) === JSON.stringify(b))
      }),
    ))
})

describe('sha256Hex', () => {
  // FIPS 180-2, appendix B.1.
  it('is SHA-256', () =>
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'))
})
