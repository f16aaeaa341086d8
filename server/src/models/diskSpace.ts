import { statfs } from 'node:fs/promises'
import { diskTooSmall } from '../contract/errorCodes.ts'

/** Free bytes for this user on the disk of `directory`; undefined where the system does not tell. */
export type FreeSpace = (directory: string) => Promise<number | undefined>

export const freeSpace: FreeSpace = async (directory) => {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize
  } catch {
    return undefined
  }
}

/** Throws E_DISK_FULL unless `neededBytes` fit, with a little left over for everybody else. */
export async function checkSpace(directory: string, neededBytes: number, free: FreeSpace): Promise<void> {
  const freeBytes = await free(directory)
  if (freeBytes !== undefined && neededBytes > 0 && freeBytes < neededBytes + SPARE_BYTES)
    throw diskTooSmall(directory, megabytes(neededBytes + SPARE_BYTES), megabytes(freeBytes))
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`
const SPARE_BYTES = 16e6
