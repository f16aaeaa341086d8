import { renameSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { RecentTexts } from '../../../server/src/engine/recentTexts.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

it('has a text until its file changes, be it to one of equal length', () => {
  const folder = temporaryFolder()
  const file = path.join(folder, 'a.go')
  writeFiles(folder, { 'a.go': 'one', 'b.go': 'two' })
  const texts = new RecentTexts()
  texts.put(file, statSync(file), 'one')
  expect(texts.get(file, statSync(file))?.text).toBe('one')
  renameSync(path.join(folder, 'b.go'), file)
  expect(texts.get(file, statSync(file))).toBeUndefined()
})

it('keeps the latest ones within its room', () => {
  const folder = temporaryFolder()
  writeFiles(folder, { a: 'aaaa', b: 'bbbb', c: 'cccc' })
  const stats = statSync(path.join(folder, 'a'))
  const texts = new RecentTexts(9)
  const known = () => ['a', 'b', 'c'].filter((file) => texts.get(file, stats))
  texts.put('a', stats, 'aaaa')
  texts.put('b', stats, 'bbbb')
  texts.get('a', stats)
  texts.put('c', stats, 'cccc')
  expect(known()).toEqual(['a', 'c'])
  texts.put('a', stats, 'a'.repeat(20))
  expect(known()).toEqual([])
})
