import type { Disposable } from '../base/disposable.ts'

/** Calls `send` soon after each `changed`, at most once every `intervalMs`, and always after the last one. */
export class Throttle implements Disposable {
  #timer: NodeJS.Timeout | undefined
  #lastAt = Number.NEGATIVE_INFINITY

  constructor(
    readonly intervalMs: number,
    readonly send: () => void,
    readonly now: () => number = Date.now,
  ) {}

  changed(): void {
    if (this.#timer) return
    const waitMs = Math.max(0, this.#lastAt + this.intervalMs - this.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#lastAt = this.now()
      this.send()
    }, waitMs)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
