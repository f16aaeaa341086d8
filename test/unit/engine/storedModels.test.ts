import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { nullLog } from '../../../server/src/base/log.ts'
import { defaultSettings } from '../../../server/src/contract/settings.schema.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { RecentFiles } from '../../../server/src/engine/recentFiles.ts'
import { dropStale, sizeOf, staleStores } from '../../../server/src/engine/staleStores.ts'
import { readStoredModels, storedModels, writeStoredModels } from '../../../server/src/engine/storedModels.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

describe('what an index says of its models', () => {
  const encoder = createFakeEncoder()
  const stored = storedModels({ ...defaultSettings, 'model.docs': 'someone/model' }, { code: encoder, docs: encoder })

  it('is read as it was written', () => {
    const directory = temporaryFolder()
    writeStoredModels(directory, stored)
    expect(readStoredModels(directory)).toEqual(stored)
    expect(stored.models.docs).toMatchObject({ name: 'someone/model', fingerprint: encoder.model.fingerprint, dim: 32 })
  })

  it('is nothing where it is missing, damaged or newer', () => {
    const directory = temporaryFolder()
    expect(readStoredModels(directory)).toBeUndefined()
    for (const text of ['', '{', 'null', '{}', JSON.stringify({ ...stored, formatVersion: 2 })]) {
      writeFileSync(path.join(directory, 'models.json'), text)
      expect(readStoredModels(directory), text).toBeUndefined()
    }
  })
})

describe('stores of models that are not in use', () => {
  it('go from the one that was left longest ago, until the rest fits', () => {
    const index = temporaryFolder()
    const files = ['vectors-new/1.vec', 'vectors-old/1.vec', 'vectors-used/1.vec', 'lexical/1.lex']
    writeFiles(index, Object.fromEntries(files.map((file) => [file, 'x'.repeat(1000)])))
    utimesSync(path.join(index, 'vectors-old/1.vec'), 1, 1)
    const stale = staleStores(index, new Set(['vectors-used']))
    expect(stale.map(({ directory }) => path.basename(directory))).toEqual(['vectors-old', 'vectors-new'])
    expect(sizeOf(stale)).toBe(2000)
    expect(dropStale(stale, 2000, nullLog)).toBe(2000)
    expect(dropStale(stale, 1500, nullLog)).toBe(1000)
    expect(files.map((file) => existsSync(path.join(index, file)))).toEqual([true, false, true, true])
  })
})

describe('files in use', () => {
  it('are told most recently first, each once, and not all of them for ever', () => {
    const recent = new RecentFiles()
    for (const file of ['a', 'b', 'a', 'c']) recent.touch(file)
    expect(recent.paths).toEqual(['c', 'a', 'b'])
    for (let i = 0; i < 1000; i++) recent.touch(`f${i}`)
    expect(recent.paths[0]).toBe('f999')
    expect(recent.paths.length).toBeLessThan(100)
  })
})
