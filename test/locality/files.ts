import { type FSWatcher, lstatSync, readdirSync, type Stats, watch } from 'node:fs'
import path from 'node:path'

/** A file or folder that appeared; without a mode where it was gone before anybody could look. */
export interface Appeared {
  file: string
  mode?: number
  isDirectory: boolean
}

/**
 * Notes what appears below `places`, also for a moment, by the system's own events. Folders that `enters` refuses are
 * not looked into.
 */
export class FileWatch {
  readonly #watchers = new Map<string, FSWatcher>()
  #appeared = new Map<string, Appeared>()

  constructor(
    places: readonly string[],
    private readonly enters: (folder: string) => boolean,
  ) {
    for (const place of places) this.#watch(place)
  }

  /** What appeared since the last call. */
  take(): Appeared[] {
    const appeared = [...this.#appeared.values()]
    this.#appeared = new Map()
    return appeared
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return
    try {
      const watcher = watch(folder, (_event, name) => name && this.#note(path.join(folder, name)))
      watcher.on('error', () => {})
      this.#watchers.set(folder, watcher)
      // What was made before the watch began.
      for (const name of readdirSync(folder)) this.#note(path.join(folder, name))
    } catch {
      // Gone already; its own appearance was noted.
    }
  }

  #note(file: string): void {
    const stat = lstatSync(file, { throwIfNoEntry: false })
    const known = this.#appeared.get(file)
    if (stat || !known) this.#appeared.set(file, appeared(file, stat))
    if (stat?.isDirectory() && this.enters(file)) this.#watch(file)
  }
}

const appeared = (file: string, stat: Stats | undefined): Appeared => ({
  file,
  ...(stat && { mode: stat.mode & 0o777 }),
  isDirectory: stat?.isDirectory() ?? false,
})

/** Everything below `folder` and, of files, what changes when they are written. */
export function fingerprints(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (directory: string) => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const file = path.join(directory, entry.name)
      if (entry.isDirectory()) {
        found.set(file, 'a folder')
        walk(file)
      } else {
        const { size, mtimeMs, ino, mode } = lstatSync(file)
        found.set(file, `${size} ${mtimeMs} ${ino} ${mode}`)
      }
    }
  }
  walk(folder)
  return found
}

/** Files that are new, changed or gone. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file))
}
