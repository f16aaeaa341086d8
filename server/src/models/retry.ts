import { throwIfAborted } from '../base/cancel.ts'
import type { Clock } from '../base/clock.ts'
import { TransientFailure } from './httpFailure.ts'

export interface RetryOptions {
  clock: Clock
  signal?: AbortSignal
  /** Grows when an attempt got somewhere: then the count of failures starts anew. */
  progress?(): number
  onRetry?(problem: string, pauseMs: number): void
}

/**
 * Repeats `attempt` after a `TransientFailure`, with pauses of 1, 2, 4, 8 and 16 s or what the server asks for, up to
 * a minute. Then fails with what the last attempt met; anything else fails at once.
 */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, progress, onRetry } = options
  let nFailures = 0
  for (;;) {
    throwIfAborted(signal)
    const before = progress?.() ?? 0
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error
      if (progress && progress() > before) nFailures = 0
      const pauseMs = error.retryAfterMs ?? PAUSES_MS[nFailures]
      if (nFailures++ >= PAUSES_MS.length || pauseMs === undefined || pauseMs > MAX_PAUSE_MS) throw error.failure
      onRetry?.(error.message, pauseMs)
      await clock.sleep(pauseMs, signal)
    }
  }
}

const PAUSES_MS = [1000, 2000, 4000, 8000, 16_000]
/** A server that wants a longer pause is for another day. */
const MAX_PAUSE_MS = 60_000
