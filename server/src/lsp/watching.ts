import { watch as chokidarWatch } from 'chokidar'
import {
  type ClientCapabilities,
  type Connection,
  DidChangeWatchedFilesNotification,
  type FileSystemWatcher,
} from 'vscode-languageserver/node'
import type { Disposable } from '../base/disposable.ts'
import type { Log } from '../base/log.ts'
import { relativeTo, toPath } from './convert.ts'

export interface WatchedFolder {
  readonly uri: string
  readonly path: string
  /** `path` is relative, with '/' between parts; a file or a folder, changed, created or gone. */
  fileChanged(path: string): void
}

/** Tells folders about changes on disk, from the first `watch` until its disposable is disposed. */
export interface Watcher {
  watch(folder: WatchedFolder): Promise<Disposable>
}

/** The client's own watcher where it has one for us: one watch of a tree is enough. Otherwise ours. */
export function createWatcher(connection: Connection, capabilities: ClientCapabilities, log: Log): Watcher {
  const watched = capabilities.workspace?.didChangeWatchedFiles
  const viaClient = watched?.dynamicRegistration === true
  return viaClient ? new ClientWatcher(connection, watched.relativePatternSupport === true) : new DiskWatcher(log)
}

class ClientWatcher implements Watcher {
  readonly #folders = new Set<WatchedFolder>()

  constructor(
    readonly connection: Connection,
    readonly relativePatterns: boolean,
  ) {
    connection.onDidChangeWatchedFiles(({ changes }) => {
      for (const { uri } of changes) this.#report(uri)
    })
  }

  async watch(folder: WatchedFolder): Promise<Disposable> {
    this.#folders.add(folder)
    const everything: FileSystemWatcher = {
      globPattern: this.relativePatterns ? { baseUri: folder.uri, pattern: '**/*' } : '**/*',
    }
    const options = { watchers: [everything] }
    const registration = await this.connection.client.register(DidChangeWatchedFilesNotification.type, options)
    return {
      dispose: () => {
        this.#folders.delete(folder)
        registration.dispose()
      },
    }
  }

  #report(uri: string): void {
    const absolutePath = toPath(uri)
    if (absolutePath === undefined) return
    for (const folder of this.#folders) {
      const relative = relativeTo(folder.path, absolutePath)
      if (relative !== undefined && !isNoise(relative)) folder.fileChanged(relative)
    }
  }
}

class DiskWatcher implements Watcher {
  constructor(readonly log: Log) {}

  async watch(folder: WatchedFolder): Promise<Disposable> {
    const inside = (absolutePath: string) => relativeTo(folder.path, absolutePath)
    const watcher = chokidarWatch(folder.path, {
      ignoreInitial: true,
      ignored: (absolutePath) => {
        const relative = inside(absolutePath)
        return relative !== undefined && isUnsearched(relative)
      },
    })
    watcher.on('all', (_event, absolutePath) => {
      const relative = inside(absolutePath)
      if (relative !== undefined && !isNoise(relative)) folder.fileChanged(relative)
    })
    watcher.on('error', (error) => this.log.warn(`Watching ${folder.path}: ${String(error)}`))
    await new Promise<void>((resolve) => watcher.once('ready', resolve))
    return { dispose: () => void watcher.close() }
  }
}

/** What changes all the time and is never searched. Of `.git` only HEAD tells something: a switched branch. */
function isNoise(relative: string): boolean {
  return isUnsearched(relative) || relative.endsWith('.git')
}

/** As `isNoise`, but `.git` itself is let through: a walk has to pass it to reach HEAD. */
function isUnsearched(relative: string): boolean {
  const parts = relative.split('/')
  if (parts.includes('node_modules')) return true
  const git = parts.indexOf('.git')
  return git >= 0 && parts.length > git + 1 && parts[git + 1] !== 'HEAD'
}
