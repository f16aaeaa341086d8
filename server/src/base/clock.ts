import { setTimeout as delay } from 'node:timers/promises'
import { CancelledError, isCancelled } from './errors.ts'

/** Time, passed in. `sleep` rejects with `CancelledError` when the signal fires. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal && { signal })
    } catch (error) {
      throw isCancelled(error) ? new CancelledError() : error
    }
  },
}
