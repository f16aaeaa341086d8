import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { Catalog } from '../../../server/src/index/catalog.ts'
import { openDatabase } from '../../../server/src/index/sqlite.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { codeOf, fileInput } from './support.ts'

const catalogFile = () => path.join(temporaryFolder(), 'catalog.sqlite')
/** Paths with the names of their units. */
const content = (catalog: Catalog) =>
  Object.fromEntries(catalog.load().map((file) => [file.path, file.units.map((unit) => unit.name)]))

describe('the catalog', () => {
  it('keeps files with their units', () => {
    const file = catalogFile()
    const catalog = Catalog.open(file)
    const input = fileInput('src/a.go', ['read', 'write'])
    catalog.apply([input])
    const { units, ...row } = input
    expect(catalog.load()).toEqual([{ ...row, nUnits: 2, units }])
    catalog.close()
    const again = Catalog.open(file)
    expect(again.load()).toEqual([{ ...row, nUnits: 2, units }])
    again.close()
  })

  it('replaces, adds and removes files together, units of the old ones included', () => {
    const catalog = Catalog.open(catalogFile())
    catalog.apply([fileInput('a.go', ['one']), fileInput('b.go', ['two', 'three']), fileInput('c.go', [])])
    catalog.apply([fileInput('b.go', ['four']), fileInput('d.md', ['five'])], ['a.go', 'never there'])
    expect(content(catalog)).toEqual({ 'b.go': ['four'], 'c.go': [], 'd.md': ['five'] })
    catalog.close()
  })

  it('gives units in line order', () => {
    const catalog = Catalog.open(catalogFile())
    const input = fileInput('a.go', ['late', 'early'])
    input.units.reverse()
    catalog.apply([input])
    expect(content(catalog)).toEqual({ 'a.go': ['late', 'early'] })
    catalog.close()
  })

  it('records new times without touching units', () => {
    const catalog = Catalog.open(catalogFile())
    catalog.apply([fileInput('a.go', ['one']), fileInput('b.go', ['two'])])
    catalog.touch([{ path: 'a.go', sizeBytes: 7, mtimeMs: 123456.789 }])
    catalog.touch([])
    const [a, b] = catalog.load()
    expect(a).toMatchObject({ path: 'a.go', sizeBytes: 7, mtimeMs: 123456.789, nUnits: 1 })
    expect(b).toMatchObject({ path: 'b.go', sizeBytes: 100, mtimeMs: 1.5 })
    catalog.close()
  })

  it('keeps everything as it was where one file of an update fails', () => {
    const catalog = Catalog.open(catalogFile())
    catalog.apply([fileInput('a.go', ['one'])])
    const broken = fileInput('c.go', ['three'])
    broken.units[0]!.name = null as never
    expect(() => catalog.apply([fileInput('b.go', ['two']), broken], ['a.go'])).toThrow()
    expect(content(catalog)).toEqual({ 'a.go': ['one'] })
    catalog.apply([fileInput('b.go', ['two'])])
    expect(content(catalog)).toEqual({ 'a.go': ['one'], 'b.go': ['two'] })
    catalog.close()
  })

  it('keeps notes about itself', () => {
    const catalog = Catalog.open(catalogFile())
    expect(catalog.getMeta('chunker')).toBeUndefined()
    catalog.setMeta('chunker', '1')
    catalog.setMeta('chunker', '2')
    expect(catalog.getMeta('chunker')).toBe('2')
    catalog.close()
  })

  it('knows a full disk, and keeps what it had', () => {
    const catalog = Catalog.open(catalogFile())
    catalog.apply([fileInput('a.go', ['one'])])
    // A limit of pages stands for the disk's.
    const database = (catalog as unknown as { database: ReturnType<typeof openDatabase> }).database
    database.exec('PRAGMA max_page_count = 20')
    expect(codeOf(() => catalog.apply([fileInput('b.go', ['x'.repeat(200_000)])], ['a.go']))).toBe('E_DISK_FULL')
    expect(content(catalog)).toEqual({ 'a.go': ['one'] })
    catalog.close()
  })

  it('can be read beside its writer, and before its writer has laid it out', () => {
    const file = catalogFile()
    openDatabase(file).close()
    const early = Catalog.open(file, { readOnly: true })
    expect(early.load()).toEqual([])
    early.close()
    const writer = Catalog.open(file)
    writer.apply([fileInput('a.go', ['one'])])
    const reader = Catalog.open(file, { readOnly: true })
    expect(content(reader)).toEqual({ 'a.go': ['one'] })
    expect(() => reader.apply([], ['a.go'])).toThrow()
    reader.close()
    writer.close()
  })

  it('is damaged where it is no database, and refused where it is newer', () => {
    const file = catalogFile()
    writeFileSync(file, 'not a database, but long enough to be read as one '.repeat(100))
    expect(codeOf(() => Catalog.open(file))).toBe('E_INDEX_CORRUPT')
    const newer = catalogFile()
    const database = openDatabase(newer)
    database.exec('PRAGMA user_version = 99')
    database.close()
    expect(() => Catalog.open(newer)).toThrow(/format 99/)
  })
})
