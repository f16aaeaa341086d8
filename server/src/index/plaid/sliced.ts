import { CancelledError } from '../../base/errors.ts'

/**
 * Long work that stops at every `yield`, so that a thread can answer in between and the work can be given up. A slice
 * takes some 50 ms at most on a corpus of any size.
 */
export type Sliced<T> = Generator<undefined, T, undefined>

/** Does all of it at once. Throws `CancelledError` at the first border after `shouldStop` holds. */
export function runAll<T>(work: Sliced<T>, shouldStop?: () => boolean): T {
  for (;;) {
    const slice = work.next()
    if (slice.done) return slice.value
    if (!shouldStop?.()) continue
    work.return(undefined as never)
    throw new CancelledError()
  }
}
