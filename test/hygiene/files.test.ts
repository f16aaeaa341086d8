import { describe, expect, it } from 'vitest'
import { codeFiles, read, repositoryFiles } from './repository.ts'

const MAX_LINES = 600
const MAX_MEDIAN_LINES = 150

describe('files', () => {
  const lengths = codeFiles().map((file) => ({ file, nLines: read(file).split('\n').length - 1 }))

  it(`have at most ${MAX_LINES} lines`, () => {
    expect(lengths.filter(({ nLines }) => nLines > MAX_LINES)).toEqual([])
  })

  it(`have a median under ${MAX_MEDIAN_LINES} lines`, () => {
    const sorted = lengths.map(({ nLines }) => nLines).sort((a, b) => a - b)
    expect(sorted[sorted.length >> 1] ?? 0).toBeLessThan(MAX_MEDIAN_LINES)
  })

  it('stand in the fixed folders', () => {
    const folders = new Set(repositoryFiles().flatMap((file) => file.match(/^([^/]+)\//)?.[1] ?? []))
    expect([...folders].filter((name) => !name.startsWith('.')).sort()).toEqual(TOP_FOLDERS)
  })

  it('name no place of one machine', () => {
    const others = repositoryFiles().filter((file) => TEXT.test(file) && !file.startsWith('test/hygiene/'))
    const naming = others.filter((file) => MACHINE_PATH.test(read(file)))
    expect(naming).toEqual([])
  })

  it('carry a full licence', () => {
    expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0[\s\S]+END OF TERMS AND CONDITIONS/)
    expect(JSON.parse(read('package.json')).license).toBe('Apache-2.0')
  })
})

const TOP_FOLDERS = ['client', 'models', 'server', 'syntaxes', 'test']
const TEXT = /\.(ts|mts|mjs|py|md|json|sh|yml|yaml|txt)$|^[^.]*$|run$/
/** A home or working folder of the machine on which something was written; the examples /home/me and /Users/me are fine. */
const MACHINE_PATH =
  /(?<![\w.])\/(home|Users)\/(?!me\b|user\b)[a-z]\w*\/|(?<![\w./])\/(work|root|workspace|tmp)\/[a-z]|registry=http/
