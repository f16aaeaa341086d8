import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { statIfThere } from '../base/fsx.ts'
import { copyToOwn } from '../base/ownModes.ts'
import { isInside } from '../base/workspaceFiles.ts'
import { diskFull, indexCorrupt, indexFormatNewer, storageUnusable } from '../contract/errorCodes.ts'
import { TEMPORARY_PREFIXES } from '../contract/locality.ts'
import { type Database, hasSqliteCode, openDatabase, SQLITE, type SqlValue } from './sqlite.ts'
import { asIndexError, asReadError } from './storageFailure.ts'
import type { FileInput, FileRow, FileStat, UnitInput } from './types.ts'

/** A file with its units, as the catalog keeps them. */
export interface CatalogFile extends FileRow {
  units: UnitInput[]
}

/** A text whose file was deleted, or that a rule left out. */
export interface DeletedText {
  /** Content key. */
  key: string
  /** What git's HEAD was before; null where the text goes whatever became of that. */
  head: string | null
  sinceMs: number
}

/**
 * The view of one folder on disk: its files and their units, in SQLite (FORMAT.md, "Catalog"). Holds no text and no
 * vectors, only content keys.
 */
export class Catalog {
  private constructor(
    private readonly database: Database,
    private readonly file: string,
    private readonly isReadOnly: boolean,
    /** Opened for reading before its writer had laid it out. */
    private readonly isBlank: boolean,
    /** Where a copy lies that is read instead of the file; goes with `close`. */
    private readonly copyDirectory: string | undefined,
  ) {}

  /** Opens or creates; `E_INDEX_FORMAT` for a newer catalog, `E_INDEX_CORRUPT` for what is no catalog, `E_STORAGE`. */
  static open(file: string, options: { readOnly?: boolean } = {}): Catalog {
    return translated(file, () => Catalog.#open(file, options))
  }

  static #open(file: string, options: { readOnly?: boolean }): Catalog {
    checkFiles(file, options)
    const { database, copyDirectory } = options.readOnly ? openToRead(file) : { database: openDatabase(file) }
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
    if (version > CATALOG_VERSION) {
      database.close()
      if (copyDirectory) rmSync(copyDirectory, { recursive: true, force: true })
      throw indexFormatNewer(version, CATALOG_VERSION)
    }
    if (version < CATALOG_VERSION && !options.readOnly) {
      database.exec(SCHEMA)
      database.exec(`INSERT OR IGNORE INTO meta (key, value) VALUES ('${BUILT}', '0')`)
      database.exec(`PRAGMA user_version = ${CATALOG_VERSION}`)
    }
    if (!options.readOnly) {
      addColumns(database)
      database.exec(`PRAGMA secure_delete = ON; ${DELETED_TEXTS}`)
      if (version === 0) {
        database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(SCRUBBED, '1')
      }
    }
    const isReadOnly = options.readOnly === true
    return new Catalog(database, file, isReadOnly, isReadOnly && version === 0, copyDirectory)
  }

  /**
   * Replaces the given files with their units and forgets `removed`, all or nothing; notes what texts are to be erased.
   * `E_DISK_FULL`: nothing.
   */
  apply(files: FileInput[], removed: string[] = [], deleted: readonly DeletedText[] = []): void {
    this.#transaction(() => {
      const note = this.database.prepare('INSERT OR REPLACE INTO deleted_texts (key, head, since_ms) VALUES (?, ?, ?)')
      for (const { key, head, sinceMs } of deleted) note.run(key, head, sinceMs)
      const deleteFile = this.database.prepare('DELETE FROM files WHERE path = ?')
      const insertFile = this.database.prepare(
        `INSERT INTO files (path, size_bytes, mtime_ms, content_hash, language, outcome, ctime_ms, inode, rules)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      const insertUnit = this.database.prepare(
        `INSERT INTO units (file_id, kind, name, container, start_line, end_line, name_line, space, body_key, context_key,
           lines_hash, head_hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      for (const path of removed) deleteFile.run(path)
      for (const file of files) {
        deleteFile.run(file.path)
        const { path, sizeBytes, mtimeMs, ctimeMs = null, inode = null, rules = null } = file
        const { contentHash, language, outcome } = file
        const facts = [path, sizeBytes, mtimeMs, contentHash, language, outcome, ctimeMs, inode, rules]
        const { lastInsertRowid } = insertFile.run(...facts)
        for (const unit of file.units) {
          insertUnit.run(
            lastInsertRowid,
            unit.kind,
            unit.name,
            unit.container,
            unit.startLine,
            unit.endLine,
            unit.nameLine,
            unit.space,
            unit.bodyKey,
            unit.contextKey,
            unit.linesHash ?? null,
            unit.headHash ?? null,
          )
        }
      }
    })
  }

