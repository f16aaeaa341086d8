import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { readPlainTextIfThere, writeFileAtomicSync } from '../base/fsx.ts'
import { asIndexError } from './storageFailure.ts'

/** Which folder an index is of. */
export interface IndexOrigin {
  /** Absolute path of the folder. */
  folder: string
  /** Names of its repository (hashes); indexes that have one in common hold much the same text. */
  repository: string[]
  /** Of the disk on which it was when it was last indexed as a whole: as `stat` numbers devices. */
  device?: number
}

/**
 * Writes `folder.json` (FORMAT.md, section 6) where it is not there yet or says something else; what it says of the device
 * stays where the origin says nothing of it. `E_DISK_FULL`, `E_STORAGE`.
 */
export function writeOrigin(directory: string, origin: IndexOrigin): void {
  const { folder, repository, device = readOrigin(directory)?.device } = origin
  const text = `${JSON.stringify({ formatVersion: ORIGIN_VERSION, folder, repository, device }, null, 1)}\n`
  const file = path.join(directory, ORIGIN_FILE)
  if (readPlainTextIfThere(file) === text) return
  try {
    writeFileAtomicSync(file, text, { overFolder: true })
  } catch (error) {
    throw asIndexError(error, directory)
  }
}

/** Undefined where there is none, or none that this version can read. */
export function readOrigin(directory: string): IndexOrigin | undefined {
  try {
    const text = readPlainTextIfThere(path.join(directory, ORIGIN_FILE)) ?? 'null'
    const { formatVersion, folder, repository, device } = JSON.parse(text)
    const isOurs = formatVersion <= ORIGIN_VERSION && typeof folder === 'string' && Array.isArray(repository)
    if (!isOurs) return undefined
    return { folder, repository: repository.map(String), ...(typeof device === 'number' && { device }) }
  } catch {
    return undefined
  }
}

/** Folders of the other indexes beside `directory` that belong to the same repository, the last written first. */
export function siblingsOf(directory: string, { repository }: IndexOrigin): string[] {
  if (repository.length === 0) return []
  const parent = path.dirname(directory)
  return readdirSync(parent)
    .map((name) => path.join(parent, name))
    .filter((other) => other !== directory && readOrigin(other)?.repository.some((name) => repository.includes(name)))
    .map((other) => ({ other, mtimeMs: statSync(other, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
    .map(({ other }) => other)
}

const ORIGIN_VERSION = 1 // 1: first
const ORIGIN_FILE = 'folder.json'
