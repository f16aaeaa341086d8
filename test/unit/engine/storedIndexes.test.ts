import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { clearGone, listIndexes } from '../../../server/src/engine/storedIndexes.ts'
import { writeOrigin } from '../../../server/src/index/siblings.ts'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

/** A storage folder with the index of a folder that is there, of one that is gone, and of one nobody knows. */
function storage() {
  const storageDirectory = temporaryFolder()
  const [live, gone] = [temporaryFolder(), path.join(temporaryFolder(), 'gone')]
  const directoryOf = (name: string) => path.join(storageDirectory, 'indexes', name)
  for (const [name, folder] of [
    ['live', live],
    ['gone', gone],
  ] as const) {
    mkdirSync(directoryOf(name), { recursive: true })
    writeOrigin(directoryOf(name), { folder, repository: [] })
    writeFileSync(path.join(directoryOf(name), 'data'), 'x'.repeat(1000))
  }
  mkdirSync(directoryOf('unknown'))
  writeFileSync(path.join(directoryOf('unknown'), 'folder.json'), '{"formatVersion": 99}')
  return { storageDirectory, live, gone, directoryOf }
}

it('lists the indexes of all folders, and says which are gone', () => {
  const { storageDirectory, live, gone } = storage()
  const indexes = listIndexes(storageDirectory)
  expect(indexes.map(({ folder, isGone }) => [folder, isGone])).toEqual(
    [
      [live, false],
      [gone, true],
    ].sort(),
  )
  expect(indexes.every(({ sizeBytes }) => sizeBytes > 1000)).toBe(true)
  rmSync(storageDirectory, { recursive: true })
  expect(listIndexes(storageDirectory)).toEqual([])
})

it('deletes those of folders that are gone, and none that is being written', () => {
  const { storageDirectory, gone, directoryOf } = storage()
  const lock = WriterLock.tryAcquire(directoryOf('gone'))
  expect(clearGone(storageDirectory)).toEqual([])
  lock!.release()
  expect(clearGone(storageDirectory).map(({ folder }) => folder)).toEqual([gone])
  expect(readdirSync(path.join(storageDirectory, 'indexes')).sort()).toEqual(['live', 'unknown'])
})
