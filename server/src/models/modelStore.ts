import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { modelInUse, modelNotInstalled } from '../contract/errorCodes.ts'
import { folderNameOf, isModelId } from './modelId.ts'
import { type Pin, readPin, readRecord, writePin } from './record.ts'
import type { InstalledModel } from './types.ts'

/**
 * The user's models on disk:
 * ```
 * owner--name/            an installed model: its files and lateral-model.json
 * .staging/owner--name/   a download under way, and its lock
 * .pins/owner--name.json  revision and checksums that its user agreed to
 * ```
 */
export class ModelStore {
  constructor(readonly directory: string) {}

  /** Sorted by id. Folders of others are left out. */
  async list(): Promise<InstalledModel[]> {
    const entries = await readdir(this.directory, { withFileTypes: true }).catch(() => [])
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    const records = await Promise.all(folders.map(({ name }) => readRecord(path.join(this.directory, name))))
    return records
      .filter((record): record is InstalledModel => record !== undefined && isModelId(record.id))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async find(id: string): Promise<InstalledModel | undefined> {
    const record = await readRecord(this.directoryOf(id))
    return record?.id === id ? record : undefined
  }

  /**
   * Deletes an installed model and what is left of its downloads, and keeps its pin; gives the bytes. The caller holds
   * the lock. Throws E_MODEL_MISSING, and E_MODEL_IN_USE where the system says so.
   */
  async remove(id: string): Promise<number> {
    const model = await this.find(id)
    if (!model) throw modelNotInstalled(id)
    const { old, files } = this.stagingOf(id)
    await rm(old, { recursive: true, force: true })
    // Renamed first: a kill in the middle leaves no half of a model that looks like one.
    await rename(model.directory, old).catch((error) => {
      if (BUSY.has((error as NodeJS.ErrnoException).code ?? '')) throw modelInUse(id, 'a running process')
      throw error
    })
    for (const folder of [old, files]) await rm(folder, { recursive: true, force: true })
    return model.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  pin(id: string): Promise<Pin | undefined> {
    return readPin(this.#pinFile(id))
  }

  async setPin(id: string, pin: Pin): Promise<void> {
    const file = this.#pinFile(id)
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 })
    writePin(file, pin)
  }

  directoryOf(id: string): string {
    return path.join(this.directory, folderNameOf(id))
  }

  /** Where a download or an import is put together. `root` must exist before any of them, and holds the lock. */
  stagingOf(id: string): { root: string; files: string; old: string } {
    const root = path.join(this.directory, '.staging', folderNameOf(id))
    return { root, files: path.join(root, 'files'), old: path.join(root, 'old') }
  }

  #pinFile(id: string): string {
    return path.join(this.directory, '.pins', `${folderNameOf(id)}.json`)
  }
}

/** What Windows says of a folder in which a process has a file open. */
export const BUSY: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY'])