  /** Records what the file system now says of files whose content is the same. */
  touch(files: ({ path: string } & FileStat)[]): void {
    if (files.length === 0) return
    this.#transaction(() => {
      const update = this.database.prepare(
        'UPDATE files SET size_bytes = ?, mtime_ms = ?, ctime_ms = ?, inode = ? WHERE path = ?',
      )
      for (const { path, sizeBytes, mtimeMs, ctimeMs = null, inode = null } of files) {
        update.run(sizeBytes, mtimeMs, ctimeMs, inode, path)
      }
    })
  }

  /** Records how files were read and cut whose units are the ones that are kept: their rules, and hashes of their lines. */
  mark(files: FileInput[]): void {
    if (files.length === 0) return
    this.#transaction(() => {
      const file = this.database.prepare(
        'UPDATE files SET size_bytes = ?, mtime_ms = ?, ctime_ms = ?, inode = ?, rules = ? WHERE path = ?',
      )
      const unitIds = this.database.prepare(
        'SELECT units.id FROM units JOIN files ON file_id = files.id WHERE path = ? ORDER BY start_line, units.id',
      )
      const unit = this.database.prepare('UPDATE units SET lines_hash = ?, head_hash = ? WHERE id = ?')
      for (const { path, sizeBytes, mtimeMs, ctimeMs = null, inode = null, rules = null, units } of files) {
        file.run(sizeBytes, mtimeMs, ctimeMs, inode, rules, path)
        unitIds.all(path).forEach(({ id }, i) => {
          unit.run(units[i]!.linesHash ?? null, units[i]!.headHash ?? null, id!)
        })
      }
    })
  }

  /**
   * Every file with its units in line order. O(index). What a damaged or forged catalog has of files that would lie
   * outside of the folder is forgotten.
   */
  load(): CatalogFile[] {
    if (this.isBlank) return []
    const files = translated(this.file, () => this.#load())
    const outside = files.filter((file) => !isInside(file.path))
    if (outside.length === 0) return files
    if (!this.isReadOnly) {
      const forget = this.database.prepare('DELETE FROM files WHERE path = ?')
      this.#transaction(() => outside.forEach((file) => void forget.run(file.path)))
    }
    return files.filter((file) => isInside(file.path))
  }

  #load(): CatalogFile[] {
    const units = new Map<SqlValue, UnitInput[]>()
    for (const row of this.database.prepare('SELECT * FROM units ORDER BY file_id, start_line, id').all()) {
      const list = units.get(row.file_id!)
      if (list) list.push(unitOf(row))
      else units.set(row.file_id!, [unitOf(row)])
    }
    return this.database
      .prepare('SELECT * FROM files')
      .all()
      .map((row) => {
        const own = units.get(row.id!) ?? []
        return {
          path: String(row.path),
          sizeBytes: Number(row.size_bytes),
          mtimeMs: Number(row.mtime_ms),
          contentHash: String(row.content_hash),
          language: String(row.language),
          outcome: String(row.outcome),
          ctimeMs: numberOf(row.ctime_ms),
          inode: numberOf(row.inode),
          rules: row.rules === null || row.rules === undefined ? undefined : String(row.rules),
          nUnits: own.length,
          units: own,
        }
      })
  }

  /** How many paths the last look at the whole folder left out, by reason; undefined before the first. */
  skipped(): Record<string, number> | undefined {
    try {
      const known: unknown = this.isBlank ? undefined : JSON.parse(this.getMeta('skipped') ?? 'null')
      const entries = Object.entries(known ?? {}).filter(([, n]) => Number.isSafeInteger(n))
      return known ? Object.fromEntries(entries) : undefined
    } catch {
      return undefined
    }
  }

  /** Writes nothing where it says so already. `E_DISK_FULL`. */
  noteSkipped(skipped: Record<string, number>): void {
    const text = JSON.stringify(Object.fromEntries(Object.entries(skipped).sort()))
    if (this.getMeta('skipped') !== text) translated(this.file, () => this.setMeta('skipped', text))
  }

  /**
   * Whether a run over the whole folder has ever come to its end, so that what is not here is not there; undefined for
   * a catalog from before this was noted.
   */
  get isBuilt(): boolean | undefined {
    const built = this.isBlank ? '0' : this.getMeta(BUILT)
    return built === undefined ? undefined : built === '1'
  }

  setBuilt(): void {
    if (this.isBuilt !== true) translated(this.file, () => this.setMeta(BUILT, '1'))
  }

  getMeta(key: string): string | undefined {
    const value = this.database.prepare('SELECT value FROM meta WHERE key = ?').get(key)?.value
    return value === undefined || value === null ? undefined : String(value)
  }

  setMeta(key: string, value: string): void {
    this.database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value)
  }

  /** Texts that are to be erased from the stores. */
  deletedTexts(): DeletedText[] {
    const rows = this.database.prepare('SELECT key, head, since_ms FROM deleted_texts').all()
    return rows.map((row) => ({
      key: String(row.key),
      head: row.head === null ? null : String(row.head),
      sinceMs: Number(row.since_ms),
    }))
  }

  /** They are erased, or stay after all. */
  forgetDeleted(keys: Iterable<string>): void {
    this.#transaction(() => {
      const forget = this.database.prepare('DELETE FROM deleted_texts WHERE key = ?')
      for (const key of keys) forget.run(key)
    })
  }

  /**
   * Leaves nothing of deleted rows in the files: pages are overwritten as rows go, and here the log is emptied. The first
   * time in a catalog of an earlier Lateral all is written anew. False while a reader keeps the log.
   */
  scrub(): boolean {
    return translated(this.file, () => {
      if (this.getMeta(SCRUBBED) === undefined) {
        this.database.exec('VACUUM')
        this.setMeta(SCRUBBED, '1')
      }
      return Number(this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy ?? 0) === 0
    })
  }

  /** Leaves everything in the one file: a driver may keep the log open until its statements are collected. */
  close(): void {
    try {
      if (!this.isReadOnly) this.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // The log is read at the next open.
    }
    this.database.close()
    if (this.copyDirectory) rmSync(this.copyDirectory, { recursive: true, force: true })
  }

  #transaction(work: () => void): void {
    translated(this.file, () => {
      this.database.exec('BEGIN IMMEDIATE')
      try {
        work()
        this.database.exec('COMMIT')
      } catch (error) {
        this.#rollBack()
        throw error
      }
    })
  }

  #rollBack(): void {
    try {
      this.database.exec('ROLLBACK')
    } catch {
      // A full disk has rolled back already.
    }
  }
}

