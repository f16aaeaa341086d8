import { accessSync, constants, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { narrowModes } from '../base/ownModes.ts'
import { type Database, openDatabase } from './sqlite.ts'

/**
 * The right to write one index, held by one process at a time. It is an exclusive transaction on a database of its
 * own, so the system releases it the moment its owner dies, however that happens: there is no stale lock to wait for or
 * to take over, and no heartbeat to miss while the owner is busy.
 */
export class WriterLock {
  private constructor(
    private readonly database: Database,
    private readonly ownerFile: string,
  ) {}

  /**
   * Undefined where another process holds it, or where this one may not write. Whoever has it has the index to himself:
   * what others may read of it, because a version before or a copy left it so, is closed to them.
   */
  static tryAcquire(directory: string): WriterLock | undefined {
    const database = openLock(directory)
    if (!database) return undefined
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
    } catch {
      database.close()
      return undefined
    }
    const ownerFile = path.join(directory, OWNER_FILE)
    try {
      writeFileSync(ownerFile, String(process.pid), { mode: 0o600 })
    } catch {
      // Only messages name the owner: a full disk must not keep anybody from searching.
    }
    narrowModes(directory)
    return new WriterLock(database, ownerFile)
  }

  release(): void {
    try {
      rmSync(this.ownerFile, { force: true })
    } finally {
      this.database.exec('ROLLBACK')
      this.database.close()
    }
  }
}

/** Whether a file of the index's folder belongs to the lock; SQLite keeps a journal beside its own. */
export const isLockFile = (name: string): boolean => name === OWNER_FILE || name.startsWith(LOCK_FILE)

/** Undefined in a folder that this process may only read: SQLite would grant a "lock" there that keeps nobody out. */
function openLock(directory: string): Database | undefined {
  const file = path.join(directory, LOCK_FILE)
  try {
    accessSync(directory, constants.W_OK)
    return openDatabase(file, { journal: 'delete' })
  } catch (error) {
    if (error instanceof AppError) throw error
    return undefined
  }
}

/** For messages: who holds the lock, as far as is known. */
export function lockOwner(directory: string): string {
  try {
    return `process ${readFileSync(path.join(directory, OWNER_FILE), 'utf8')}`
  } catch {
    return 'unknown'
  }
}

const LOCK_FILE = 'writer.lock'
const OWNER_FILE = 'writer.pid'
