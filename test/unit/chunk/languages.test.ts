import { describe, expect, it } from 'vitest'
import { languageOf } from '../../../server/src/chunk/languages.ts'

describe('languageOf', () => {
  const check = (path: string, id: string, firstLine?: string) =>
    it(`${path}${firstLine ? ` with ${firstLine}` : ''} is ${id}`, () => {
      expect(languageOf(path, firstLine).languageId).toBe(id)
    })

  check('src/a.ts', 'typescript')
  check('src/a.TSX', 'typescriptreact')
  check('a.d.ts', 'typescript')
  check('include/uv.h', 'cpp')
  check('Makefile', 'makefile')
  check('docker/Dockerfile.dev', 'dockerfile')
  check('tsconfig.json', 'jsonc')
  check('README', 'plaintext')
  check('C:\\code\\x.py', 'python')
  check('bin/tool', 'python', '#!/usr/bin/env python3')
  check('bin/tool', 'python', '#!/usr/local/bin/python3.11 -u')
  check('bin/tool', 'shellscript', '#!/bin/sh -e')
  check('bin/tool', 'javascript', '#!/usr/bin/env -S node --flag')
  check('bin/tool', 'plaintext', '#!')
  check('noise.unheardof', 'plaintext')
  check('', 'plaintext')

  it('tells prose from code', () => {
    expect(languageOf('docs/guide.md').space).toBe('docs')
    expect(languageOf('package.json').space).toBe('code')
    expect(languageOf('LICENSE').space).toBe('docs')
  })
})
