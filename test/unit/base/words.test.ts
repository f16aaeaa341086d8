import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  analyse,
  bodyTerms,
  contentWords,
  contextTerms,
  fileStem,
  queryTerms,
  splitIdentifier,
  stemmedWords,
} from '../../../server/src/base/words.ts'

describe('splitIdentifier', () => {
  it.each([
    ['parseConfig', 'parse config'],
    ['parse_config', 'parse config'],
    ['PARSE_CONFIG', 'parse config'],
    ['__init__', 'init'],
    ['$scope$id', 'scope id'],
    ['HTTPServer', 'http server'],
    ['parseHTTPHeader2', 'parse http header 2'],
    ['getURLsFast', 'get urls fast'],
    ['URLs', 'urls'],
    ['utf8Decode', 'utf 8 decode'],
    ['sha256', 'sha 256'],
    ['IPv6Address', 'ipv 6 address'],
    ['a.b->c::d', 'a b c d'],
    ['kebab-case-name', 'kebab case name'],
    ["don't", 'don t'],
    ['größeÄndern', 'größe ändern'],
    ['ЧтениеФайла', 'чтение файла'],
    ['ΚώδικαςΑρχείου', 'κώδικας αρχείου'],
    ['日本語', '日本 本語'],
    ['用户ID', '用户 id'],
    ['get用户Name', 'get 用户 name'],
    ['サーバー', 'サー ーバ バー'],
    ['字', '字'],
    ['한국어 검색', '한국 국어 검색'],
    ['𠮷野家', '𠮷野 野家'],
    ['a👩‍💻b', 'a b'],
    ['', ''],
    ['→ ∑ …', ''],
  ])('%s -> %s', (text, expected) => expect(splitIdentifier(text).join(' ')).toBe(expected))

  it('reads composed and decomposed letters alike', () => {
    for (const text of ['café', 'ÉcoleÀ', 'Ångström', 'CAFÉS', 'パス', '한국어'])
      expect(splitIdentifier(text.normalize('NFD'))).toEqual(splitIdentifier(text))
  })

  it('never cuts a surrogate pair', () => {
    expect(splitIdentifier('𝐀𝐁cd')).not.toContain('\ud835')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (text) => {
        for (const part of splitIdentifier(text)) expect(part).not.toMatch(LONE_SURROGATE)
      }),
    )
  })

  it('takes any string', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => Array.isArray(splitIdentifier(text))),
    ))

  it('keeps every ASCII letter and digit, in order', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
        expect(splitIdentifier(text).join('')).toBe(text.replace(/[^A-Za-z0-9]/g, '').toLowerCase())
      }),
    ))
})

describe('analyse', () => {
  const counted = (text: string) => {
    const { terms, counts } = analyse(text)
    return Object.fromEntries(terms.map((term, i) => [term, counts[i]]))
  }

  it('makes words and whole identifiers', () =>
    expect(counted('parseConfig(config)')).toEqual({ pars: 1, config: 2, '=parseconfig': 1 }))

  it('writes every spelling of a name as one exact term', () => {
    for (const spelling of ['httpServer', 'HTTPServer', 'http_server', 'HTTP_SERVER', 'HttpServer'])
      expect(analyse(spelling).terms, spelling).toContain('=httpserver')
  })

  it('leaves out lone letters and long data', () => {
    expect(analyse('i x 7 T').terms).toEqual([])
    expect(analyse('3f786850e387550fdab836ed7e6dc881de23001b0000000000000000000000000000').terms).toEqual([])
  })

  it('stops counting at 255', () => expect(counted('foo '.repeat(300))).toEqual({ foo: 255 }))

  it('gives distinct terms with a count of at least one, and holds no state', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), (text) => {
        const { terms, counts } = analyse(text)
        expect(new Set(terms).size).toBe(terms.length)
        expect(counts.length).toBe(terms.length)
        expect(counts.every((count) => count >= 1)).toBe(true)
        expect(analyse(text)).toEqual({ terms, counts })
      }),
    ))
})

describe('terms of a unit', () => {
  it('weigh the name above the doc above the text', () => {
    const { terms, counts } = bodyTerms({ name: 'alpha', doc: 'beta', text: 'alpha beta gamma' })
    const of = (term: string) => counts[terms.indexOf(term)]!
    expect(of('alpha')).toBeGreaterThan(of('beta'))
    expect(of('beta')).toBeGreaterThan(of('gamma'))
  })

  it('hold the folders, the stem and the container of its place', () => {
    const { terms } = contextTerms('server/auth/tokenStore.ts', 'Session')
    expect(terms).toEqual(['serv', 'auth', 'token', 'stor', '=tokenstore', 'sess'])
  })

  it('hold no extension', () => expect(contextTerms('main.rs', '').terms).toEqual(['main']))
})

describe('fileStem', () => {
  it.each([
    ['a/b/session.ts', 'session'],
    ['session.test.ts', 'session.test'],
    ['.eslintrc', '.eslintrc'],
    ['a.d/Makefile', 'Makefile'],
  ])('%s -> %s', (path, stem) => expect(fileStem(path)).toBe(stem))
})

describe('queryTerms', () => {
  const terms = (text: string) => queryTerms(text).map(({ term }) => term)

  it('drops stop words unless nothing else is there', () => {
    expect(terms('where is the token')).toEqual(['token', '=token'])
    expect(terms('what is it')).toContain('what')
  })

  it('asks for the identifier that neighbouring words make', () => {
    expect(terms('http server config')).toEqual(
      expect.arrayContaining(['=httpserver', '=serverconfig', '=httpserverconfig']),
    )
  })

  it('finds a name written without its humps', () => {
    const indexed = new Set(analyse('class HTTPServer').terms)
    expect(terms('httpserver').some((term) => indexed.has(term))).toBe(true)
  })

  it('counts repeated words', () =>
    expect(queryTerms('retry retry').find(({ term }) => term === 'retri')?.count).toBe(2))

  it('asks for each word of a text that is in the text', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const asked = new Set(terms(text))
        const indexed = new Set(analyse(contentWords(text).join(' ')).terms)
        for (const term of indexed) expect(asked).toContain(term)
      }),
    ))
})

describe('stemmedWords', () => {
  it('are distinct', () => expect(stemmedWords('parse parsing parser')).toEqual(['pars']))
})

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/
