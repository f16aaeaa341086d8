import { renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { LiveFile } from '../../../server/src/engine/liveFile.ts'
import { RecentTexts } from '../../../server/src/engine/recentTexts.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

it('has a text until its file changes, be it to one of equal length', () => {
  const folder = temporaryFolder()
  const file = path.join(folder, 'a.go')
  writeFiles(folder, { 'a.go': 'one', 'b.go': 'two' })
  const texts = new RecentTexts(undefined, later)
  texts.put(file, statSync(file), new LiveFile('one'))
  expect(texts.get(file, statSync(file))?.text.text).toBe('one')
  renameSync(path.join(folder, 'b.go'), file)
  expect(texts.get(file, statSync(file))).toBeUndefined()
})

it('keeps the latest ones within its room', () => {
  const folder = temporaryFolder()
  writeFiles(folder, { a: 'aaaa', b: 'bbbb', c: 'cccc' })
  const stats = statSync(path.join(folder, 'a'))
  const texts = new RecentTexts(9, later)
  const known = () => ['a', 'b', 'c'].filter((file) => texts.get(file, stats))
  texts.put('a', stats, new LiveFile('aaaa'))
  texts.put('b', stats, new LiveFile('bbbb'))
  texts.get('a', stats)
  texts.put('c', stats, new LiveFile('cccc'))
  expect(known()).toEqual(['a', 'c'])
  texts.put('a', stats, new LiveFile('a'.repeat(20)))
  expect(known()).toEqual([])
})

it('does not keep a file that has only just changed: the next change might not show', () => {
  const folder = temporaryFolder()
  writeFiles(folder, { 'a.go': 'one' })
  const stats = statSync(path.join(folder, 'a.go'))
  const texts = new RecentTexts()
  expect(texts.put('a.go', stats, new LiveFile('one')).text.text).toBe('one')
  expect(texts.get('a.go', stats)).toBeUndefined()
})

/** The files of these tests are old by then. */
const later = () => Date.now() + 10_000
