import { readdirSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Log } from '../base/log.ts'

export interface StaleStore {
  directory: string
  sizeBytes: number
  /** When it was last written. */
  writtenMs: number
}

/** Vector stores of models that an index does not use now, those that were left longest ago first. */
export function staleStores(index: string, inUse: ReadonlySet<string>): StaleStore[] {
  const names = readdirSync(index).filter((name) => name.startsWith('vectors-') && !inUse.has(name))
  return names.map((name) => measure(path.join(index, name))).sort((a, b) => a.writtenMs - b.writtenMs)
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

function measure(directory: string): StaleStore {
  const stats = readdirSync(directory).map((name) => statSync(path.join(directory, name), { throwIfNoEntry: false }))
  return {
    directory,
    sizeBytes: stats.reduce((sum, stat) => sum + (stat?.size ?? 0), 0),
    writtenMs: Math.max(0, ...stats.map((stat) => stat?.mtimeMs ?? 0)),
  }
}
