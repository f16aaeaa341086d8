import { existsSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Kernel } from './kernel.ts'
import { DONE, GATE, JobBoard, type KernelJob, N_READY, NEXT_UNIT, OPEN, SEQUENCE, workOnJob } from './kernelJob.ts'
import type { KernelWorkerData } from './kernelWorker.ts'

/**
 * Threads that score units together over a kernel's memory. They start at the first job that is worth it and join when
 * they are ready; until then, and where none can run, the caller works alone. A job waits for no thread that has not
 * joined it, so a busy machine makes it slower by less than a block.
 */
export class KernelThreads {
  readonly #board = new JobBoard()
  #workers: Worker[] | undefined

  /** `nThreads` with the caller's; `directory` holds `kernelWorker.js`. */
  constructor(
    readonly kernel: Kernel,
    private readonly directory: string,
    readonly nThreads: number,
  ) {}

  /** Does the job; `beforeBlock` is called on this thread before each of its blocks and may throw to end the job. */
  run(job: KernelJob, scratchBytes: readonly number[], beforeBlock: () => void): void {
    const { words } = this.#board
    words[NEXT_UNIT] = 0
    const isShared = this.nThreads > 1 && job.args[1]! >= 2 * job.blockUnits && this.#areReady()
    if (isShared) this.#open(job, scratchBytes)
    try {
      workOnJob(words, this.kernel.call, job, scratchBytes, 0, beforeBlock)
    } catch (error) {
      Atomics.store(words, NEXT_UNIT, job.args[1]!)
      throw error
    } finally {
      if (isShared) this.#close()
    }
  }

  /** Threads cannot be used any more. */
  end(): void {
    for (const worker of this.#workers ?? []) void worker.terminate()
    this.#workers = []
  }

  #areReady(): boolean {
    this.#workers ??= this.#start()
    return Atomics.load(this.#board.words, N_READY) > 0
  }

  #start(): Worker[] {
    const { module, memory } = this.kernel
    const file = path.resolve(this.directory, 'kernelWorker.js')
    if (!module || !existsSync(file)) return []
    return Array.from({ length: this.nThreads - 1 }, (_, i) => {
      const workerData: KernelWorkerData = { module, memory, board: this.#board.buffer, thread: i + 1 }
      const worker = new Worker(file, { workerData, name: 'lateral-scoring' })
      // One that cannot start or ends is not missed.
      worker.on('error', () => {})
      worker.unref()
      return worker
    })
  }

  #open(job: KernelJob, scratchBytes: readonly number[]): void {
    const { words } = this.#board
    this.#board.write(job, scratchBytes)
    Atomics.store(words, DONE, 0)
    Atomics.store(words, GATE, OPEN)
    Atomics.add(words, SEQUENCE, 1)
    Atomics.notify(words, SEQUENCE)
  }

  /** Lets no other thread in and waits for those that are in. */
  #close(): void {
    const { words } = this.#board
    const nJoined = Atomics.and(words, GATE, ~OPEN) & (OPEN - 1)
    for (;;) {
      const nDone = Atomics.load(words, DONE)
      if (nDone >= nJoined) return
      Atomics.wait(words, DONE, nDone)
    }
  }
}
