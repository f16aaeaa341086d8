const DELAY_MS = 200
/** Under a steady stream of events work still starts this soon: a saved file must be searchable within two seconds. */
const MAX_DELAY_MS = 800
/** Above this many paths one scan is cheaper than looking at each. */
const MAX_PATHS = 500

/** Collects changed paths and hands them over together: after a pause, or `MAX_DELAY_MS` after the first. */
export class ChangeQueue {
  #paths = new Set<string>()
  #everything = false
  #firstAt = 0
  #timer: NodeJS.Timeout | undefined

  /** `deliver` gets the changed paths, or `undefined` where the whole folder must be looked at. */
  constructor(
    readonly deliver: (paths: string[] | undefined) => void,
    readonly now: () => number = Date.now,
  ) {}

  add(path: string): void {
    this.#paths.add(path)
    if (this.#paths.size > MAX_PATHS) this.#everything = true
    this.#schedule()
  }

  addEverything(): void {
    this.#everything = true
    this.#schedule()
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#paths.clear()
    this.#everything = false
  }

  #schedule(): void {
    if (this.#timer === undefined) this.#firstAt = this.now()
    else clearTimeout(this.#timer)
    const latest = this.#firstAt + MAX_DELAY_MS - this.now()
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, Math.min(DELAY_MS, latest)))
  }

  #flush(): void {
    const paths = this.#everything ? undefined : [...this.#paths]
    this.dispose()
    this.deliver(paths)
  }
}
