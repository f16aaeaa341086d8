import type { SliceOutcome } from '../ingest/indexPort.ts'

export interface IdleClock {
  now(): number
  /** Calls `work` once after `ms`; gives what takes that back. */
  after(ms: number, work: () => void): () => void
}

/**
 * Work in slices for a thread that has nothing else to do: `postpone` is called whenever there is. Slices are done for
 * some milliseconds, then calls get in; so a call waits for that and one slice at most. What has failed is left alone for
 * a while, however idle the thread is, and longer each time.
 */
export function createIdleWork(slice: () => SliceOutcome, clock: IdleClock = systemClock): { postpone(): void } {
  let takeBack = () => {}
  let notBefore = -Infinity
  let retryMs = FIRST_RETRY_MS
  const schedule = (ms: number) => {
    takeBack()
    takeBack = clock.after(Math.max(ms, notBefore - clock.now()), work)
  }
  const work = () => {
    const until = clock.now() + BURST_MS
    let outcome = slice()
    while (outcome === 'more' && clock.now() < until) outcome = slice()
    if (outcome === 'more') schedule(PAUSE_MS)
    else if (outcome === 'done') retryMs = FIRST_RETRY_MS
    else {
      notBefore = clock.now() + retryMs
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
      schedule(0)
    }
  }
  return { postpone: () => schedule(IDLE_MS) }
}

const systemClock: IdleClock = {
  now: () => performance.now(),
  after(ms, work) {
    const timer = setTimeout(work, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Without a call for so long, the thread counts as idle. */
const IDLE_MS = 3000
/** Slices are done one after another for so long. */
const BURST_MS = 20
/** Between them, so that calls get in. */
const PAUSE_MS = 5
const FIRST_RETRY_MS = 60_000
const LAST_RETRY_MS = 3_600_000
