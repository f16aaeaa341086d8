import { CancelledError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { encoderLost } from '../contract/errorCodes.ts'
import { pieceLength, unpackRows } from './batches.ts'
import type { TokenVectors } from './encoder.ts'
import { type EncoderProcess, ProcessLost } from './encoderProcessHandle.ts'
import type { LoadReply, MayChangeRuntime } from './protocol.ts'

export interface BuildQueueOptions {
  nProcesses: number
  startProcess(): EncoderProcess
  log: Log
  /** Called with what each batch says. */
  onReply(reply: MayChangeRuntime): void
  /** Processes without work end after this time and are started again when needed. */
  idleMs: number
}

/**
 * Batches of documents, handed to processes in order. Each process holds two, so that the next one is there when the
 * first is done. A process that ends is replaced and its batches are done again; the batch it was at is then done text
 * by text, and a text that ends three processes fails its own call with E_ENCODER_LOST.
 *
 * ```
 *   queue   [b7 b6 b5]  ->  slot 0: process, [b1 running, b3 waiting]
 *                           slot 1: process, [b2 running, b4 waiting]
 * ```
 */
export class BuildQueue {
  readonly #options: BuildQueueOptions
  readonly #slots: Slot[]
  #queue: Batch[] = []
  #restartsInARow = 0
  #idleTimer: NodeJS.Timeout | undefined
  #disposed = false

  constructor(options: BuildQueueOptions) {
    this.#options = options
    this.#slots = Array.from({ length: options.nProcesses }, () => ({ process: undefined, ready: false, inFlight: [] }))
  }

  /**
   * Encodes each batch; the answer has theirs in order. The first failure or `signal` ends the call: what it still has
   * in the queue is dropped, what is under way is cancelled.
   */
  encode(batches: string[][], signal: AbortSignal | undefined): Promise<TokenVectors[]> {
    if (this.#disposed || signal?.aborted) return Promise.reject(new CancelledError())
    if (batches.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const results: TokenVectors[][] = new Array(batches.length)
      const controller = new AbortController()
      let nOpen = batches.length
      const onAbort = () => call.fail(new CancelledError())
      const call: Call = {
        signal: controller.signal,
        fail: (error) => {
          signal?.removeEventListener('abort', onAbort)
          this.#queue = this.#queue.filter((batch) => batch.call !== call)
          reject(error)
          controller.abort()
          this.#pump()
        },
        done: (index, vectors) => {
          results[index] = vectors
          if (--nOpen > 0) return
          signal?.removeEventListener('abort', onAbort)
          resolve(results.flat())
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      batches.forEach((texts, index) => {
        this.#queue.push({ call, texts, nCrashes: 0, done: (vectors) => call.done(index, vectors) })
      })
      this.#pump()
    })
  }

  /**
   * Starts processes for that many batches that are about to come. Resolves with what the first of them says of its
   * model, once it has it; fails as the load does, or with E_ENCODER_LOST.
   */
  async expect(nBatches: number): Promise<LoadReply> {
    if (this.#disposed) throw new CancelledError()
    this.#startProcesses(nBatches)
    const answers = this.#slots.flatMap(({ process }) => (process ? [firstWord(process)] : []))
    try {
      // Of all: one that refuses the model has the others ended, whose end says nothing of why.
      return await Promise.race(answers)
    } finally {
      // A process that gets no work ends after a while.
      this.#pump()
    }
  }

  /** Process ids, for tests and status. */
  get pids(): number[] {
    return this.#slots.map(({ process }) => process?.pid).filter((pid) => pid !== undefined)
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    clearTimeout(this.#idleTimer)
    this.#failAll(new CancelledError())
    await Promise.all(this.#slots.map((slot) => this.#release(slot)))
  }

  /** Hands out what there is to do. Called whenever a batch comes, a place is free or a process is ready. */
  #pump(): void {
    if (this.#disposed) return
    if (this.#queue.length > 0) this.#startProcesses(this.#queue.length)
    // One for each process before a second for any.
    for (let depth = 0; depth < BATCHES_IN_FLIGHT; depth++) {
      for (const slot of this.#slots) {
        if (!slot.ready || slot.inFlight.length !== depth) continue
        const batch = this.#take()
        if (batch) this.#send(slot, batch)
      }
    }
    const idle = this.#queue.length === 0 && this.#slots.every(({ inFlight }) => inFlight.length === 0)
    clearTimeout(this.#idleTimer)
    if (!idle || this.pids.length === 0) return
    this.#idleTimer = setTimeout(() => {
      for (const slot of this.#slots) void this.#release(slot)
    }, this.#options.idleMs)
    this.#idleTimer.unref()
  }

  /** The next batch; of the last ones only a piece. */
  #take(): Batch | undefined {
    const batch = this.#queue.shift()
    if (!batch) return undefined
    const waiting = this.#queue.map(({ texts }) => texts)
    const nTexts = pieceLength(batch.texts, waiting, this.#slots.length)
    if (nTexts === batch.texts.length) return batch
    const [piece, rest] = parts(batch, [batch.texts.slice(0, nTexts), batch.texts.slice(nTexts)])
    this.#queue.unshift(rest!)
    return piece
  }

  #startProcesses(nBatches: number): void {
    const nStarting = this.#slots.filter(({ process, ready }) => process && !ready).length
    let nWanted = nBatches - nStarting
    for (const slot of this.#slots) {
      if (slot.ready && slot.inFlight.length === 0) nWanted--
    }
    for (const slot of this.#slots) {
      if (slot.process || nWanted-- <= 0) continue
      this.#start(slot)
    }
  }

  #start(slot: Slot): void {
    const process = this.#options.startProcess()
    slot.process = process
    void process.exited.then((reason) => {
      if (slot.process === process) this.#onExit(slot, reason)
    })
    process.loaded.then(
      () => {
        if (slot.process !== process) return
        slot.ready = true
        this.#pump()
      },
      (error) => {
        if (slot.process !== process || error instanceof ProcessLost) return
        // The model is bad for every process that reads it now: one that would say so later must not fail a call that
        // comes after the model was mended.
        for (const other of this.#slots) {
          if (!other.ready) void this.#release(other)
        }
        this.#failAll(error)
      },
    )
  }

  #send(slot: Slot, batch: Batch): void {
    slot.inFlight.push(batch)
    const process = slot.process!
    const settle = () => {
      slot.inFlight = slot.inFlight.filter((other) => other !== batch)
      this.#pump()
    }
    process.encodeDocuments({ texts: batch.texts }, batch.call.signal).then(
      (reply) => {
        this.#restartsInARow = 0
        this.#options.onReply(reply)
        batch.done(unpackRows(reply))
        settle()
      },
      (error) => {
        if (error instanceof ProcessLost) return // `#onExit` takes the batch back
        if (!isCancelled(error)) batch.call.fail(error)
        settle()
      },
    )
  }

  #onExit(slot: Slot, reason: string): void {
    const { log } = this.#options
    const [suspect, ...innocent] = slot.inFlight.filter(({ call }) => !call.signal.aborted)
    slot.process = undefined
    slot.ready = false
    slot.inFlight = []
    this.#restartsInARow++
    log.warn(`an encoder process ended (${reason}); ${suspect ? 'its work is done again' : 'it was idle'}`)
    this.#queue.unshift(...innocent)
    if (suspect) this.#retry(suspect, reason)
    if (this.#restartsInARow > MAX_RESTARTS_IN_A_ROW) {
      this.#restartsInARow = 0
      this.#failAll(encoderLost(reason))
    }
    this.#pump()
  }

  /** Text by text, so that a text that kills is found and the others of its batch are not lost with it. */
  #retry(batch: Batch, reason: string): void {
    const { call, texts } = batch
    const nCrashes = batch.nCrashes + 1
    if (texts.length === 1 && nCrashes >= MAX_CRASHES_PER_TEXT) {
      call.fail(encoderLost(reason))
      return
    }
    const singles = parts(
      { ...batch, nCrashes },
      texts.map((text) => [text]),
    )
    this.#queue.unshift(...singles)
  }

  #failAll(error: Error): void {
    const calls = new Set([...this.#queue, ...this.#slots.flatMap(({ inFlight }) => inFlight)].map(({ call }) => call))
    this.#queue = []
    for (const call of calls) call.fail(error)
  }

  async #release(slot: Slot): Promise<void> {
    const { process } = slot
    slot.process = undefined
    slot.ready = false
    slot.inFlight = []
    await process?.kill()
  }
}

/** What a process says of its model; E_ENCODER_LOST where it ends before. */
async function firstWord(process: EncoderProcess): Promise<LoadReply> {
  try {
    return await process.loaded
  } catch (error) {
    throw error instanceof ProcessLost ? encoderLost(await process.exited) : error
  }
}

/** Batches of the given texts of one, which is done when they all are. */
function parts(batch: Batch, texts: string[][]): Batch[] {
  const vectors: TokenVectors[][] = new Array(texts.length)
  let nOpen = texts.length
  return texts.map((own, i) => ({
    ...batch,
    texts: own,
    done(found) {
      vectors[i] = found
      if (--nOpen === 0) batch.done(vectors.flat())
    },
  }))
}

interface Call {
  /** Fires when the call is over early. */
  signal: AbortSignal
  fail(error: Error): void
  done(index: number, vectors: TokenVectors[]): void
}

interface Batch {
  call: Call
  texts: string[]
  /** Processes that ended while this batch was at the head of theirs. */
  nCrashes: number
  done(vectors: TokenVectors[]): void
}

interface Slot {
  process: EncoderProcess | undefined
  ready: boolean
  /** Oldest first: the one that runs, then the one that waits in the process. */
  inFlight: Batch[]
}

const BATCHES_IN_FLIGHT = 2
const MAX_CRASHES_PER_TEXT = 3
/** Without a batch done in between: then it is not a text's fault. */
const MAX_RESTARTS_IN_A_ROW = 6
