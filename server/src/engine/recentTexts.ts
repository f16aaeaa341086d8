import type { Stats } from 'node:fs'
import { LinedText } from './linedText.ts'

/**
 * Texts of files that searches have shown of late: neighbouring questions find the same files. A text is good as long as
 * its file is unchanged on disk, by inode, size and times of change. The oldest go where all take more than `maxChars`.
 */
export class RecentTexts {
  readonly #texts = new Map<string, { version: string; text: LinedText }>()
  #chars = 0

  constructor(private readonly maxChars = MAX_CHARS) {}

  get(file: string, stats: Stats): LinedText | undefined {
    const known = this.#texts.get(file)
    if (!known) return undefined
    this.#texts.delete(file)
    if (known.version !== versionOf(stats)) {
      this.#chars -= known.text.text.length
      return undefined
    }
    this.#texts.set(file, known)
    return known.text
  }

  /** `stats`: from before it was read, so that a change meanwhile is seen. */
  put(file: string, stats: Stats, content: string): LinedText {
    const text = new LinedText(content)
    this.#chars += content.length - (this.#texts.get(file)?.text.text.length ?? 0)
    this.#texts.delete(file)
    this.#texts.set(file, { version: versionOf(stats), text })
    for (const [oldest, { text }] of this.#texts) {
      if (this.#chars <= this.maxChars) break
      this.#texts.delete(oldest)
      this.#chars -= text.text.length
    }
    return text
  }
}

const versionOf = ({ ino, size, mtimeMs, ctimeMs }: Stats) => `${ino} ${size} ${mtimeMs} ${ctimeMs}`

const MAX_CHARS = 8_000_000
