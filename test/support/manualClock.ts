import type { Clock } from '../../server/src/base/clock.ts'

/** A clock that stands until it is told to go on. */
export class ManualClock implements Clock {
  #nowMs = 0
  #sleepers: { dueMs: number; wake: () => void }[] = []
  now = () => this.#nowMs
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((wake, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
      this.#sleepers.push({ dueMs: this.#nowMs + ms, wake })
    })

  async advance(ms: number): Promise<void> {
    this.#nowMs += ms
    const due = this.#sleepers.filter(({ dueMs }) => dueMs <= this.#nowMs)
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper))
    for (const { wake } of due) wake()
    await settle()
  }
}

/** Lets everything that is only waiting for promises happen. */
export const settle = () => new Promise((resolve) => setImmediate(resolve))
