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

  it('forgets files that would lie outside of the folder, however they came in', () => {
    const file = catalogFile()
    const catalog = Catalog.open(file)
    const ways = ['../../etc/passwd', '/etc/passwd', 'a/../../b', '', '.', 'a//b']
    catalog.apply([
      fileInput('a.go', ['one']),
      ...ways.map((way) => fileInput(way, ['two'])),
      fileInput('..b/c', ['three']),
    ])
    const reader = Catalog.open(file, { readOnly: true })
    for (const each of [reader, catalog]) expect(content(each)).toEqual({ 'a.go': ['one'], '..b/c': ['three'] })
    reader.close()
    catalog.close()
    const database = openDatabase(file)
    expect(database.prepare('SELECT count(*) AS n FROM units').get()).toEqual({ n: 2 })
    database.close()
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

  it('takes columns on that came later, and those who do not know them go on reading and writing', () => {
    const file = catalogFile()
    Catalog.open(file).close()
    const older = openDatabase(file)
    for (const [table, columns] of Object.entries(LATER_COLUMNS)) {
      for (const column of columns) older.exec(`ALTER TABLE ${table} DROP COLUMN ${column}`)
    }
    const addOld = (path: string) =>
      older.exec(`INSERT INTO files (path, size_bytes, mtime_ms, content_hash, language, outcome)
        VALUES ('${path}', 1, 2, 'hash', 'go', 'ok')`)
    addOld('old.go')
    const reader = Catalog.open(file, { readOnly: true })
    expect(reader.load()).toMatchObject([{ path: 'old.go', ctimeMs: undefined, inode: undefined }])
    reader.close()
    const catalog = Catalog.open(file)
    const stat = { sizeBytes: 1, mtimeMs: 2, ctimeMs: 1e12 + 0.25, inode: 2 ** 60 + 2 ** 20 }
    const input = fileInput('new.go', ['one'], stat)
    Object.assign(input.units[0]!, { linesHash: 2 ** 50 - 1, headHash: 2 ** 52 - 1 })
    catalog.apply([input])
    addOld('older.go')
    expect(catalog.load().map(({ path, ctimeMs, inode }) => ({ path, ctimeMs, inode }))).toEqual([
      { path: 'old.go' },
      { path: 'new.go', ctimeMs: stat.ctimeMs, inode: stat.inode },
      { path: 'older.go' },
    ])
    expect(catalog.load()[1]!.units).toEqual(input.units)
    catalog.touch([{ path: 'old.go', ...stat }])
    expect(catalog.load()[0]).toMatchObject(stat)
    older.close()
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

const LATER_COLUMNS = { files: ['ctime_ms', 'inode', 'rules'], units: ['lines_hash', 'head_hash'] }
