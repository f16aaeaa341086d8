import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentKey } from '../../../server/src/base/hash.ts'
import { nullLog } from '../../../server/src/base/log.ts'
import { LexicalFiles } from '../../../server/src/index/lexicalFiles.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { recordingLog } from './support.ts'

const add = (files: LexicalFiles, ...words: string[]) => {
  for (const word of words) files.store.add(contentKey(word), { terms: [word], counts: Uint8Array.of(1) })
}
const has = (files: LexicalFiles, word: string) =>
  files.store.docId(contentKey(word)) !== undefined && files.store.postings(word)?.docs.length === 1
const segmentFiles = (folder: string) => readdirSync(folder).filter((file) => file.endsWith('.lex'))

describe('lexical files', () => {
  it('come back after a commit, and not without one', () => {
    const folder = temporaryFolder()
    const files = LexicalFiles.open(folder, nullLog)
    add(files, 'retry', 'backoff')
    files.commit()
    add(files, 'lost')
    const again = LexicalFiles.open(folder, nullLog)
    expect(['retry', 'backoff', 'lost'].map((word) => has(again, word))).toEqual([true, true, false])
    expect(again.sizeBytes).toBeGreaterThan(0)
  })

  it('write nothing where nothing is new', () => {
    const folder = temporaryFolder()
    const files = LexicalFiles.open(folder, nullLog)
    files.commit()
    expect(readdirSync(folder)).toEqual([])
  })

  it('stay few, and lose nothing by being joined', () => {
    const folder = temporaryFolder()
    const files = LexicalFiles.open(folder, nullLog)
    const words = Array.from({ length: 60 }, (_, i) => `word${i}`)
    for (const word of words) {
      add(files, word)
      files.commit()
    }
    expect(segmentFiles(folder).length).toBeLessThan(12)
    const again = LexicalFiles.open(folder, nullLog)
    expect(words.filter((word) => !has(again, word))).toEqual([])
  })

  it('drop a damaged segment by name, keep the others, and take its words again', () => {
    const folder = temporaryFolder()
    const files = LexicalFiles.open(folder, nullLog)
    add(files, ...Array.from({ length: 50 }, (_, i) => `old${i}`))
    files.commit()
    add(files, 'new')
    files.commit()
    const victim = segmentFiles(folder).sort().at(-1)!
    const bytes = readFileSync(path.join(folder, victim))
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(path.join(folder, victim), bytes)
    const { log, lines } = recordingLog()
    const again = LexicalFiles.open(folder, log)
    expect([has(again, 'old7'), has(again, 'new')]).toEqual([true, false])
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^error: .*${victim}`))])
    add(again, 'new')
    again.commit()
    const third = LexicalFiles.open(folder, nullLog)
    expect([has(third, 'old7'), has(third, 'new')]).toEqual([true, true])
    expect(segmentFiles(folder)).not.toContain(victim)
  })

  it('delete what no manifest names, unless opened for reading', () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, '000009.lex'), 'left by a crash')
    LexicalFiles.open(folder, nullLog, { readOnly: true })
    expect(readdirSync(folder)).toEqual(['000009.lex'])
    LexicalFiles.open(folder, nullLog)
    expect(readdirSync(folder)).toEqual([])
  })

  it('write at the next commit what a failed one could not', () => {
    const folder = path.join(temporaryFolder(), 'lexical')
    const files = LexicalFiles.open(folder, nullLog)
    add(files, 'first')
    files.commit()
    renameSync(folder, `${folder}.away`)
    add(files, 'second')
    expect(() => files.commit()).toThrow(/a folder is not there/)
    add(files, 'third')
    expect(() => files.commit()).toThrow(/a folder is not there/)
    renameSync(`${folder}.away`, folder)
    expect(has(files, 'second')).toBe(true)
    files.commit()
    const again = LexicalFiles.open(folder, nullLog)
    expect(['first', 'second', 'third'].map((word) => has(again, word))).toEqual([true, true, true])
  })
})
