import { Script } from 'node:vm'

/** Thrown by what `withinTime` ran where it took too long. */
export class TookTooLong extends Error {}

/**
 * Runs `work`, which must be synchronous, and ends it after `limitMs`, in the middle of a regular expression as well.
 * Some 50 us besides.
 */
export function withinTime<T>(limitMs: number, work: () => T): T {
  const before = shared[WORK]
  shared[WORK] = work
  try {
    return CALL.runInThisContext({ timeout: limitMs }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new TookTooLong(`It took more than ${limitMs} ms.`)
  } finally {
    shared[WORK] = before
  }
}

const WORK = Symbol.for('lateral.withinTime')
const shared = globalThis as unknown as Record<symbol, unknown>
/** Only what a script runs has a limit: it finds the work where it can see it. */
const CALL = new Script('globalThis[Symbol.for("lateral.withinTime")]()')
