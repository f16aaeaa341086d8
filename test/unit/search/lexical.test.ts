import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bitset } from '../../../server/src/base/bitset.ts'
import { LexicalSearcher } from '../../../server/src/search/lexical.ts'
import { type FixtureUnit, type Folder, folderOf } from './support.ts'

const searcherOf = ({ lexical, view }: Folder) => new LexicalSearcher(lexical, view)
const search = (folder: Folder, text: string, k = 10, accept = folder.view.live) =>
  searcherOf(folder)
    .search(text, k, accept)
    .map(({ unit }) => folder.label(unit))

describe('LexicalSearcher', () => {
  const folder = folderOf({
    'src/http/server.ts': [
      { name: 'listen', text: 'function listen(port) { return socket(port) }', container: 'HttpServer' },
      { name: 'close', text: 'function close() { sockets.clear() }', container: 'HttpServer' },
    ],
    'src/auth/session.ts': [
      { name: 'refreshToken', text: 'function refreshToken(session) { if (expired(session)) rotate(session) }' },
      { name: 'logout', text: 'function logout() {}', doc: 'Ends the session and forgets its token.' },
    ],
  })

  it.each([
    ['refresh token', 'refreshToken'],
    ['refreshToken', 'refreshToken'],
    ['refresh_token', 'refreshToken'],
    ['refreshing tokens', 'refreshToken'],
    ['sockets', 'close'],
    ['where is the logout', 'logout'],
  ])('finds first for %s: %s', (query, expected) => expect(search(folder, query)[0]).toBe(expected))

  it('finds units by where they stand', () => {
    expect(search(folder, 'http server').sort()).toEqual(['close', 'listen'])
    expect(search(folder, 'auth').sort()).toEqual(['logout', 'refreshToken'])
  })

  it('finds nothing without a shared word', () => {
    expect(search(folder, 'quaternion')).toEqual([])
    expect(search(folder, '')).toEqual([])
    expect(search(folderOf({}), 'anything')).toEqual([])
  })

  it('answers at most k units, all accepted, and is not disturbed by the search before', () => {
    const searcher = searcherOf(folder)
    const only = Bitset.of(folder.view.size, [folder.unit('close')])
    const before = searcher.search('session token http', 10, folder.view.live)
    expect(searcher.search('session http', 10, only).map(({ unit }) => unit)).toEqual([folder.unit('close')])
    expect(searcher.search('session http', 1, folder.view.live)).toHaveLength(1)
    expect(searcher.search('session token http', 10, folder.view.live)).toEqual(before)
  })

  it('stops between words when told to', () =>
    expect(() => searcherOf(folder).search('session', 10, folder.view.live, () => true)).toThrow('Cancelled'))

  it('knows nothing of dead units, in its results or its statistics', () => {
    const { put, view, ...rest } = folderOf({ 'a.ts': [{ name: 'alpha' }], 'b.ts': [{ name: 'beta' }] })
    put('a.ts', [{ name: 'gamma' }])
    const fresh = folderOf({ 'b.ts': [{ name: 'beta' }], 'a.ts': [{ name: 'gamma' }] })
    const scores = (of: Folder, text: string) =>
      searcherOf(of)
        .search(text, 9, of.view.live)
        .map(({ score }) => score)
    const edited = { put, view, ...rest }
    expect(search(edited, 'alpha')).toEqual([])
    expect(scores(edited, 'beta gamma a b')).toEqual(scores(fresh, 'beta gamma a b'))
  })

  it('never loses an identifier in a crowd of other words', () => {
    const common = fc.array(fc.constantFrom('get', 'value', 'string', 'file', 'parse', 'config'), { maxLength: 12 })
    const name = fc.constantFrom('parseConfig', 'parse_config', 'config', 'HTTPServer', 'x86Value', 'größe_von')
    const crowd = fc.array(common, { minLength: 20, maxLength: 60 })
    fc.assert(
      fc.property(crowd, common, common, name, fc.integer({ min: 0, max: 3 }), (texts, before, after, name, nUses) => {
        const files: Record<string, FixtureUnit[]> = {}
        texts.forEach((words, i) => {
          files[`f${i}.ts`] = [{ name: `other${i}`, text: words.join(' ') }]
        })
        files['there.ts'] = [{ name, text: `function ${name}() { ${'filler '.repeat(200)} }` }]
        for (let i = 0; i < nUses; i++)
          files[`use${i}.ts`] = [{ name: `use${i}`, text: `${name}() ${'x '.repeat(99)}` }]
        const folder = folderOf(files)
        const isPlain = name === 'config'
        const query = isPlain ? name : [...before, name, ...after].join(' ')
        const k = 16
        const found = search(folder, query, k)
        expect(found.length).toBeLessThanOrEqual(k)
        expect(found).toContain(name)
        // A word that many have is no rarity.
        if (!isPlain) for (let i = 0; i < nUses; i++) expect(found).toContain(`use${i}`)
        const scores = searcherOf(folder)
          .search(query, k, folder.view.live)
          .map(({ score }) => score)
        expect(scores).toEqual([...scores].sort((a, b) => b - a))
      }),
      { numRuns: 60 },
    )
  })

  it('scores like BM25 written down as it is defined', () => {
    const word = fc.constantFrom('ant', 'bee', 'cat', 'dog')
    const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), fc.array(word, { maxLength: 3 }), (texts, words) => {
        const folder = folderOf(Object.fromEntries(texts.map((each, i) => [`f${i}/x.ts`, [{ text: each }]])))
        const query = words.join(' ')
        const found = searcherOf(folder).search(query, 99, folder.view.live)
        const wanted = byDefinition(folder, words)
        expect(found.map(({ unit }) => unit).sort()).toEqual([...wanted.keys()].sort())
        for (const { unit, score } of found) expect(score).toBeCloseTo(wanted.get(unit)!, 4)
      }),
      { numRuns: 60 },
    )
  })
})

