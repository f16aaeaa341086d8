import { describe, expect, it } from 'vitest'
import { contextText, textKey } from '../../../server/src/ingest/unitText.ts'

describe('the context of a unit', () => {
  it.each([
    ['src/auth/session.ts', 'AuthService', 'src auth session AuthService'],
    ['a/b/c/d/session.test.ts', '', 'b c d session.test'],
    ['README.md', 'Install > Linux', 'README Install > Linux'],
    ['.gitignore', '', '.gitignore'],
    ['bin/run', '', 'bin run'],
  ])('of %s in "%s" is "%s"', (path, container, text) => expect(contextText(path, { container })).toBe(text))

  it('is one for all units of a place', () =>
    expect(textKey(contextText('a/b.ts', { container: 'C' }))).toBe(textKey(contextText('a/b.js', { container: 'C' }))))
})
