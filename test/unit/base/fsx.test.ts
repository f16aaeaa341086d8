import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { writeFileAtomicSync } from '../../../server/src/base/fsx.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'lateral-fsx-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('writeFileAtomicSync', () => {
  it('creates and replaces, and leaves nothing beside', () => {
    const file = path.join(folder, 'a.json')
    writeFileAtomicSync(file, 'one')
    writeFileAtomicSync(file, Buffer.from('two'))
    expect(readFileSync(file, 'utf8')).toBe('two')
    expect(readdirSync(folder)).toEqual(['a.json'])
  })
  it('leaves what was there, and no temporary file, where it fails', () => {
    const target = path.join(folder, 'taken')
    mkdirSync(path.join(target, 'inner'), { recursive: true })
    expect(() => writeFileAtomicSync(target, 'text')).toThrow()
    expect(readdirSync(folder).sort()).toEqual(['a.json', 'taken'])
    expect(() => writeFileAtomicSync(path.join(folder, 'nowhere', 'b'), 'text')).toThrow(/ENOENT/)
  })
})
