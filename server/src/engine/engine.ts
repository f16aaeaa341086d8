import { existsSync } from 'node:fs'
import path from 'node:path'
import { systemClock } from '../base/clock.ts'
import { contentKey } from '../base/hash.ts'
import { narrow, OWN_FOLDER_MODE } from '../base/ownModes.ts'
import type { Settings } from '../contract/settings.schema.ts'
import { clearIndex } from '../index/clearIndex.ts'
import { FolderEngine, type FolderEngineDeps } from './folderEngine.ts'
import { readableFolder } from './folderRoot.ts'
import { startFolderThreads } from './folderThreads.ts'
import { defaultUserModelsDirectory } from './modelPlaces.ts'
import { Models } from './models.ts'
import { folderParams, type OpenedAhead, openAhead } from './openIndex.ts'
import { clearGone, indexesDirectory, listIndexes } from './storedIndexes.ts'
import type { Engine, EngineFolder, EngineOptions } from './types.ts'

/**
 * Creates the engine. The bundles of its threads and processes, the kernels and the grammars are found in
 * `bundleDirectory`: by default the folder of the bundle that this code runs from.
 */
export async function createEngine(options: EngineOptions & { bundleDirectory?: string }): Promise<Engine> {
  const bundleDirectory = options.bundleDirectory ?? ownDirectory()
  // The folder around it may be one that the user made, for more than this.
  narrow(indexesDirectory(options.storageDirectory), OWN_FOLDER_MODE)
  const models = new Models({
    modelsDirectory: options.modelsDirectory,
    userModelsDirectory: options.userModelsDirectory ?? defaultUserModelsDirectory(options.storageDirectory),
    processFile: path.join(bundleDirectory, 'encoderProcess.js'),
    log: options.log,
    first: options.first ?? 'queries',
    clock: systemClock,
    idleMs: options.modelIdleMs ?? MODEL_IDLE_MS,
  })
  const folders = new Set<FolderEngine>()
  const directoryOf = (root: string) => indexDirectory(options.storageDirectory, root)
  return {
    async openFolder(folder: string, settings: Settings): Promise<EngineFolder> {
      const root = readableFolder(folder)
      const directory = directoryOf(root)
      // They start while the models do.
      const threads = startFolderThreads({ bundleDirectory, settings, log: options.log, isNew: !existsSync(directory) })
      const place = { folder: root, directory, bundleDirectory, settings }
      let ahead: OpenedAhead | undefined
      let release = () => {}
      try {
        const params = folderParams(place)
        ahead = openAhead(threads.index.calls, params, settings)
        const { encoders, ...inUse } = await models.forSettings(settings)
        release = inUse.release
        const deps: FolderEngineDeps = {
          ...place,
          encoders,
          otherModels: (changes) => models.forSettings({ ...settings, ...changes }),
          ...(options.bridgeModel !== undefined && { bridgeModel: options.bridgeModel }),
          log: options.log,
          now: options.now ?? Date.now,
          onClose: (closed) => {
            if (folders.delete(closed)) release()
          },
        }
        const opened = await FolderEngine.open(threads, deps, params, ahead)
        folders.add(opened)
        return opened
      } catch (error) {
        release()
        // An index that is open holds the right to write, which outlives a thread that is ended.
        if (ahead) await threads.index.calls.close(null).catch(() => {})
        await threads.end()
        throw error
      }
    },
    async clearFolder(folder: string): Promise<number> {
      const root = readableFolder(folder)
      const opened = [...folders].find((each) => each.folder === root)
      if (!opened) return clearIndex(directoryOf(root))
      const { sizeBytes } = await opened.status()
      await opened.clear()
      return sizeBytes
    },
    listIndexes: async () => listIndexes(options.storageDirectory),
    clearGone: async () => clearGone(options.storageDirectory),
    async dispose() {
      await Promise.all([...folders].map((folder) => folder.close()))
      await models.dispose()
    },
  }
}

/** Where the index of a folder is, whose path has no links in it. */
export function indexDirectory(storageDirectory: string, root: string): string {
  return path.join(indexesDirectory(storageDirectory), indexName(root))
}

/** Readable and unique: base name and a hash of the whole path. */
function indexName(root: string): string {
  const base = path.basename(root).replaceAll(/[^A-Za-z0-9._-]/g, '_') || 'root'
  return `${base.slice(0, 40)}-${contentKey(root)
    .replaceAll(/[^A-Za-z0-9]/g, '')
    .slice(0, 12)}`
}

function ownDirectory(): string {
  return typeof __dirname === 'string' ? __dirname : import.meta.dirname
}

/** Starting a large model again takes a second or two: too long for pauses between two questions. */
const MODEL_IDLE_MS = 15 * 60_000
