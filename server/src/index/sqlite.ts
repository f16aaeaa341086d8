import { createRequire } from 'node:module'
import { claimFile } from '../base/ownModes.ts'
import { nodeFeatureMissing } from '../contract/errorCodes.ts'

/** The part of the `node:sqlite` API that the catalog uses. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Statement {
  run(...values: SqlValue[]): { lastInsertRowid: number | bigint }
  all(...values: SqlValue[]): Record<string, SqlValue>[]
  get(...values: SqlValue[]): Record<string, SqlValue> | undefined
}

export type SqlValue = string | number | bigint | Uint8Array | null

/**
 * Opens a database, in WAL mode by default: through the runtime's own `node:sqlite` (Node 22.13 and later, so every supported
 * editor), else through `@photostructure/sqlite`, which has the same API. Neither leaves a lock behind when killed. What
 * SQLite makes beside the file has its mode: for the user alone.
 */
export function openDatabase(file: string, options: { readOnly?: boolean; journal?: 'wal' | 'delete' } = {}): Database {
  const { DatabaseSync } = loadSqlite()
  if (!options.readOnly && file !== ':memory:') claimFile(file)
  const database = new DatabaseSync(file, { readOnly: options.readOnly ?? false })
  try {
    database.exec('PRAGMA busy_timeout = 5000')
    if (!options.readOnly && options.journal !== 'delete') {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON')
    }
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/** The low byte is the primary result code (https://sqlite.org/rescode.html); some calls of a driver give a text only. */
export function hasSqliteCode(error: unknown, { code, text }: SqliteCode): boolean {
  const { errcode, message } = error as { errcode?: number; message: string }
  return ((errcode ?? 0) & 0xff) === code || message.includes(text)
}

interface SqliteCode {
  code: number
  /** What its message says. */
  text: string
}

export const SQLITE = {
  busy: { code: 5, text: 'database is locked' },
  readOnly: { code: 8, text: 'readonly database' },
  ioError: { code: 10, text: 'disk I/O' },
  malformed: { code: 11, text: 'is malformed' },
  full: { code: 13, text: 'disk is full' },
  cannotOpen: { code: 14, text: 'unable to open' },
  notADatabase: { code: 26, text: 'is not a database' },
} satisfies Record<string, SqliteCode>

type SqliteModule = { DatabaseSync: new (file: string, options: { readOnly: boolean }) => Database }
let loaded: SqliteModule | undefined

function loadSqlite(): SqliteModule {
  if (loaded) return loaded
  // Resolved at run time: which of the two is there depends on the runtime, and bundlers must leave both alone.
  const load = createRequire(typeof __filename === 'string' ? __filename : import.meta.url)
  for (const name of ['node:sqlite', '@photostructure/sqlite']) {
    try {
      loaded = withoutWarning(() => load(name) as SqliteModule)
      return loaded
    } catch {
      // The next one, or the error below.
    }
  }
  throw nodeFeatureMissing('SQLite')
}

/** `node:sqlite` warns that it is experimental on standard error, which belongs to results and real warnings. */
function withoutWarning<T>(load: () => T): T {
  const emit = process.emitWarning
  process.emitWarning = (() => {}) as typeof process.emitWarning
  try {
    return load()
  } finally {
    process.emitWarning = emit
  }
}
