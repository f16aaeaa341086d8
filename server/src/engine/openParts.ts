import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../base/errors.ts'
import { statIfThere } from '../base/fsx.ts'
import type { Log } from '../base/log.ts'
import type { Space } from '../contract/units.ts'
import { Catalog, type CatalogFile } from '../index/catalog.ts'
import { SPACES } from '../index/folderView.ts'
import { VectorStore } from '../index/plaid/vectorStore.ts'
import { asIndexError } from '../index/storageFailure.ts'
import type { SessionModel, SessionOpenParams } from './sessionProtocol.ts'

export interface Stores {
  /** The store of each space; one and the same where both spaces have one model. */
  stores: Record<Space, VectorStore>
  /** Those of the models before, while they answer for units that `stores` lack. */
  previous: Record<Space, VectorStore> | undefined
}

export function openStores(params: SessionOpenParams, log: Log, readOnly: boolean): Stores {
  const { directory, kernelDirectory, models, nbits = 4, memoryLimitBytes = Infinity, searchThreads = 1 } = params
  const open = new Map<string, VectorStore>()
  const nStores = modelsOf(params).length
  const storeOf = ({ fingerprint, dim }: SessionModel) => {
    let store = open.get(fingerprint)
    if (!store) {
      const own = storeDirectory(directory, fingerprint)
      store = openOrRenew(own, readOnly, log, () =>
        VectorStore.open({
          directory: own,
          kernelDirectory,
          dim,
          nbits,
          log,
          readOnly,
          memoryLimitBytes: memoryLimitBytes / nStores,
          searchThreads,
        }),
      )
      open.set(fingerprint, store)
    }
    return store
  }
  const storesOf = ({ code, docs }: Record<Space, SessionModel>) => ({ code: storeOf(code), docs: storeOf(docs) })
  return { stores: storesOf(models), previous: params.previous && storesOf(params.previous.models) }
}

/** Each model once. */
function modelsOf({ models, previous }: SessionOpenParams): SessionModel[] {
  const all = [models, previous?.models ?? models].flatMap((each) => SPACES.map((space) => each[space]))
  return [...new Map(all.map((model) => [model.fingerprint, model])).values()]
}

export const storeDirectory = (directory: string, fingerprint: string) =>
  path.join(directory, `vectors-${fingerprint.replaceAll(/[^A-Za-z0-9]/g, '').slice(0, 12)}`)

/**
 * A part that is damaged as a whole is thrown away by the writer: the next build makes it again, and what the other parts
 * have is not lost with it.
 */
export function openOrRenew<T>(where: string, readOnly: boolean, log: Log, open: () => T): T {
  try {
    return open()
  } catch (error) {
    if (readOnly || !(error instanceof AppError && error.code === 'E_INDEX_CORRUPT')) throw error
    log.error(`${error.message} It is made again.`)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${where}${suffix}`, { recursive: true, force: true })
    return open()
  }
}

/** A reader may come before the writer has made the catalog: to it there are no files yet. */
export function openCatalog(
  directory: string,
  readOnly: boolean,
  log: Log,
): { catalog: Catalog; files: CatalogFile[] } {
  const file = path.join(directory, 'catalog.sqlite')
  return openOrRenew(file, readOnly, log, () => {
    const catalog = readOnly && !existsSync(file) ? Catalog.open(':memory:') : Catalog.open(file, { readOnly })
    try {
      return { catalog, files: catalog.load() }
    } catch (error) {
      catalog.close()
      throw error
    }
  })
}

/** Changes with every commit of the view or of a store. `E_STORAGE` where the index cannot be looked at. */
export function commitMark(params: SessionOpenParams): string {
  const { directory } = params
  const names = ['catalog.sqlite', 'catalog.sqlite-wal', 'lexical/manifest.json']
  const files = names.map((name) => path.join(directory, name))
  for (const { fingerprint } of modelsOf(params)) {
    files.push(path.join(storeDirectory(directory, fingerprint), 'manifest.json'))
  }
  try {
    return files
      .map((file) => statIfThere(file))
      .map((stat) => `${stat?.mtimeMs ?? 0}/${stat?.size ?? 0}`)
      .join(' ')
  } catch (error) {
    throw asIndexError(error, directory)
  }
}
