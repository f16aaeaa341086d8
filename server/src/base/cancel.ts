import { CancelledError } from './errors.ts'

/** Throws `CancelledError` once the caller has withdrawn. Cheap enough for the inside of batch loops. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CancelledError()
}

/** Lets timers, messages and cancellations in between two slices of long synchronous work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Rejects with `CancelledError` as soon as `signal` fires; the work itself goes on unobserved. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  throwIfAborted(signal)
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(new CancelledError())
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/**
 * For loops whose steps may be dear: lets others in, and looks for cancellation, once a slice of time has passed.
 * `const turn = pacer.turn(); if (turn) await turn` costs a look at the clock where it has not.
 */
export class Pacer {
  #sliceEndsMs: number

  constructor(
    private readonly signal?: AbortSignal,
    private readonly sliceMs = 20,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#sliceEndsMs = now() + sliceMs
  }

  turn(): Promise<void> | undefined {
    return this.now() < this.#sliceEndsMs ? undefined : this.#pause()
  }

  async #pause(): Promise<void> {
    await yieldToEventLoop()
    throwIfAborted(this.signal)
    this.#sliceEndsMs = this.now() + this.sliceMs
  }
}
