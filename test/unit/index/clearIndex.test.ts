import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { clearIndex } from '../../../server/src/index/clearIndex.ts'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { codeOf } from './support.ts'

describe('clearing an index without opening it', () => {
  const anIndex = (files: Record<string, string>) => {
    const directory = path.join(temporaryFolder(), 'index')
    writeFiles(directory, files)
    return directory
  }

  it('takes no notice of its format and its health', () => {
    const directory = anIndex({
      'catalog.sqlite': 'no database',
      'lexical/manifest.json': '{"formatVersion": 99, "segments": []}',
    })
    expect(clearIndex(directory)).toBe(11 + 37)
    expect(existsSync(directory)).toBe(false)
  })

  it('is nothing where there is none', () => {
    expect(clearIndex(path.join(temporaryFolder(), 'none'))).toBe(0)
  })

  it('leaves the index of a writer alone', () => {
    const directory = anIndex({ 'lexical/000001.lex': 'words' })
    const lock = WriterLock.tryAcquire(directory)!
    const before = readdirSync(directory, { recursive: true }).sort()
    expect(codeOf(() => clearIndex(directory))).toBe('E_LOCKED')
    expect(readdirSync(directory, { recursive: true }).sort()).toEqual(before)
    lock.release()
    writeFileSync(path.join(directory, 'more'), '')
    expect(clearIndex(directory)).toBe(5)
  })
})
