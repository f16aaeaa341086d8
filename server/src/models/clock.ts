import { setTimeout as delay } from 'node:timers/promises'
import { CancelledError, isCancelled } from '../base/errors.ts'
import type { Clock } from './types.ts'

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
