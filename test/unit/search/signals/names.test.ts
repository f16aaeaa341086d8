import { describe, expect, it } from 'vitest'
import { profileOf } from '../../../../server/src/search/profile.ts'
import { parseQuery } from '../../../../server/src/search/query.ts'
import { definition } from '../../../../server/src/search/signals/definition.ts'
import { fileStem } from '../../../../server/src/search/signals/fileStem.ts'
import { folder } from '../../../../server/src/search/signals/folder.ts'
import { nameMatch } from '../../../../server/src/search/signals/nameMatch.ts'
import { folderOf, valuesOf } from '../support.ts'

describe('nameMatch', () => {
  it.each([
    ['refreshToken', 'refreshToken', 1],
    ['refreshToken', 'refresh_token', 1],
    ['RefreshToken', 'how to refresh token', 1],
    ['refreshTokens', 'refreshing the token', 0.9],
    ['refreshSession', 'refresh token', 0.25],
    ['logout', 'refresh token', 0],
    ['', 'anything', 0],
    ['T', 't', 0],
    ['is', 'what is a session', 0],
    ['登录用户', '登录用户', 1],
  ])('of %s in "%s": %d', (name, query, expected) =>
    expect(nameMatch(name, profileOf(parseQuery(query)))).toBeCloseTo(expected),
  )
})

describe('definition', () => {
  const code = folderOf({
    'a.ts': [
      { name: 'Session', kind: 'class' },
      { name: 'SESSION', kind: 'constant' },
      { name: 'session', kind: 'config' },
      { name: 'logout' },
    ],
  })
  it('prefers types and functions to settings of that name', () =>
    expect(valuesOf(definition, 'session', code)).toEqual({ Session: 1, SESSION: 0.8, session: 0.4, logout: 0 }))
})

describe('fileStem', () => {
  const code = folderOf({
    'src/session.ts': [{ name: 'a' }],
    'src/session/index.ts': [{ name: 'b' }],
    'src/session/token.ts': [{ name: 'c' }],
    'src/sessionStore.ts': [{ name: 'd' }],
    'index.ts': [{ name: 'e' }],
  })
  it('reads file names, and the folder where the name says nothing', () =>
    expect(valuesOf(fileStem, 'session', code)).toEqual({ a: 1, b: 0.7, c: 0, d: 0.25, e: 0 }))
})

describe('folder', () => {
  const code = folderOf({
    'auth/session/a.ts': [{ name: 'a' }],
    'auth/b.ts': [{ name: 'b' }],
    'session.ts': [{ name: 'c' }],
  })
  it('is the share of the query in the folders', () =>
    expect(valuesOf(folder, 'auth session', code)).toEqual({ a: 1, b: 0.5, c: 0 }))
  it('is nothing for a query without words', () => expect(valuesOf(folder, '?', code)).toEqual({ a: 0, b: 0, c: 0 }))
})