/**
 * A database in WAL mode can be read only where its log can be made. In a folder that may only be read, and on a full
 * disk, a copy of the file and its log is read instead.
 */
function openToRead(file: string): { database: Database; copyDirectory?: string } {
  let tried: Database | undefined
  try {
    tried = openDatabase(file, { readOnly: true })
    tried.prepare('PRAGMA user_version').get()
    return { database: tried }
  } catch (error) {
    tried?.close()
    const needsCopy = [SQLITE.cannotOpen, SQLITE.ioError, SQLITE.readOnly].some((code) => hasSqliteCode(error, code))
    if (!needsCopy) throw error
  }
  const copyDirectory = copyFolder()
  try {
    const copy = path.join(copyDirectory, path.basename(file))
    for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) copyToOwn(file + suffix, copy + suffix)
    return { database: openDatabase(copy), copyDirectory }
  } catch (error) {
    rmSync(copyDirectory, { recursive: true, force: true })
    throw error
  }
}

function copyFolder(): string {
  try {
    return mkdtempSync(path.join(tmpdir(), TEMPORARY_PREFIXES.catalog))
  } catch (error) {
    throw asIndexError(error, tmpdir())
  }
}

/**
 * What lies in a file's place: SQLite would wait for the other end of a pipe. A log that is no file is put aside by the
 * writer, since what it held is lost.
 */
