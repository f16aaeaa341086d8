import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LexicalStore } from '../../../../server/src/index/lexical/store.ts'
import { writeSegment } from '../../../../server/src/index/lexical/writer.ts'
import type { LexicalIndex } from '../../../../server/src/index/types.ts'
import { doc, docs, keyOf, MapIndex, plain } from './support.ts'

/** After each doc: nothing, a seal, or a merge. */
const steps = fc.array(fc.constantFrom('none', 'none', 'seal', 'merge'), { minLength: 30, maxLength: 30 })

function expectEqual(store: LexicalIndex, twin: MapIndex, keys: string[]): void {
  expect(store.nDocs).toBe(twin.nDocs)
  for (const key of keys) {
    const id = twin.docId(key)!
    expect(store.docId(key)).toBe(id)
    expect(store.docLength(id)).toBe(twin.docLength(id))
  }
  for (const term of [...twin.terms, 'absent'])
    expect(plain(store.postings(term)), term).toEqual(plain(twin.postings(term)))
  for (const prefix of ['', 'a', '=', '日', 'absent'])
    for (const limit of [1, 3, 100])
      expect(store.termsWithPrefix(prefix, limit)).toEqual(twin.termsWithPrefix(prefix, limit))
}

describe('LexicalStore', () => {
  it('answers as if all docs lay in one map, wherever it was sealed or merged', () =>
    fc.assert(
      fc.property(docs, steps, (all, after) => {
        const store = new LexicalStore()
        all.forEach(({ key, terms }, i) => {
          expect(store.add(key, terms)).toBe(i)
          if (after[i] === 'seal') store.seal()
          if (after[i] === 'merge') store.merge(Math.min(1, store.nSegments))
        })
        expectEqual(
          store,
          new MapIndex(all),
          all.map(({ key }) => key),
        )
      }),
    ))

  it('answers after a restart what it answered before', () =>
    fc.assert(
      fc.property(docs, steps, (all, after) => {
        const store = new LexicalStore()
        let files: Uint8Array[] = []
        const save = () => {
          const sealed = store.seal()
          if (sealed) files.push(sealed)
        }
        all.forEach(({ key, terms }, i) => {
          store.add(key, terms)
          if (after[i] !== 'none') save()
          if (after[i] === 'merge') files = [store.merge()]
        })
        save()
        const reopened = new LexicalStore()
        for (const [i, bytes] of files.entries()) reopened.attach(bytes, `${i}.lex`)
        expectEqual(
          reopened,
          new MapIndex(all),
          all.map(({ key }) => key),
        )
      }),
    ))

  it('keeps a known doc and its id', () => {
    const store = new LexicalStore()
    const { key, terms } = doc('a', { x: 1 })
    expect(store.add(key, terms)).toBe(0)
    expect(store.add(key, doc('a', { y: 9 }).terms)).toBe(0)
    store.seal()
    expect(store.add(key, terms)).toBe(0)
    expect(store.nDocs).toBe(1)
    expect(store.postings('y')).toBeUndefined()
  })

  it('has nothing to seal where nothing was added', () => {
    const store = new LexicalStore()
    expect(store.seal()).toBeUndefined()
    store.add(keyOf('a'), doc('a', { x: 1 }).terms)
    expect(store.nOpenDocs).toBe(1)
    expect(store.seal()).toBeDefined()
    expect(store.nOpenDocs).toBe(0)
    expect(store.seal()).toBeUndefined()
  })

  it('holds one segment after a merge, so that searches do not slow down over a long session', () => {
    const store = new LexicalStore()
    for (let i = 0; i < 20; i++) {
      store.add(keyOf(i), doc(i, { x: 1 }).terms)
      store.seal()
    }
    expect(store.nSegments).toBe(20)
    store.merge()
    expect(store.nSegments).toBe(1)
    expect(store.docId(keyOf(7))).toBe(7)
  })

  it('reports a damaged segment and stays as it was', () => {
    const store = new LexicalStore()
    const bytes = writeSegment([doc('a', { x: 1 })])
    bytes[40]! ^= 1
    expect(() => store.attach(bytes, 'a.lex')).toThrow(expect.objectContaining({ code: 'E_INDEX_CORRUPT' }))
    expect(store.nDocs).toBe(0)
  })

  it('takes segments only before docs', () => {
    const store = new LexicalStore()
    store.add(keyOf('a'), doc('a', { x: 1 }).terms)
    expect(() => store.attach(writeSegment([]), 'b.lex')).toThrow()
    expect(() => store.add('short', doc('a', {}).terms)).toThrow(RangeError)
  })
})
