import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesOf, GitPatterns } from '../../../../server/src/base/glob/gitPatterns.ts'

/** Whether git's answer can be had: the reference for all that this file says of patterns. */
const hasGit = spawnSync('git', ['--version']).status === 0

/** Names in which patterns find something to be right or wrong about. */
const NAMES = ['a', 'b', 'ab', 'B', 'aab', '.a', 'a.b', 'a b', 'a ', 'é', '[a]', '!a', '#a', '-', 'a-', 'ff', 'f', '^']
const DEEP = ['a', 'ab', 'B', 'a.b', 'f', ']', '\\', '*']

let folder: string
let paths: { path: string; isDirectory: boolean }[]

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lateral-git-patterns-'))
  paths = []
  if (!hasGit) return
  execFileSync('git', ['init', '-q'], { cwd: folder })
  const add = (parts: string[], isDirectory: boolean) => {
    const file = path.join(folder, ...parts)
    if (isDirectory) mkdirSync(file)
    else writeFileSync(file, '')
    paths.push({ path: parts.join('/'), isDirectory })
  }
  const isWindows = process.platform === 'win32'
  const usable = (name: string) => !isWindows || !/[\\*]|[. ]$/.test(name)
  for (const [i, name] of NAMES.filter(usable).entries()) {
    add([name], i % 3 !== 1)
    if (i % 3 === 1) continue
    for (const [j, inner] of DEEP.filter(usable).entries()) {
      add([name, inner], j % 3 === 0)
      if (j % 3 === 0) for (const file of ['a', 'b', 'a.b', 'f']) add([name, inner, file], false)
    }
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** By path: whether git leaves it out. */
function askGit(ignoreFile: string | Buffer, ignoreCase: boolean): Map<string, boolean> {
  writeFileSync(path.join(folder, '.gitignore'), ignoreFile)
  const args = ['-c', 'core.excludesFile=', '-c', `core.ignoreCase=${ignoreCase}`]
  const git = spawnSync('git', [...args, 'check-ignore', '--stdin', '-z', '--no-index', '-v', '-n'], {
    cwd: folder,
    input: paths.map((one) => one.path).join('\0'),
    maxBuffer: 1 << 26,
    timeout: 30_000,
  })
  const fields = git.stdout.toString('latin1').split('\0')
  const answers = new Map<string, boolean>()
  for (let i = 0; i + 3 < fields.length; i += 4) {
    const [source, , pattern, file] = fields.slice(i, i + 4) as [string, string, string, string]
    answers.set(file, source !== '' && !pattern.startsWith('!'))
  }
  return answers
}

/** The same, by our rules: nothing below a directory that is left out comes back. */
function askPatterns(patterns: GitPatterns): Map<string, boolean> {
  const answers = new Map<string, boolean>()
  for (const one of paths) {
    const bytes = bytesOf(one.path)
    const above = bytes.lastIndexOf('/') < 0 ? false : answers.get(bytes.slice(0, bytes.lastIndexOf('/')))!
    answers.set(bytes, above || (patterns.ignores(bytes, one.isDirectory) ?? false))
  }
  return answers
}

function check(ignoreFile: string, ignoreCase = false): void {
  const expected = askGit(ignoreFile, ignoreCase)
  expect(expected.size).toBe(paths.length)
  const actual = askPatterns(new GitPatterns(ignoreFile, { ignoreCase }))
  const differing = [...expected].filter(([file, ignored]) => actual.get(file) !== ignored)
  expect(differing, JSON.stringify(ignoreFile)).toEqual([])
}

describe.skipIf(!hasGit)('patterns of ignore files', () => {
  it.each([
    ['a comment, an escaped one, a bare "!"', '#a\n!\n\\#a\n\\!a'],
    ['spaces at the end', 'a b \na\\ \nb \\  \n-  '],
    ['a backslash at the end', 'a\\\nb\\/\n\\'],
    ['carriage returns', 'a\r\nb\r\n\r\n-\r\r\nf\r'],
    ['a byte order mark', '\uFEFFa\nb'],
    ['a NUL', 'a\0b\nf'],
    ['slashes alone', '/\n//\n!/\na//'],
    ['stars by threes', '***\n!***/a'],
    ['stars that are no whole part', 'a**/f\n**a\na**b/f\n/a**'],
    ['stars and an escaped slash', '**\\/f\na\\/ab'],
    ['characters of more than one byte', '?\n!??'],
    ['a class that does not end', '[a\n[[:alpha:]\n[!\n[a-\n[\\'],
    ['a class that there is not', '[[:word:]]\n[[:alpha]'],
    ['a bracket first', '[]]\n[!]]b\n[]a]'],
    ['hyphens', '[a-]\n[-a]\n[a-f-z]\n[!--f]\n[f-a]'],
    ['classes that hold a slash', 'a[/]ab\na[!x]ab\na[.-0]ab'],
    ['escapes in classes', '[\\]]\n[\\a-\\f]\n[\\\\]\n[a\\-f]'],
    ['named classes', '[[:alpha:][:digit:]]\n[![:upper:]]\n[[:punct:]a]'],
  ])('are read as git reads them: %s', (_, ignoreFile) => {
    check(ignoreFile)
    check(ignoreFile, true)
  })

  it.each([
    'alnum',
    'alpha',
    'blank',
    'cntrl',
    'digit',
    'graph',
    'lower',
    'print',
    'punct',
    'space',
    'upper',
    'xdigit',
  ])('know the class of %s', (name) => {
    for (const ignoreCase of [false, true]) check(`[[:${name}:]]\n!a[![:${name}:]a]`, ignoreCase)
  })

  const part = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NAMES, ...DEEP) },
    { weight: 4, arbitrary: fc.constantFrom('*', '**', '?', 'a', 'f', '.', '-') },
    { weight: 1, arbitrary: fc.constantFrom('\\a', '\\*', '\\[', '\\ ', '\\', ' ', '***', '[', ']', '[!a]', '[^f]') },
    { weight: 1, arbitrary: fc.constantFrom('[a-f]', '[A-C]', '[]-a]', '[[:alpha:]]', '[![:upper:]b]', '[a', '[B]') },
  )
  const segment = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
  const pattern = fc
    .tuple(
      fc.constantFrom('', '', '!'),
      fc.constantFrom('', '', '/', '**/'),
      fc.array(fc.oneof(segment, fc.constantFrom('**', '*', 'a', 'ab')), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '', '/', '/**', '/*', ' ', '\r'),
    )
    .map(([not, anchor, segments, end]) => not + anchor + segments.join('/') + end)
    // Before git 2.41 what such stars mean hung on addresses in memory.
    .filter((text) => !/[^/*!]\*\*+(?:\/|\\\/|$)/.test(text))

  it('are read as git reads them, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 5 }), fc.boolean(), (patterns, ignoreCase) =>
        check(patterns.join('\n'), ignoreCase),
      ),
      { numRuns: 300 },
    )
  })
})