function checkFiles(file: string, { readOnly }: { readOnly?: boolean }): void {
  for (const suffix of ['', '-wal', '-shm']) {
    const stat = statIfThere(file + suffix)
    if (!stat || stat.isFile()) continue
    if (suffix === '' || readOnly) throw indexCorrupt(path.basename(file + suffix), 'it is no file')
    rmSync(file + suffix, { recursive: true, force: true })
  }
}

/** SQLite fails to make its log on a full disk with no more than "disk I/O error". */
function hasNoRoom(directory: string): boolean {
  const { bavail, bsize } = statfsSync(directory)
  return bavail * bsize < LOG_BYTES
}

/** SQLite's own errors in the index's words: a full disk, a damaged file. */
function translated<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError) throw error
    const [directory, { message }] = [path.dirname(file), error as Error]
    const is = (code: keyof typeof SQLITE) => hasSqliteCode(error, SQLITE[code])
    if (is('full') || (is('ioError') && hasNoRoom(directory))) throw diskFull(directory, error)
    const isOfOthers = /^no such (column|table)\b/.test(message)
    if (is('malformed') || is('notADatabase') || isOfOthers) throw indexCorrupt(path.basename(file), message)
    if (is('readOnly') || is('ioError') || is('cannotOpen')) throw storageUnusable(directory, message, error)
    throw asReadError(error, file)
  }
}

function unitOf(row: Record<string, SqlValue>): UnitInput {
  return {
    kind: row.kind as UnitInput['kind'],
    name: String(row.name),
    container: String(row.container),
    startLine: Number(row.start_line),
    endLine: Number(row.end_line),
    nameLine: Number(row.name_line),
    space: row.space as UnitInput['space'],
    bodyKey: String(row.body_key),
    contextKey: String(row.context_key),
    linesHash: numberOf(row.lines_hash),
    headHash: numberOf(row.head_hash),
  }
}

/** Of a column that may be NULL, or lacking. */
const numberOf = (value: SqlValue | undefined) => (value === null || value === undefined ? undefined : Number(value))

/**
 * Columns that came after version 1, and that its readers and writers do without: they name theirs. What they write has
 * NULL here, which is to say unknown.
 */
function addColumns(database: Database): void {
  for (const [table, columns] of Object.entries(ADDED_COLUMNS)) {
    const there = new Set(
      database
        .prepare(`PRAGMA table_info(${table})`)
        .all()
        .map(({ name }) => name),
    )
    for (const [name, type] of Object.entries(columns)) {
      if (!there.has(name)) database.exec(`ALTER TABLE ${table} ADD COLUMN ${name} ${type}`)
    }
  }
}

const CATALOG_VERSION = 1 // 1: first
/** In `meta`: '1' once a run over the whole folder has ended. */
const BUILT = 'built'
const LOG_BYTES = 256 * 1024

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  size_bytes INTEGER NOT NULL,
  mtime_ms REAL NOT NULL,
  content_hash TEXT NOT NULL,
  language TEXT NOT NULL,
  outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS units (
  id INTEGER PRIMARY KEY,
  file_id INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  container TEXT NOT NULL,
  start_line INTEGER NOT NULL,
  end_line INTEGER NOT NULL,
  name_line INTEGER NOT NULL,
  space TEXT NOT NULL,
  body_key TEXT NOT NULL,
  context_key TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS units_by_file ON units (file_id);
`

/** REAL for what may pass 2^53, such as the inodes of Windows: a driver refuses such integers. */
/** Earlier versions pass it over. */
const DELETED_TEXTS =
  'CREATE TABLE IF NOT EXISTS deleted_texts (key TEXT PRIMARY KEY, head TEXT, since_ms REAL NOT NULL) WITHOUT ROWID'
/** In `meta`: nothing in here is older than the overwriting of deleted rows. */
const SCRUBBED = 'scrubbed'

const ADDED_COLUMNS = {
  files: { ctime_ms: 'REAL', inode: 'REAL', rules: 'TEXT' },
  units: { lines_hash: 'INTEGER', head_hash: 'INTEGER' },
}
