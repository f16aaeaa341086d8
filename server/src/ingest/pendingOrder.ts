import { contentKey } from '../base/hash.ts'
import type { PendingFile } from './indexPort.ts'

/** Files that wait for vectors, in the order in which they get them. Those that are in use go first, whenever asked. */
export class PendingOrder {
  #files: Map<string, PendingFile>

  constructor(files: readonly PendingFile[]) {
    this.#files = byPath(files)
  }

  get size(): number {
    return this.#files.size
  }

  /** By hash of the path: random enough for a sample of all files, the same at every try. */
  shuffle(): this {
    const ranked = [...this.#files.values()].map((file) => ({ file, rank: contentKey(file.path) }))
    ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1))
    this.#files = byPath(ranked.map(({ file }) => file))
    return this
  }

  /** Files that were changed last go first. */
  sortByTime(): this {
    this.#files = byPath([...this.#files.values()].sort((a, b) => b.mtimeMs - a.mtimeMs))
    return this
  }

  /** The next `n`: first those of `preferred` that still wait, in its order. */
  take(n: number, preferred: readonly string[] = []): PendingFile[] {
    const taken: PendingFile[] = []
    for (const path of [...preferred, ...this.#files.keys()]) {
      if (taken.length === n) break
      const file = this.#files.get(path)
      if (!file) continue
      this.#files.delete(path)
      taken.push(file)
    }
    return taken
  }
}

const byPath = (files: readonly PendingFile[]) => new Map(files.map((file) => [file.path, file]))
