import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from '../../../../server/src/base/crc32.ts'
import { LexicalSegment } from '../../../../server/src/index/lexical/segment.ts'
import { writeSegment } from '../../../../server/src/index/lexical/writer.ts'
import { doc, docs, keyOf, MapIndex } from './support.ts'

const small = () => writeSegment([doc('a', { parse: 2, config: 1 }), doc('b', { parse: 1 })])
const codeOf = (bytes: Uint8Array) => {
  try {
    LexicalSegment.open(bytes, 'words.lex')
    return 'opened'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('LexicalSegment', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(docs, (all) => {
        const segment = LexicalSegment.open(writeSegment(all), 'words.lex')
        const twin = new MapIndex(all)
        expect(segment.nDocs).toBe(twin.nDocs)
        expect(segment.nTerms).toBe(twin.terms.length)
        for (const [id, { key }] of all.entries()) {
          expect(segment.keys.find(key)).toBe(id)
          expect(segment.keys.key(id)).toBe(key)
          expect(segment.docLength(id)).toBe(twin.docLength(id))
        }
        for (const term of twin.terms) {
          const wanted = twin.postings(term)!
          const number = segment.findTerm(term)
          expect(segment.term(number)).toBe(term)
          expect(segment.documentFrequency(number)).toBe(wanted.docs.length)
          const read = { docs: new Uint32Array(wanted.docs.length), counts: new Uint8Array(wanted.docs.length) }
          expect(segment.readPostings(number, 0, read, 0)).toBe(wanted.docs.length)
          expect(read).toEqual({ docs: wanted.docs.slice(), counts: wanted.counts.slice() })
        }
      }),
    )
  })

  it('knows no other key and no other term', () => {
    const segment = LexicalSegment.open(small(), 'words.lex')
    expect(segment.keys.find(keyOf('c'))).toBeUndefined()
    expect(segment.keys.find('short')).toBeUndefined()
    for (const term of ['', 'pars', 'parses', 'zzz', 'b']) expect(segment.findTerm(term)).toBe(-1)
    expect(segment.docLength(99)).toBe(0)
  })

  it('keeps terms in the order of their bytes', () => {
    const segment = LexicalSegment.open(writeSegment([doc(0, { 𝐀: 1, '～': 1, z: 1 })]), 'words.lex')
    // As UTF-16, the surrogates of '𝐀' would come before '～'.
    expect([0, 1, 2].map((number) => segment.term(number))).toEqual(['z', '～', '𝐀'])
  })

  it('reads bytes at any alignment', () => {
    const bytes = small()
    for (const shift of [1, 2, 3]) {
      const moved = new Uint8Array(bytes.length + shift).subarray(shift)
      moved.set(bytes)
      const segment = LexicalSegment.open(moved, 'words.lex')
      expect(segment.docLength(0)).toBe(3)
      expect(segment.documentFrequency(segment.findTerm('parse'))).toBe(2)
    }
  })

  it('reports any changed byte', () => {
    const bytes = small()
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = bytes.slice()
        damaged[at]! ^= change
        expect(codeOf(damaged)).toBe('E_INDEX_CORRUPT')
      }),
    )
  })

  it('reports any cut, and bytes behind the end', () => {
    const bytes = small()
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(bytes.slice(0, length))).toBe('E_INDEX_CORRUPT')
    }
    expect(codeOf(Uint8Array.of(...bytes, 0))).toBe('E_INDEX_CORRUPT')
  })

  it('tells a newer format from damage', () => {
    const bytes = small()
    const view = new DataView(bytes.buffer)
    view.setUint16(4, 99, true)
    view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, bytes.length - 4)), true)
    expect(codeOf(bytes)).toBe('E_INDEX_FORMAT')
  })

  it('refuses to write a key that is none', () =>
    expect(() => writeSegment([{ ...doc(0, {}), key: 'short' }])).toThrow(RangeError))
})
