import { describe, expect, it } from 'vitest'
import { profileOf } from '../../../server/src/search/profile.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { decideRoute } from '../../../server/src/search/router.ts'
import { RANKING_WEIGHTS } from '../../../server/src/search/weights.ts'

const check = (query: string) => profileOf(parseQuery(query)).route

describe('routeQuery', () => {
  it.each([
    ['refreshToken', 'identifier'],
    ['refresh', 'identifier'],
    ['std::vector', 'identifier'],
    ['parse_config Loader::open', 'identifier'],
    ['dir:src lang:ts refreshToken', 'identifier'],
    ['"connection refused"', 'exact'],
    ['retry "ECONNRESET"', 'exact'],
    ['retry backoff', 'mixed'],
    ['Session token expiry', 'mixed'],
    ['where are tokens refreshed', 'question'],
    ['token refreshed?', 'question'],
    ['what happens', 'question'],
    ['code that retries failed requests', 'question'],
    ['installation guide', 'docs'],
    ['where is the documentation of retries', 'docs'],
    ['docstring parser', 'mixed'],
    ['README', 'docs'],
    ['docs/setup.md', 'docs'],
    ['changelog.parse', 'identifier'],
    ['parse_changelog', 'identifier'],
    ['install instructions for windows', 'docs'],
    ['how to write a plugin', 'docs'],
    ['how tokens are refreshed', 'question'],
    ['Where is HTTPServer started', 'question'],
    ['HTTPServer start', 'mixed'],
    ['MAX_RETRIES', 'identifier'],
    ['@decorator #define', 'identifier'],
    ['open() close()', 'identifier'],
    ['error: connection reset by peer', 'question'],
    ['if (a == null) { return }', 'mixed'],
    ['for x := range list { print(x) }', 'mixed'],
    ['is:changed kind:function retry loop', 'mixed'],
    ['like:src/a.ts:4 retry a failed request later', 'question'],
    ['/async fn/ error handling', 'mixed'],
    ['-"old" session', 'identifier'],
    ['セッション 更新', 'mixed'],
    ['', 'mixed'],
  ])('%s -> %s', (query, expected) => expect(check(query)).toBe(expected))

  it.each([
    ['"a b"', 'it has text in double quotes'],
    ['readme', 'it names a document'],
    ['token', 'it is one word'],
    ['a_b c_d', 'all of its words look like names in code'],
    ['setup guide', '"guide" is about documents'],
    ['why it fails', 'of "why"'],
    ['token lost?', 'of "?"'],
    ['code that refreshes tokens', 'it has 4 words'],
    ['a = b; c = d', 'it reads like a piece of code'],
    ['token refresh', 'it has only 2 words'],
  ])('says why: %s: %s', (query, reason) => {
    const { text, phrases } = parseQuery(query)
    expect(decideRoute(text, phrases).reason).toBe(reason)
  })

  it('shares each route out between the two lists', () => {
    for (const [route, { semantic, lexical }] of Object.entries(RANKING_WEIGHTS.routes))
      expect(semantic + lexical, route).toBeCloseTo(1)
  })
})

describe('profileOf', () => {
  it('keeps stems without stop words, and runs of neighbours', () => {
    const { stems, words, runs } = profileOf(parseQuery('where is the http server started'))
    expect([...stems]).toEqual(['http', 'serv', 'start'])
    expect(words).toEqual(['http', 'server', 'started'])
    expect([...runs]).toEqual(['http', 'server', 'started', 'httpserver', 'serverstarted', 'httpserverstarted'])
  })
})
