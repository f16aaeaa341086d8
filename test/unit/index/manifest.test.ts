import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  emptyManifest,
  fileName,
  MANIFEST_VERSION,
  type Manifest,
  manifestFiles,
  readManifest,
  writeManifest,
} from '../../../server/src/index/manifest.ts'
import { asIndexError } from '../../../server/src/index/storageFailure.ts'
import { writeSynced } from '../../../server/src/index/writeSynced.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { codeOf } from './support.ts'

const entry = (file: string) => ({ file, nDocs: 1, nTokens: 2, sizeBytes: 3 })
const MANIFEST: Manifest = {
  formatVersion: MANIFEST_VERSION,
  generation: 4,
  nextFileNumber: 9,
  segments: [entry('000003.vec'), entry('000007.vec')],
  codec: '000002.codec',
  spools: [entry('000008.spool')],
}

describe('a manifest', () => {
  it('is empty where there is none', () => expect(readManifest(temporaryFolder())).toEqual(emptyManifest()))

  it('comes back as it was written, and replaces the one before', () => {
    const folder = temporaryFolder()
    writeManifest(folder, emptyManifest())
    writeManifest(folder, MANIFEST)
    expect(readManifest(folder)).toEqual(MANIFEST)
    expect(readdirSync(folder)).toEqual(['manifest.json'])
  })

  it('names its files and itself', () => {
    expect([...manifestFiles(MANIFEST)].sort()).toEqual(
      ['000002.codec', '000003.vec', '000007.vec', '000008.spool', 'manifest.json'].sort(),
    )
    expect([...manifestFiles(emptyManifest())]).toEqual(['manifest.json'])
    expect(fileName(12, 'lex')).toBe('000012.lex')
  })

  it.each(['', '{', 'null', '7', '[]', '{"segments": []}', '{"formatVersion": 1}'])('is damaged as %j', (text) => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'manifest.json'), text)
    expect(codeOf(() => readManifest(folder))).toBe('E_INDEX_CORRUPT')
  })

  it('is damaged where it names anything but files of its own folder, whatever its checksum says', () => {
    const outside = [
      '../../x.vec',
      '/etc/passwd',
      'a/000001.vec',
      '..',
      '',
      '000001.vec\0',
      'manifest.json',
      5,
      null,
      {},
    ]
    const forged: unknown[] = [
      ...outside.flatMap((file) => [
        { segments: [{ ...entry('x'), file }] },
        { spools: [{ ...entry('x'), file }] },
        ...(file === undefined ? [] : [{ codec: file }]),
      ]),
      ...[-1, 1.5, 2 ** 60, 'x', null].flatMap((n) => [
        { segments: [{ ...entry('000001.vec'), nTokens: n }] },
        { nextFileNumber: n },
      ]),
      { segments: [null] },
      { spools: 'x' },
    ]
    for (const change of forged) {
      const folder = temporaryFolder()
      writeManifest(folder, { ...MANIFEST, ...(change as object) })
      expect(
        codeOf(() => readManifest(folder)),
        JSON.stringify(change),
      ).toBe('E_INDEX_CORRUPT')
    }
  })

  it('is refused where it is newer', () => {
    const folder = temporaryFolder()
    writeManifest(folder, { ...MANIFEST, formatVersion: MANIFEST_VERSION + 1 })
    expect(codeOf(() => readManifest(folder))).toBe('E_INDEX_FORMAT')
  })
})

describe('writing', () => {
  it('leaves no file behind where it fails', () => {
    const folder = temporaryFolder()
    expect(() => writeSynced(path.join(folder, 'nowhere', 'a.vec'), Buffer.from('text'))).toThrow(
      /a folder is not there/,
    )
    expect(readdirSync(folder)).toEqual([])
  })
  it('names a full disk, and a folder that may not be written', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    expect(asIndexError(full, '/index')).toMatchObject({ code: 'E_DISK_FULL', cause: full })
    expect(asIndexError(Object.assign(new Error('quota'), { code: 'EDQUOT' }), '/index')).toMatchObject({
      code: 'E_DISK_FULL',
    })
    const other = Object.assign(new Error('not yours'), { code: 'EACCES' })
    expect(asIndexError(other, '/index')).toMatchObject({
      code: 'E_STORAGE',
      message: 'The index in /index cannot be written: permission is denied.',
    })
    const bug = new TypeError('a bug')
    expect(asIndexError(bug, '/index')).toBe(bug)
  })
})
