import path from 'node:path'
import type { Log } from '../base/log.ts'
import type { Chunker } from '../chunk/chunker.ts'
import { startWorkerChunker } from '../chunk/workerChunker.ts'
import type { Settings } from '../contract/settings.schema.ts'
import { type IndexThread, startIndexThread } from './indexThread.ts'

/** What a folder runs on. */
export interface FolderThreads {
  index: IndexThread
  chunker: Chunker
  end(): Promise<void>
}

export interface FolderThreadsOptions {
  bundleDirectory: string
  settings: Settings
  log: Log
  /** Nothing of the folder is indexed yet: its files will be cut at once. */
  isNew: boolean
}

/** Starts the index thread; the chunker's starts with the first file, or now where files are to come. */
export function startFolderThreads({ bundleDirectory, settings, log, isNew }: FolderThreadsOptions): FolderThreads {
  const index = startIndexThread(path.join(bundleDirectory, 'indexWorker.js'), log)
  const chunker = startWorkerChunker({
    workerFile: path.join(bundleDirectory, 'chunkWorker.js'),
    grammarsDirectory: path.join(bundleDirectory, 'grammars'),
    maxFileSizeBytes: settings['index.maxFileSizeKb'] * 1024,
    log,
  })
  if (isNew) chunker.expectFiles?.()
  return {
    index,
    chunker,
    async end() {
      await index.end()
      await chunker.dispose()
    },
  }
}
