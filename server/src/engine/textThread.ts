import { Worker } from 'node:worker_threads'
import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import { connectRpc, type RpcClient, workerChannel } from '../base/rpc.ts'
import { regexTooSlow } from '../contract/errorCodes.ts'
import {
  SCAN_CONDITION,
  SCAN_SHARED_WORDS,
  SCAN_STEPS,
  SCAN_WITHDRAWN,
  type TextScanAnswer,
  type TextScanParams,
} from './textScan.ts'
import type { TextWorkerMethods } from './textWorker.ts'
import { createTurns } from './turns.ts'

/**
 * A thread that matches texts, started with the first scan and ended when it has been idle for a while. One scan at a
 * time. An expression that gets nowhere for `stuckMs` ends the thread and fails its own scan with `E_QUERY`; the next
 * scan gets a new thread.
 */
export class TextThread {
  #thread: { worker: Worker; calls: RpcClient<TextWorkerMethods> } | undefined
  readonly #inTurn = createTurns()
  #idle: NodeJS.Timeout | undefined

  constructor(
    /** The bundle of `textWorker.ts`. */
    private readonly workerFile: string,
    private readonly stuckMs = STUCK_MS,
  ) {}

  scan(params: Omit<TextScanParams, 'shared'>, signal?: AbortSignal): Promise<TextScanAnswer> {
    return raceAbort(
      this.#inTurn(() => this.#scan(params, signal)),
      signal,
    )
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#thread?.worker.terminate()
  }

  async #scan(params: Omit<TextScanParams, 'shared'>, signal: AbortSignal | undefined): Promise<TextScanAnswer> {
    try {
      return await this.#tryScan(params, signal)
    } catch (error) {
      if (!(error instanceof ThreadLost)) throw error
      return this.#tryScan(params, signal)
    }
  }

  async #tryScan(params: Omit<TextScanParams, 'shared'>, signal: AbortSignal | undefined): Promise<TextScanAnswer> {
    throwIfAborted(signal)
    clearTimeout(this.#idle)
    const { worker, calls } = this.#start()
    // A thread that is still starting is not stuck.
    await calls.ready(null)
    const shared = new Int32Array(new SharedArrayBuffer(SCAN_SHARED_WORDS * Int32Array.BYTES_PER_ELEMENT)).fill(0)
    shared[SCAN_CONDITION] = -1
    const withdraw = () => Atomics.store(shared, SCAN_WITHDRAWN, 1)
    signal?.addEventListener('abort', withdraw)
    const watch = new StuckWatch(shared, this.stuckMs, () => void worker.terminate())
    try {
      // The signal is not handed on: the thread is busy until it answers, whoever still wants to know.
      return await calls.scan({ ...params, shared })
    } catch (error) {
      throw watch.stuckOn === undefined ? error : regexTooSlow(params.conditions[watch.stuckOn]!.column)
    } finally {
      watch.end()
      signal?.removeEventListener('abort', withdraw)
      this.#idle = setTimeout(() => void this.end(), IDLE_MS).unref()
    }
  }

  #start(): { worker: Worker; calls: RpcClient<TextWorkerMethods> } {
    if (this.#thread) return this.#thread
    const worker = new Worker(this.workerFile, { name: 'lateral-text' })
    const channel = workerChannel(worker)
    channel.onClose(() => {
      if (this.#thread?.worker === worker) this.#thread = undefined
    })
    const calls = connectRpc<TextWorkerMethods>(channel, (reason) => new ThreadLost(reason))
    this.#thread = { worker, calls }
    return this.#thread
  }
}

class ThreadLost extends Error {
  constructor(reason: string) {
    super(`The text thread ended: ${reason}`)
  }
}

/** Calls `onStuck` once the same condition has been tried for too long on one text. */
class StuckWatch {
  /** The condition that was to blame. */
  stuckOn: number | undefined
  readonly #timer: NodeJS.Timeout
  #steps = -1
  #unchangedMs = 0

  constructor(shared: Int32Array, stuckMs: number, onStuck: () => void) {
    const everyMs = Math.max(10, stuckMs / 10)
    this.#timer = setInterval(() => {
      const steps = Atomics.load(shared, SCAN_STEPS)
      const condition = Atomics.load(shared, SCAN_CONDITION)
      this.#unchangedMs = steps === this.#steps && condition >= 0 ? this.#unchangedMs + everyMs : 0
      this.#steps = steps
      if (this.#unchangedMs < stuckMs || this.stuckOn !== undefined) return
      this.stuckOn = condition
      onStuck()
    }, everyMs)
  }

  end(): void {
    clearInterval(this.#timer)
  }
}

const STUCK_MS = 1000
const IDLE_MS = 30_000
