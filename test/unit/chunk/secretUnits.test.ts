import { describe, expect, it } from 'vitest'
import { githubToken, privateKey } from '../../support/secrets.ts'
import { body, chunk, useChunker } from './check.ts'

useChunker()

/** Units of a text with a secret in it: names of those that are left; none holds a row of the secret. */
async function check(file: string, secret: string, text: string, names: string[], outcome = 'holds-secret') {
  const chunked = await chunk(file, text)
  expect(chunked.outcome).toBe(outcome)
  expect(chunked.units.map((unit) => unit.name || unit.kind)).toEqual(names)
  const all = JSON.stringify(chunked.units)
  for (const row of secret
    .split('\n')
    .slice(1, -1)
    .concat(secret.includes('\n') ? [] : [secret]))
    expect(all).not.toContain(row)
}

describe('units that hold a secret', () => {
  const token = githubToken()
  it('are left out, the others of the file stay', async () => {
    const text = `function one() {\n${body('  ')}\n}\n\nfunction two() {\n${body('  ')}\n  return '${token}'\n}\n\nfunction three() {\n${body('  ')}\n}\n`
    await check('a.ts', token, text, ['one', 'three'])
  })

  it('are left out of a class, which stays', async () => {
    const text = `class Client {\n  one() {\n${body('    ')}\n  }\n\n  two() {\n${body('    ')}\n    return '${token}'\n  }\n}\n`
    await check('a.ts', token, text, ['Client', 'one'])
  })

  it('are all the windows that a long key is cut into', async () => {
    const key = privateKey(60)
    const text = `${'Notes about the server.\n'.repeat(80)}\n${key}\n\n${'Notes about the other server.\n'.repeat(80)}`
    const { units, outcome } = await chunk('notes.txt', text)
    expect(outcome).toBe('holds-secret')
    const all = units.map((unit) => unit.text).join('\n')
    for (const row of key.split('\n').slice(1, -1)) expect(all).not.toContain(row)
    expect(all).toContain('Notes about the server')
    expect(all).toContain('Notes about the other server')
  })

  it('are those below a heading or key that is one', async () => {
    const text = `# Guide\n\n${'Words of the guide. '.repeat(20)}\n\n## ${token}\n\n${'Words below. '.repeat(40)}\n\n### Deeper\n\n${'More words. '.repeat(40)}\n`
    const { units } = await chunk('a.md', text)
    expect(JSON.stringify(units)).not.toContain(token.slice(0, 20))
    expect(units.map((unit) => unit.name)).toEqual(['Guide'])
  })

  it('are found in literals, with any line end, and where the key is cut off', async () => {
    const key = privateKey(12)
    const literal = `const KEY =\n${key
      .split('\n')
      .map((row) => `  "${row}\\n" +`)
      .join('\n')}\n  ""\n`
    await check('a.js', key, literal, [])
    await check('a.py', key, `KEY = "${key.replaceAll('\n', '\\n')}"\n`, [])
    await check('a.txt', key, key.replaceAll('\n', '\r\n'), [])
    await check('a.txt', key, key.split('\n').slice(0, 8).join('\n'), [])
  })

  it('are not those that look like it', async () => {
    const text = [
      "const BEGIN = '-----BEGIN PRIVATE KEY-----'",
      "const END = '-----END PRIVATE KEY-----'",
      'const begin = /-----BEGIN (RSA|EC) PRIVATE KEY-----([\\s\\S]+)-----END (RSA|EC) PRIVATE KEY-----/',
      "throw new Error('expected -----BEGIN OPENSSH PRIVATE KEY----- at the start of a key file but found something else')",
      "const id = 'AKIAIOSFODNN7EXAMPLE'",
      "const github = 'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'",
      "const openai = process.env.OPENAI_API_KEY ?? 'your-api-key'",
      "const commit = '0123456789abcdef0123456789abcdef01234567'",
      "const uuid = 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'",
      "const integrity = 'sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=='",
      "const image = 'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='",
      "const pub = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ4k0aLm3mN0Zr0m6tqk0aLm3mN0Zr0m6tqk0aLm3mN0 me@example'",
    ].join('\n')
    expect((await chunk('a.ts', text)).outcome).toBe('ok')
    const certificate = privateKey(12).replaceAll('RSA PRIVATE KEY', 'CERTIFICATE')
    expect((await chunk('a.txt', certificate)).outcome).toBe('plain-text')
  })

  it('make armour nothing to read, while AsciiDoc is text', async () => {
    expect((await chunk('guide.asc', '= Guide\n\nHow to begin.\n')).units).toHaveLength(1)
    expect((await chunk('me.asc', '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQGNBGSVV4YBDAClvRnxezIR\n')).units).toEqual(
      [],
    )
  })
})
