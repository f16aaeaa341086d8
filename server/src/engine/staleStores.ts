import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { statIfThere } from '../base/fsx.ts'
import type { Log } from '../base/log.ts'
import { readManifest } from '../index/manifest.ts'
import { KeyTable, keyWords } from '../index/plaid/keyTable.ts'
import { readKeys } from '../index/plaid/segmentFile.ts'
import type { OpenState } from './indexSession.ts'
import { uniqueStores } from './unitVectors.ts'

export interface StaleStore {
  directory: string
  sizeBytes: number
  /** When it was last written. */
  writtenMs: number
}

/** Vector stores of models that an index does not use now, those that were left longest ago first. */
export function staleStores(index: string, inUse: ReadonlySet<string>): StaleStore[] {
  const names = namesIn(index).filter((name) => name.startsWith('vectors-') && !inUse.has(name))
  return names.map((name) => measure(path.join(index, name))).sort((a, b) => a.writtenMs - b.writtenMs)
}

/** Stores of models that an open index has no use for. */
export function staleOf({ stores, previous }: Pick<OpenState, 'stores' | 'previous'>): StaleStore[] {
  const inUse = uniqueStores(stores, previous).map(({ directory }) => path.basename(directory))
  return staleStores(path.dirname(stores.code.directory), new Set(inUse))
}

/** Deletes those stores that have one of the keys: nobody has them open who could write them anew without it. */
export function dropHolders(stores: readonly StaleStore[], keys: ReadonlySet<string>, log: Log): void {
  const table = new KeyTable()
  for (const key of keys) table.add(keyWords(key))
  if (keys.size === 0) return
  for (const store of stores) if (holdsAny(store.directory, table)) dropStale([store], 0, log)
}

function holdsAny(directory: string, keys: KeyTable): boolean {
  try {
    const { segments, spools = [] } = readManifest(directory)
    return [...segments, ...spools].some(({ file }) => {
      const words = readKeys(path.join(directory, file))
      for (let at = 0; at < words.length; at += 4) if (keys.findWords(words, at) >= 0) return true
      return false
    })
  } catch {
    // What cannot be read may hold anything.
    return true
  }
}

/** Deletes stores until those left take at most `keepBytes`; gives the bytes of those. */
export function dropStale(stores: readonly StaleStore[], keepBytes: number, log: Log): number {
  let leftBytes = sizeOf(stores)
  for (const { directory, sizeBytes } of stores) {
    if (leftBytes <= keepBytes) break
    try {
      rmSync(directory, { recursive: true, force: true })
      leftBytes -= sizeBytes
      log.info(`The vectors of a model that is not in use any more were dropped: ${path.basename(directory)}.`)
    } catch (error) {
      // Another process may have its files open, where the system minds that. The next time will do.
      log.warn(`${directory} could not be deleted: ${(error as Error).message}`)
    }
  }
  return leftBytes
}

export const sizeOf = (stores: readonly StaleStore[]): number =>
  stores.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)

/** None where it is gone, or no folder: then there is nothing to drop. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function measure(directory: string): StaleStore {
  const stats = namesIn(directory).map((name) => statIfThere(path.join(directory, name)))
  return {
    directory,
    sizeBytes: stats.reduce((sum, stat) => sum + (stat?.size ?? 0), 0),
    writtenMs: Math.max(0, ...stats.map((stat) => stat?.mtimeMs ?? 0)),
  }
}
