import { describe, expect, it } from 'vitest'
import { profileOf } from '../../../../server/src/search/profile.ts'
import { parseQuery } from '../../../../server/src/search/query.ts'
import { abbreviation, isInitials, isShortFor } from '../../../../server/src/search/signals/abbreviation.ts'
import { codeName } from '../../../../server/src/search/signals/codeName.ts'
import { coverage } from '../../../../server/src/search/signals/coverage.ts'
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

describe('definition of a name', () => {
  const code = folderOf({
    'a.rs': [
      { name: 'Visitor', kind: 'interface' },
      { name: '_$Visitor', kind: 'interface' },
      { name: 'visitor' },
      { name: 'visit_u8', kind: 'method' },
    ],
  })
  it('is the name as it is spelled', () => {
    const expected = { Visitor: 1, _$Visitor: 0.95, visitor: 0.6, visit_u8: 0.45 }
    expect(valuesOf(definition, 'Visitor', code)).toEqual(expected)
  })
  it('does not look at capitals where the query has none', () => {
    const expected = { Visitor: 1, _$Visitor: 1, visitor: 1, visit_u8: 0.45 }
    expect(valuesOf(definition, 'visitor', code)).toEqual(expected)
  })
  it('does not look at the spelling of words in a question', () => {
    const expected = { Visitor: 1, _$Visitor: 1, visitor: 1, visit_u8: 0.9 }
    expect(valuesOf(definition, 'how does the Visitor work', code)).toEqual(expected)
  })
})

describe('codeName', () => {
  const code = folderOf({
    'a.ex': [
      { name: 'ManageHook' },
      { name: 'run_x' },
      { name: '_init_x' },
      { name: 'Plug.Session' },
      { name: 'pipe' },
      { name: 'HTTP' },
    ],
  })
  const named = (query: string) =>
    Object.entries(valuesOf(codeName, query, code)).flatMap(([name, value]) => (value === 1 ? [name] : []))

  it.each([
    ["how ManageHook's rules route windows", ['ManageHook']],
    ['what does run_x() return, and when?', ['run_x']],
    ['what does "_init_x" do', ['_init_x']],
    ['how is Plug.Session stored', ['Plug.Session']],
    ['how does `z.pipe` chain schemas', ['pipe']],
    // Words as in any sentence, other capitals, an acronym.
    ['how to pipe output to a manage hook', []],
    ['how does manageHook route windows', []],
    ['how are HTTP headers sent, e.g. for a pipe', []],
    // Nothing but a name.
    ['ManageHook', []],
  ])('in "%s": %j', (query, expected) => expect(named(query)).toEqual(expected))
})

describe('coverage', () => {
  const code = folderOf({
    'tar.ts': [
      { name: 'TarEntry', kind: 'class' },
      { name: 'userName', kind: 'method', container: 'TarEntry' },
      { name: 'close', kind: 'method', container: 'TarEntry' },
      { name: 'zip' },
    ],
  })
  it('is the share of the query in the name and what encloses it', () => {
    const expected = { TarEntry: 0.5, userName: 1, close: 0.5, zip: 0 }
    expect(valuesOf(coverage, 'user name of the tar entry', code)).toEqual(expected)
    expect(valuesOf(coverage, '?', code)).toEqual({ TarEntry: 0, userName: 0, close: 0, zip: 0 })
  })
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

describe('isShortFor', () => {
  it.each('arg argument|impl implementations|ctx context|mgr manager|cfg config|msg message|str string'.split('|'))(
    'yes: %s',
    (pair) => expect(isShortFor(...(pair.split(' ') as [string, string]))).toBe(true),
  )
  // The word itself, two letters, another first letter, vowels between, letters out of order, a longer word.
  it.each('token token|to token|oken token|toen token|tkx token|nkt token|tokens token'.split('|'))('no: %s', (pair) =>
    expect(isShortFor(...(pair.split(' ') as [string, string]))).toBe(false),
  )
})

describe('isInitials', () => {
  it('needs neighbours, two to four of them', () => {
    const words = ['watch', 'file', 'system', 'events']
    expect(['fs', 'fse', 'wfse'].filter((short) => isInitials(short, words))).toHaveLength(3)
    expect(['f', 'we', 'sf', 'wfsev'].filter((short) => isInitials(short, words))).toEqual([])
  })
})

describe('abbreviation', () => {
  const code = folderOf({
    'args.go': [{ name: 'a' }],
    'src/ctx/index.ts': [{ name: 'b' }],
    'src/parse_args.ts': [{ name: 'c' }],
    'argument.ts': [{ name: 'd' }],
    'session.ts': [{ name: 'e' }],
    'fs.c': [{ name: 'f' }],
  })
  it('is what short forms add to the match of a file name', () => {
    const none = { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 }
    expect(valuesOf(abbreviation, 'argument validators', code)).toEqual({ ...none, a: 0.9, c: 0.25 })
    expect(valuesOf(abbreviation, 'how are arguments parsed', code)).toEqual({ ...none, a: 0.9, c: 0.65 })
    expect(valuesOf(abbreviation, 'request context', code)).toEqual({ ...none, b: 0.63 })
    expect(valuesOf(abbreviation, 'file system access', code)).toEqual({ ...none, f: 0.9 })
    expect(valuesOf(abbreviation, '?', code)).toEqual(none)
  })
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
