const DELAY_MS = 200
/** Under a steady stream of events work still starts this soon: a saved file must be searchable within two seconds. */
const MAX_DELAY_MS = 800
/** Above this many paths one scan is cheaper than looking at each. */
const MAX_PATHS = 500

/** Collects changed paths and hands them over together: after a pause, or `MAX_DELAY_MS` after the first. */
export class ChangeQueue {
  #paths = new Set<string>()
  #everything = false
  #latestAt = 0
  #timer: NodeJS.Timeout | undefined

  /** `deliver` gets the changed paths, or `undefined` where the whole folder must be looked at. */
  constructor(
    readonly deliver: (paths: string[] | undefined) => void,
    readonly now: () => number = Date.now,
  ) {}

  /** A smaller `delayMs` also brings forward what is waiting already. */
  add(path: string, delayMs = DELAY_MS): void {
    this.#paths.add(path)
    if (this.#paths.size > MAX_PATHS) this.#everything = true
    this.#schedule(delayMs)
  }

  addEverything(): void {
    this.#everything = true
    this.#schedule(DELAY_MS)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#paths.clear()
    this.#everything = false
  }

  #schedule(delayMs: number): void {
    const now = this.now()
    if (this.#timer === undefined) this.#latestAt = now + MAX_DELAY_MS
    clearTimeout(this.#timer)
    if (delayMs < DELAY_MS) this.#latestAt = Math.min(this.#latestAt, now + delayMs)
    this.#timer = setTimeout(() => this.#flush(), Math.max(0, Math.min(now + delayMs, this.#latestAt) - now))
  }

  #flush(): void {
    const paths = this.#everything ? undefined : [...this.#paths]
    this.dispose()
    this.deliver(paths)
  }
}
