/** Files that someone has had to do with, most recently first. A bounded number. */
export class RecentFiles {
  /** Oldest first. */
  readonly #paths = new Set<string>()

  touch(path: string): void {
    this.#paths.delete(path)
    this.#paths.add(path)
    if (this.#paths.size <= MAX_FILES) return
    const [oldest] = this.#paths
    this.#paths.delete(oldest!)
  }

  get paths(): string[] {
    return [...this.#paths].reverse()
  }
}

const MAX_FILES = 64
