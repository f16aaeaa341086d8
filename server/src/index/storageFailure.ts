import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { isDiskFull } from '../base/fsx.ts'
import { diskFull, indexCorrupt, storageUnusable } from '../contract/errorCodes.ts'

/** The system's errors of writing into `where`, in words: `E_DISK_FULL`, `E_STORAGE`; anything else as it is. */
export function asIndexError(error: unknown, where: string): unknown {
  if (isDiskFull(error)) return diskFull(where, error)
  const problem = PROBLEMS[codeOf(error)]
  return problem === undefined ? error : storageUnusable(where, problem, error)
}

/**
 * The system's errors of reading a file of the index. What cannot be got at by asking again is damage (`E_INDEX_CORRUPT`):
 * the file is missing, is none, or is not ours to read. What may be over soon is `E_STORAGE`.
 */
export function asReadError(error: unknown, file: string): unknown {
  const damage = DAMAGE[codeOf(error)]
  return damage === undefined ? asIndexError(error, path.dirname(file)) : indexCorrupt(path.basename(file), damage)
}

/**
 * Reads one file of a store of many. Gives its damage, with which the others can be used all the same; throws
 * `E_STORAGE` where it may be whole and cannot be got at now, so that nothing is given up for it.
 */
export function readPart(file: string, read: (file: string) => void): Error | undefined {
  try {
    read(file)
    return undefined
  } catch (raw) {
    const error = asReadError(raw, file)
    if (error instanceof AppError && error.code === 'E_STORAGE') throw error
    return error as Error
  }
}

/** Makes the folder of a store. What else has its name is damage (`E_INDEX_CORRUPT`). */
export function makeStoreFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw indexCorrupt(path.basename(directory), 'it is no folder')
    throw asIndexError(error, directory)
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException | undefined)?.code ?? ''

const DAMAGE: Record<string, string> = {
  ENOENT: 'it is missing',
  ENOTDIR: 'its folder is a file',
  EISDIR: 'it is no file',
  ENOTFILE: 'it is no file',
  ENXIO: 'it is no file',
  EFBIG: 'it is larger than any that Lateral writes',
  ELOOP: 'it is a link to itself',
  // On Windows somebody else may just have it open.
  ...(process.platform !== 'win32' && { EACCES: 'it may not be read', EPERM: 'it may not be read' }),
  EIO: 'the disk cannot read it',
}

const IN_ITS_PLACE = 'something else stands in the place of a file or folder'

const PROBLEMS: Record<string, string> = {
  EROFS: 'its disk can only be read',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  ENOENT: 'a folder is not there',
  ENOTDIR: IN_ITS_PLACE,
  EISDIR: IN_ITS_PLACE,
  ENOTFILE: IN_ITS_PLACE,
  ENOTEMPTY: IN_ITS_PLACE,
  EEXIST: IN_ITS_PLACE,
  ELOOP: IN_ITS_PLACE,
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk does not do it',
  ENODEV: 'the disk is not there',
  ESTALE: 'the disk is not there',
  ENOTCONN: 'the disk is not there',
  ETIMEDOUT: 'the disk does not answer',
  EHOSTDOWN: 'the disk does not answer',
  EBUSY: 'something else uses it',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
}
