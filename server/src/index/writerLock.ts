import { accessSync, chmodSync, constants, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { readPlainTextIfThere, statIfThere } from '../base/fsx.ts'
import { narrowModes } from '../base/ownModes.ts'
import { indexLocked, storageUnusable } from '../contract/errorCodes.ts'
import { type Database, hasSqliteCode, openDatabase, SQLITE } from './sqlite.ts'
import { asIndexError } from './storageFailure.ts'

/**
 * The right to write one index, held by one process at a time. It is an exclusive transaction on a database of its
 * own, so the system releases it the moment its owner dies, however that happens: there is no stale lock to wait for or
 * to take over, and no heartbeat to miss while the owner is busy.
 */
export class WriterLock {
  private constructor(
    private readonly directory: string,
    private readonly database: Database,
    /** Which file is locked: another one may come to stand in its place. */
    private readonly identity: string,
  ) {}

  /**
   * `E_LOCKED` where another process holds it, `E_STORAGE` or `E_DISK_FULL` where this one may not write. What else lies
   * in the lock's place is put aside. Makes the folder where it is not there. Whoever has it has the index to himself:
   * what others may read of it, because a version before or a copy left it so, is closed to them.
   */
  static acquire(directory: string): WriterLock {
    const file = path.join(directory, LOCK_FILE)
    try {
      makeFolders(directory)
      // Where only reading is allowed SQLite would grant a "lock" that keeps nobody out.
      accessSync(directory, constants.W_OK)
      mend(file)
    } catch (error) {
      throw asIndexError(error, directory)
    }
    const database = lockedDatabase(directory, file)
    nameOwner(directory)
    narrowModes(directory)
    return new WriterLock(directory, database, identityOf(file))
  }

  /** Undefined where another process holds it, or where this one may not write. */
  static tryAcquire(directory: string): WriterLock | undefined {
    try {
      return WriterLock.acquire(directory)
    } catch (error) {
      if (error instanceof AppError && error.code !== 'E_NODE_FEATURE') return undefined
      throw error
    }
  }

  /** Whether the locked file is still the one that others look at: the folder may be gone, or be another one. */
  isHeld(): boolean {
    return identityOf(path.join(this.directory, LOCK_FILE)) === this.identity
  }

  release(): void {
    try {
      if (this.isHeld()) rmSync(path.join(this.directory, OWNER_FILE), { force: true })
    } catch {
      // It only names the owner in messages.
    }
    try {
      this.database.exec('ROLLBACK')
    } finally {
      this.database.close()
    }
  }
}

/** Whether a file of the index's folder belongs to the lock; SQLite keeps a journal beside its own. */
export const isLockFile = (name: string): boolean => name === OWNER_FILE || name.startsWith(LOCK_FILE)

/** For messages: who holds the lock, as far as is known. */
export function lockOwner(directory: string): string {
  const pid = readPlainTextIfThere(path.join(directory, OWNER_FILE))
  return pid === undefined ? 'unknown' : `process ${pid}`
}

/** With those above it. What Node's own way fails with says little: a disk that can only be read is `ENOENT` to it. */
function makeFolders(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (statIfThere(directory)?.isDirectory()) return
    if (code !== 'ENOENT' || path.dirname(directory) === directory) throw error
    makeFolders(path.dirname(directory))
    mkdirSync(directory, { mode: 0o700 })
  }
}

/** The file has to be one, and ours to write; nothing in it matters. */
function mend(file: string): void {
  const stat = statIfThere(file)
  if (!stat) return
  if (!stat.isFile()) rmSync(file, { recursive: true, force: true })
  else if ((stat.mode & OWN_ACCESS) !== OWN_ACCESS) chmodSync(file, 0o600)
}

function lockedDatabase(directory: string, file: string): Database {
  for (let attempt = 1; ; attempt++) {
    let database: Database | undefined
    try {
      database = openDatabase(file, { journal: 'delete' })
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
      return database
    } catch (error) {
      database?.close()
      if (error instanceof AppError) throw error
      if (hasSqliteCode(error, SQLITE.busy)) throw indexLocked(lockOwner(directory))
      if (attempt > 1 || !hasSqliteCode(error, SQLITE.notADatabase)) {
        throw storageUnusable(directory, (error as Error).message, error)
      }
      // Emptied in its place: whoever has it open sees the same file.
      truncateSync(file)
    }
  }
}

/** Only messages name the owner: a full disk must not keep anybody from searching. */
function nameOwner(directory: string): void {
  const file = path.join(directory, OWNER_FILE)
  try {
    rmSync(file, { recursive: true, force: true })
    writeFileSync(file, String(process.pid), { mode: 0o600, flag: 'wx' })
  } catch {
    // See above.
  }
}

function identityOf(file: string): string {
  const stat = statIfThere(file)
  return stat ? `${stat.dev}:${stat.ino}` : ''
}

const LOCK_FILE = 'writer.lock'
const OWNER_FILE = 'writer.pid'
const OWN_ACCESS = 0o600
