import { chmodSync, constants, existsSync } from 'node:fs'
import { access, mkdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Clock } from '../base/clock.ts'
import { fsyncDirectory, isDiskFull } from '../base/fsx.ts'
import { diskFull, folderUnwritable, modelInUse } from '../contract/errorCodes.ts'
import { BUSY, type ModelStore } from './modelStore.ts'
import { writeRecord } from './record.ts'
import type { InstalledModel } from './types.ts'

/** The right to change one model's folder. Undefined while another process has it; gone with the process that has it. */
export type TryLock = (directory: string) => { release(): void } | undefined

/** Reads the model's folder as an encoder would and throws for a bad one. */
export type CheckModel = (directory: string) => Promise<unknown>

/**
 * Runs `work` while no other process installs or removes this model. Waits for one that does, for as long as it takes;
 * `onWaiting` hears of it once. E_FOLDER where nothing can be written, E_DISK_FULL where `work` finds no more room.
 */
export async function withModelLock<T>(
  store: ModelStore,
  id: string,
  { tryLock, clock, signal, onWaiting }: { tryLock: TryLock; clock: Clock; signal?: AbortSignal; onWaiting?(): void },
  work: () => Promise<T>,
): Promise<T> {
  const { root } = store.stagingOf(id)
  try {
    await mkdir(root, { recursive: true, mode: 0o700 })
    // Where nothing can be written there is no lock to be had, however long we wait.
    await access(root, constants.W_OK)
  } catch (error) {
    throw isDiskFull(error) ? diskFull(store.directory, error) : folderUnwritable(store.directory, error)
  }
  let lock = tryLock(root)
  if (!lock) onWaiting?.()
  while (!lock) {
    await clock.sleep(POLL_MS, signal)
    lock = tryLock(root)
  }
  try {
    return await work()
  } catch (error) {
    throw isDiskFull(error) ? diskFull(store.directory, error) : error
  } finally {
    lock.release()
  }
}

/**
 * Makes the staged files the model `id`: checked by `check`, described by its record, put in place by one rename. What
 * was installed under that id before is replaced. A model that does not pass is deleted.
 */
export async function commitModel(
  store: ModelStore,
  record: Omit<InstalledModel, 'directory'>,
  check: CheckModel,
): Promise<InstalledModel> {
  const { files, old } = store.stagingOf(record.id)
  const directory = store.directoryOf(record.id)
  try {
    await check(files)
  } catch (error) {
    await rm(files, { recursive: true, force: true })
    throw error
  }
  const model = { ...record, directory }
  writeRecord(files, model)
  fsyncDirectory(files)
  await rm(old, { recursive: true, force: true })
  try {
    if (existsSync(directory)) await rename(directory, old)
    await rename(files, directory)
  } catch (error) {
    if (existsSync(old) && !existsSync(directory)) await rename(old, directory).catch(() => {})
    throw BUSY.has((error as NodeJS.ErrnoException).code ?? '') ? modelInUse(record.id, 'a running process') : error
  }
  fsyncDirectory(store.directory)
  await rm(old, { recursive: true, force: true })
  return model
}

/** Bytes already in the staging folder, so that only the rest needs room. */
export async function stagedBytes(directory: string, names: string[]): Promise<number> {
  let sum = 0
  for (const name of names)
    for (const file of [name, `${name}.partial`])
      sum += (await stat(path.join(directory, file)).catch(() => undefined))?.size ?? 0
  return sum
}

/** Only the user reads and writes what is staged. */
export async function emptyFolder(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  chmodSync(directory, 0o700)
}

const POLL_MS = 300
