import { describe, expect, it } from 'vitest'
import { GitPatterns } from '../../../../server/src/base/glob/gitPatterns.ts'
import { Globs } from '../../../../server/src/base/glob/globs.ts'

/** Patterns over which engines that go back need more time than there is; `n` says how often the bad part comes. */
const BOMBS: [string, (n: number) => string, (n: number) => string][] = [
  ['folders of any depth', (n) => `${'a/**/'.repeat(n)}b`, (n) => `${'a/'.repeat(n)}a`],
  ['folders of any depth and a name', (n) => `${'**/a/**/*a'.repeat(n)}/b`, (n) => `${'aa/'.repeat(n)}a`],
  ['stars and letters', (n) => '*a'.repeat(n), (n) => `${'a'.repeat(n)}b`],
  ['stars and dots', (n) => `${'*.'.repeat(n)}x`, (n) => '.'.repeat(n)],
  ['question marks', (n) => `*${'?'.repeat(n)}*`, (n) => 'a'.repeat(n)],
  ['stars', (n) => `${'*'.repeat(n)}a`, (n) => 'a'.repeat(n)],
  ['classes', (n) => '*[ab]'.repeat(n), (n) => `${'ab'.repeat(n)}c`],
  ['classes that never end', (n) => '[['.repeat(n), (n) => '[['.repeat(n)],
  ['classes of classes', (n) => `[${'[:alpha:]'.repeat(n)}`, (n) => 'a'.repeat(n)],
  ['braces side by side', (n) => '{a,b}'.repeat(n), (n) => 'ab'.repeat(n)],
  ['braces with nothing in them', (n) => '{a,}'.repeat(n), (n) => 'a'.repeat(n)],
  ['braces with stars', (n) => '{*a,*b,}'.repeat(n), (n) => 'ab'.repeat(n)],
  ['braces in braces', (n) => `${'{a,'.repeat(n)}b${'}'.repeat(n)}`, (n) => 'a'.repeat(n)],
  ['braces that never end', (n) => '{a,'.repeat(n), (n) => '{a,'.repeat(n)],
  ['braces that never began', (n) => 'a,}'.repeat(n), (n) => 'a,}'.repeat(n)],
  ['groups in groups', (n) => `${'+('.repeat(n)}a${')'.repeat(n)}`, (n) => `${'a'.repeat(n)}b`],
  ['groups that may be nothing', (n) => '*(a|*(b))'.repeat(n), (n) => `${'ab'.repeat(n)}c`],
  ['brackets of all kinds', (n) => '{(@([+('.repeat(n), (n) => '}])'.repeat(n)],
  ['backslashes', (n) => '\\'.repeat(n), (n) => '\\'.repeat(n)],
]

/** Steps to match a text by a pattern, alone and after another: what is known already must not make it dearer. */
function stepsOf(pattern: string, text: string): number {
  const globs = new Globs([pattern], { groups: true })
  const git = new GitPatterns(pattern)
  globs.matches(text)
  git.lastRule(text, false)
  return Math.max(globs.nSteps, git.nSteps)
}

describe('matching', () => {
  it.each(BOMBS)('takes at most pattern times text: %s', (_, patternOf, textOf) => {
    for (const n of [12, 100, 400]) {
      const [pattern, text] = [patternOf(n), textOf(n)]
      expect(stepsOf(pattern, text)).toBeLessThan(4 * (pattern.length + 2) * (text.length + 2))
    }
  })

  it.each(BOMBS)('ends on a pattern of 64 K and more: %s', (_, patternOf) => {
    const n = Math.ceil(70_000 / patternOf(1).length)
    const path = `${'a/'.repeat(120)}ab.a`
    expect(() => stepsOf(patternOf(n), path)).not.toThrow()
  })

  it('takes no more for many patterns than for each of them alone', () => {
    const names = Array.from({ length: 100_000 }, (_, i) => (i % 2 ? `name${i}*.x` : `/some/${i}/**/a`))
    const patterns = new GitPatterns(names.join('\n'))
    const globs = new Globs(names)
    for (let i = 0; i < 1000; i++) {
      const path = i % 2 ? `q/name${i}.${i % 3 ? 'x' : 'y'}` : `some/${i}/b/c/a`
      const expected = i % 2 === 0 || i % 3 !== 0
      expect(patterns.ignores(path, false), path).toBe(expected || undefined)
      expect(globs.matches(path.replace(/^q\//, '')), path).toBe(i % 2 === 0 ? globs.matches(path) : expected)
    }
    expect(Math.max(patterns.nSteps, globs.nSteps)).toBeLessThan(5_000_000)
  })

  it('forgets rather than fill the memory, and matches on', () => {
    // Each letter of such a text leads to another set of states.
    const bits = (length: number, seed: number) =>
      Array.from({ length }, (_, i) => ((i * i * 7 + seed * i + (i >> 3)) % 5 < 2 ? 'a' : 'b')).join('')
    const globs = new Globs([`*a${'?'.repeat(200)}`])
    for (let seed = 0; seed < 40; seed++) {
      const text = bits(1500, seed)
      expect(globs.matches(text)).toBe(text.at(-201) === 'a')
    }
  })
})
