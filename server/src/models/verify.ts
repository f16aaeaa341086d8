import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { throwIfAborted } from '../base/cancel.ts'
import type { FileCheck, ModelFile } from './types.ts'

export interface FileHashes {
  sizeBytes: number
  sha256: string
  /** sha1 of `blob SIZE\0` and the content, as git names files. */
  gitOid: string
}

/** Reads the file once; about 1 s for 500 MB. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<FileHashes> {
  const { size: sizeBytes } = await stat(file)
  const sha256 = createHash('sha256')
  const gitOid = createHash('sha1').update(`blob ${sizeBytes}\0`)
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    throwIfAborted(signal)
    sha256.update(chunk)
    gitOid.update(chunk)
  }
  return { sizeBytes, sha256: sha256.digest('hex'), gitOid: gitOid.digest('hex') }
}

/** What speaks against `hashes` being those of `expected`, in words; undefined where nothing does. */
export function mismatch(hashes: FileHashes, expected: ModelFile): string | undefined {
  if (hashes.sizeBytes !== expected.sizeBytes) return `it has ${hashes.sizeBytes} bytes, not ${expected.sizeBytes}`
  if (expected.sha256 !== undefined && hashes.sha256 !== expected.sha256)
    return `its sha256 is ${hashes.sha256}, not ${expected.sha256}`
  if (expected.gitOid !== undefined && hashes.gitOid !== expected.gitOid)
    return `its git id is ${hashes.gitOid}, not ${expected.gitOid}`
  return undefined
}

/** Re-hashes the files of a model's folder. The bad ones, each with what is wrong; none means: as it was installed. */
export async function verifyFiles(
  directory: string,
  files: readonly ModelFile[],
  signal?: AbortSignal,
): Promise<FileCheck[]> {
  const bad: FileCheck[] = []
  for (const expected of files) {
    const hashes = await hashFile(path.join(directory, expected.path), signal).catch((error) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    })
    if (!hashes) bad.push({ path: expected.path, problem: 'missing' })
    else if (hashes.sizeBytes !== expected.sizeBytes) bad.push({ path: expected.path, problem: 'wrong-size' })
    else if (mismatch(hashes, expected)) bad.push({ path: expected.path, problem: 'changed' })
  }
  return bad
}
