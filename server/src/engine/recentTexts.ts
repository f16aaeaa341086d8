import type { Stats } from 'node:fs'
import { isSettled } from '../ingest/fileStat.ts'
import type { LiveFile } from './liveFile.ts'

/**
 * Texts of files that searches have shown of late: neighbouring questions find the same files. A text is good as long as
 * its file is unchanged on disk, by inode, size and times of change. The oldest go where all take more than `maxChars`.
 */
export class RecentTexts {
  readonly #files = new Map<string, { version: string; file: LiveFile }>()
  #chars = 0

  constructor(
    private readonly maxChars = MAX_CHARS,
    private readonly now: () => number = Date.now,
  ) {}

  has(path: string): boolean {
    return this.#files.has(path)
  }

  get(path: string, stats: Stats): LiveFile | undefined {
    const known = this.#files.get(path)
    if (!known) return undefined
    this.#files.delete(path)
    if (known.version !== versionOf(stats)) {
      this.#chars -= known.file.text.text.length
      return undefined
    }
    this.#files.set(path, known)
    return known.file
  }

  /**
   * `stats`: from before it was read, so that a change meanwhile is seen. A file that has only just changed may change
   * again without showing it: it is not kept.
   */
  put(path: string, stats: Stats, file: LiveFile): LiveFile {
    this.#chars -= this.#files.get(path)?.file.text.text.length ?? 0
    this.#files.delete(path)
    if (!isSettled(stats.ctimeMs, this.now())) return file
    this.#files.set(path, { version: versionOf(stats), file })
    this.#chars += file.text.text.length
    for (const [oldest, { file }] of this.#files) {
      if (this.#chars <= this.maxChars) break
      this.#files.delete(oldest)
      this.#chars -= file.text.text.length
    }
    return file
  }
}

const versionOf = ({ ino, size, mtimeMs, ctimeMs }: Stats) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`

const MAX_CHARS = 8_000_000