describe('unitsWithWords', () => {
  const folder = folderOf({
    'a.ts': [
      { name: 'one', text: 'throw new Error("ECONNRESET while reading")' },
      { name: 'two', text: 'reading a file' },
    ],
  })
  it.each([
    ['ECONNRESET while reading', 'one'],
    ['reading', 'one two'],
    ['reading elsewhere', ''],
    ['→', 'one two'],
  ])('%s -> %s', (text, expected) => {
    const found = searcherOf(folder).unitsWithWords(text, folder.view.live)
    expect([...found].map((unit) => folder.label(unit)).join(' ')).toBe(expected)
  })
})

function byDefinition({ lexical, view }: Folder, words: string[]): Map<number, number> {
  const units = [...view.live]
  const docsOf = (unit: number) => new Set([view.bodyDoc[unit]!, view.contextDoc[unit]!])
  const tf = (term: string, unit: number) => {
    const { docs, counts } = lexical.postings(term) ?? { docs: new Uint32Array(), counts: new Uint8Array() }
    return counts.reduce((sum, count, i) => sum + (docsOf(unit).has(docs[i]!) ? count : 0), 0)
  }
  const length = (unit: number) => lexical.docLength(view.bodyDoc[unit]!) + lexical.docLength(view.contextDoc[unit]!)
  const average = units.reduce((sum, unit) => sum + length(unit), 0) / units.length
  const scores = new Map<number, number>()
  for (const word of new Set(words)) {
    const df = units.filter((unit) => tf(word, unit) > 0).length
    const repeats = words.filter((each) => each === word).length
    const idf = Math.log(1 + (units.length - df + 0.5) / (df + 0.5)) * (1 + Math.log(repeats))
    for (const unit of units) {
      const f = tf(word, unit)
      const part = (idf * f * 2.2) / (f + 1.2 * (1 - 0.6 + (0.6 * length(unit)) / average))
      if (f > 0) scores.set(unit, (scores.get(unit) ?? 0) + part)
    }
  }
  return scores
}
