import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
// @ts-expect-error: build scripts are plain JavaScript, without declarations
import { javaScriptOf } from '../../../server/build/re2ToJs.mjs'
// @ts-expect-error: as above
import { RULES_FILE, secretRules } from '../../../server/build/secretRules.mjs'
import { findSecrets } from '../../../server/src/chunk/secrets/findSecrets.ts'
import published from '../../../server/src/chunk/secrets/rules.json'
import { secretSamples } from '../../support/secretSamples.ts'
import { githubToken, privateKey } from '../../support/secrets.ts'

const samples = secretSamples()
/** Of rules that are about one kind of file. */
const FILES: Record<string, string> = { 'freemius-secret-key': 'a.php', 'nuget-config-password': 'nuget.config' }
const found = (text: string, rule: string) => findSecrets(text, FILES[rule] ?? 'a.txt')

describe('findSecrets', () => {
  it('finds the samples of the published list', () => {
    const missed = samples.flatMap(({ rule, secrets }) =>
      secrets.filter((text) => found(`before\n${text}\nafter`, rule).length === 0).map(() => rule),
    )
    // A bare hash after the name of a company.
    expect(missed.filter((rule) => rule !== 'sourcegraph-access-token')).toEqual([])
    expect(samples.length).toBeGreaterThan(200)
  })

  it('finds none in the look-alikes of the published list', () => {
    const wrong = samples.flatMap(({ rule, lookAlikes }) =>
      lookAlikes.filter((text) => found(text, rule).some((span) => span.rule === rule)).map(() => rule),
    )
    expect(wrong).toEqual([])
  })

  it('says where a secret stands, wherever that is', () => {
    const token = githubToken()
    for (const [before, after] of [
      ['', ''],
      ['x '.repeat(5000), ' y'.repeat(5000)],
      ['İ\u{1F600} "', '"'],
      ["a='", "'\r\n"],
    ]) {
      const text = `${before}${token}${after}`
      expect(findSecrets(text, 'a').map(({ start, end }) => text.slice(start, end))).toEqual([token])
    }
  })

  it('finds private keys of each kind', () => {
    for (const kind of ['', 'RSA ', 'EC ', 'DSA ', 'OPENSSH ', 'ENCRYPTED ']) {
      const key = privateKey(6, kind)
      expect(findSecrets(`before\n${key}\nafter`, 'a.txt').map(({ rule }) => rule)).toEqual(['private-key'])
    }
  })

  it('takes no longer for text that is made for it', () => {
    const pieces = published.rules.flatMap(({ keywords }) => keywords.flatMap((word) => [`${word}=`, `${word}-1-`]))
    const more = [
      'eyJhbGciOiJIUzI1NiIsIn.ey',
      '-----BEGIN PRIVATE KEY-----\n',
      `-----BEGIN PRIVATE KEY-----\n${'Ab3/'.repeat(16)}\n`,
      'kind: secret\ndata:\n',
      'Private-Lines: 9',
      '\\n\\n"+',
      'a1',
      'A',
    ]
    const slow: string[] = []
    for (const piece of [...pieces, ...more]) {
      const text = piece.repeat(Math.ceil(30_000 / piece.length))
      const startMs = performance.now()
      findSecrets(text, 'a.yaml')
      const ms = performance.now() - startMs
      if (ms > 250) slow.push(`${piece} ${Math.round(ms)} ms`)
    }
    expect(slow).toEqual([])
  }, 60_000)
})

describe('the list of rules', () => {
  it('is what its script makes of the published one, where that is at hand', () => {
    const folder = process.env.GITLEAKS_MODULE
    if (!folder || !existsSync(folder)) return
    const toml = readFileSync(path.join(folder, 'config/gitleaks.toml'), 'utf8')
    expect(readFileSync(RULES_FILE, 'utf8')).toBe(secretRules(toml, published.source.version))
  })

  it('is made by writing out what JavaScript lacks', () => {
    const cases: [string, string][] = [
      ['(?i)ab[c-d_]', '[aA][bB][c-d_C-D]'],
      ['x(?i)y', 'x[yY]'],
      ['(?i)a(?-i:b)c', '[aA](?:b)[cC]'],
      ['(?i:a)b', '(?:[aA])b'],
      ['(a(?i)b)c', '(a[bB])c'],
      ['(?s:.){0,2}.', '(?:[\\s\\S]){0,2}.'],
      ['[[:alnum:]]\\z', '[A-Za-z0-9]$'],
      ['a$', 'a(?![^\\r\\n])'],
      ['(?P<name>a)', '(?:a)'],
      ['a{2}{', 'a{2}\\{'],
    ]
    for (const [re2, expected] of cases) expect(javaScriptOf(re2)).toBe(expected)
  })
})
