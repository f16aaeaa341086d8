import type { Clock } from '../base/clock.ts'
import type { Disposable } from '../base/disposable.ts'
import { AppError, isCancelled } from '../base/errors.ts'
import type { ErrorCode } from '../contract/errorCodes.ts'

/** One folder, as its recovery sees it. */
export interface Patient {
  /** Rejects with what has gone wrong, though no work has failed of it yet. Cheap: it is asked every other second. */
  check(): Promise<void>
  /** Rejects while the work that failed would fail again. */
  checkRetry(): Promise<void>
  /** Starts that work again. */
  retry(): void
  /** Hears of what `check` and `checkRetry` reject with. */
  ail(error: unknown): void | Promise<void>
}

/**
 * Looks after one folder for as long as it is open: whether it is still there, and, once its work has failed of
 * something that may be over by itself (`RECOVERABLE`), whether it is. One look at a time, a second or two after each
 * other; where a look or a retry costs something, up to a minute.
 */
export class Recovery implements Disposable {
  readonly #stop = new AbortController()
  #failure: ErrorCode | undefined
  /** Failures since the last success. */
  #nFailures = 0
  /** When the next look is due. */
  #dueMs = 0

  constructor(
    private readonly patient: Patient,
    private readonly clock: Clock,
  ) {
    this.#dueMs = clock.now() + CHECK_MS
    void this.#run()
  }

  dispose(): void {
    this.#stop.abort()
  }

  failed(error: unknown): void {
    const code = error instanceof AppError ? error.code : 'E_INTERNAL'
    this.#failure = code as ErrorCode
    this.#nFailures++
    this.#dueMs = this.clock.now() + this.#pauseMs()
  }

  succeeded(): void {
    this.#failure = undefined
    this.#nFailures = 0
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        // A failure that comes meanwhile may want to be looked at sooner, or later.
        await this.clock.sleep(RETRY_MS, signal)
        if (this.clock.now() < this.#dueMs) continue
        this.#dueMs = this.clock.now() + this.#pauseMs()
        await this.#look()
      } catch (error) {
        if (isCancelled(error) || signal.aborted) return
        await this.patient.ail(error)
      }
    }
  }

  async #look(): Promise<void> {
    if (this.#failure === undefined) return this.patient.check()
    if (!RECOVERABLE.has(this.#failure)) return
    const failure = this.#failure
    await this.patient.checkRetry()
    if (this.#stop.signal.aborted || this.#failure !== failure) return
    // How often it failed is known until it succeeds: a retry that fails again is made later the next time.
    this.#failure = undefined
    this.patient.retry()
  }

  #pauseMs(): number {
    if (this.#failure === undefined) return CHECK_MS
    if (CHEAP_TO_CHECK.has(this.#failure)) return RETRY_MS
    return Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(10, this.#nFailures - 1))
  }
}

/** What comes and goes without us, or was an accident. A model that is missing or bad stays so until somebody acts. */
const RECOVERABLE: ReadonlySet<string> = new Set<ErrorCode>([
  'E_LOCKED',
  'E_FOLDER',
  'E_STORAGE',
  'E_DISK_FULL',
  'E_INDEX_CORRUPT',
  'E_INDEX_LOST',
  'E_ENCODER_LOST',
  'E_INTERNAL',
])

/** One look tells whether these are over. */
const CHEAP_TO_CHECK: ReadonlySet<string> = new Set<ErrorCode>(['E_LOCKED', 'E_FOLDER'])

const CHECK_MS = 2000
const RETRY_MS = 1000
const MAX_RETRY_MS = 60_000
