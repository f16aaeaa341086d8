import { describe, expect, it } from 'vitest'
import { profileOf } from '../../../server/src/search/profile.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
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
    ['', 'mixed'],
  ])('%s -> %s', (query, expected) => expect(check(query)).toBe(expected))

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
