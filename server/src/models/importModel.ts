import { chmod, copyFile, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { throwIfAborted } from '../base/cancel.ts'
import type { Clock } from '../base/clock.ts'
import { OWN_FILE_MODE } from '../base/ownModes.ts'
import { modelChecksum, modelInvalid, usageError } from '../contract/errorCodes.ts'
import { type UnpackLimits, unpackArchive } from './archive.ts'
import { checkSpace, type FreeSpace } from './diskSpace.ts'
import { type CheckModel, commitModel, emptyFolder, type TryLock, withModelLock } from './install.ts'
import { isModelId } from './modelId.ts'
import type { ModelStore } from './modelStore.ts'
import { weightsBeside } from './registry.ts'
import type { InstalledModel } from './types.ts'
import { hashFile, mismatch } from './verify.ts'

export interface ImportOptions {
  store: ModelStore
  check: CheckModel
  tryLock: TryLock
  clock: Clock
  free: FreeSpace
  limits?: UnpackLimits
  signal?: AbortSignal
  onWaiting?(): void
}

/**
 * Installs a model from a folder or an archive, without any network. Files that models do not have stay behind. A
 * model of this id that was downloaded before has a pin, and what is imported must match it. Fails with E_USAGE where
 * `source` is not there, E_MODEL_MISSING or E_MODEL_INVALID for what is no model, E_MODEL_CHECKSUM, E_DISK_FULL.
 */
export async function importModel(source: string, id: string, options: ImportOptions): Promise<InstalledModel> {
  const { store, free, limits, signal } = options
  const found = await stat(source).catch(() => undefined)
  if (!found) throw usageError(`There is no ${source} to import.`)
  // A FIFO would be waited for, and a device has no end.
  if (!found.isDirectory() && !found.isFile()) throw usageError(`${source} is neither a folder nor a file.`)
  return withModelLock(store, id, options, async () => {
    const { files: directory } = store.stagingOf(id)
    await emptyFolder(directory)
    try {
      if (found.isDirectory()) await copyModel(source, directory, free, signal)
      else {
        await checkSpace(directory, found.size, free)
        await unpackArchive(source, directory, isModelFile, { ...(limits && { limits }), ...(signal && { signal }) })
      }
      const files = await describeFiles(directory, signal)
      await checkPin(store, id, files)
      const record = { id, source: 'import' as const, licence: null, installedAtMs: options.clock.now(), files }
      return await commitModel(store, record, options.check)
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      throw error
    }
  })
}

/** A name for what is imported without one: that of the folder, or of the archive up to its ending. */
export function idFromSource(source: string): string {
  const name = path.basename(path.resolve(source)).replace(/\.(zip|tar|tgz|tar\.gz)$/i, '')
  // The way models are named in our own folder, and in a copy of it.
  const id = name.replace('--', '/')
  if (isModelId(id)) return id
  throw usageError(`${JSON.stringify(name)} is no name of a model: give one with --id.`)
}

/** What belongs to a model: what encoding reads, and what tells where it comes from. */
export const isModelFile = (name: string): boolean => MODEL_FILES.has(name)

async function copyModel(source: string, directory: string, free: FreeSpace, signal?: AbortSignal): Promise<void> {
  const present = (await readdir(source)).filter(isModelFile)
  if (present.length === 0) throw modelInvalid(source, 'it holds no file of a model')
  // Of two forms of the weights the quantised one is used, and the other several times as large.
  const names = present.includes('model_int8.onnx') ? present.filter((name) => !UNQUANTISED.includes(name)) : present
  const sizes = await Promise.all(names.map((name) => sizeOfFile(source, name)))
  await checkSpace(
    directory,
    sizes.reduce((sum, size) => sum + size, 0),
    free,
  )
  for (const name of names) {
    throwIfAborted(signal)
    const copy = path.join(directory, name)
    await copyFile(path.join(source, name), copy)
    await chmod(copy, OWN_FILE_MODE)
  }
}

/** Of a file or a link to one: whoever names the folder may have put links in it. */
async function sizeOfFile(source: string, name: string): Promise<number> {
  const found = await stat(path.join(source, name)).catch(() => undefined)
  if (!found?.isFile()) throw modelInvalid(path.join(source, name), 'it is no file')
  return found.size
}

async function describeFiles(directory: string, signal?: AbortSignal): Promise<InstalledModel['files']> {
  const files: InstalledModel['files'] = []
  for (const name of (await readdir(directory)).sort()) {
    const { sizeBytes, sha256 } = await hashFile(path.join(directory, name), signal)
    files.push({ path: name, sizeBytes, sha256 })
  }
  return files
}

async function checkPin(store: ModelStore, id: string, files: InstalledModel['files']): Promise<void> {
  for (const expected of (await store.pin(id))?.files ?? []) {
    const own = files.find(({ path: name }) => name === expected.path)
    const { sizeBytes, sha256 } = expected
    if (sha256 === undefined) continue
    const problem = own
      ? mismatch({ ...own, gitOid: '' }, { path: expected.path, sizeBytes, sha256 })
      : 'it is not there'
    if (problem) throw modelChecksum(expected.path, problem)
  }
}

const UNQUANTISED = ['model.onnx', ...weightsBeside('model.onnx')]
const MODEL_FILES: ReadonlySet<string> = new Set([
  ...['onnx_config.json', 'tokenizer.json', 'model_int8.onnx', ...weightsBeside('model_int8.onnx'), ...UNQUANTISED],
  ...['config.json', 'config_sentence_transformers.json', 'README.md'],
  ...['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'LICENCE', 'NOTICE', 'NOTICE.txt'],
])
