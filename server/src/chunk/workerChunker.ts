import { Worker } from 'node:worker_threads'
import { isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { connectRpc, type RpcClient, workerChannel } from '../base/rpc.ts'
import { type Chunker, chunkWithoutParser } from './chunker.ts'
import type { ChunkWorkerData, ChunkWorkerMethods } from './chunkWorker.ts'

export interface WorkerChunkerOptions extends ChunkWorkerData {
  /** The bundle of `chunkWorker.ts`. */
  workerFile: string | URL
  /**
   * A worker that has files and answers none for so long is ended. The last resort: what a grammar may take is counted in
   * steps, and no busy machine needs so long for them.
   */
  silenceLimitMs?: number
  log?: Log
}

/**
 * A chunker on a thread of its own, started with the first file. A worker that ends is started again and the files it
 * had are sent once more, one by one, since only one of them is to blame; a file that ends it a second time is cut
 * without a parser and comes back as 'plain-text'.
 */
export function startWorkerChunker(options: WorkerChunkerOptions): Chunker {
  return new WorkerChunker(options)
}

class WorkerChunker implements Chunker {
  readonly #options: WorkerChunkerOptions
  #connection: { worker: Worker; client: RpcClient<ChunkWorkerMethods> } | undefined
  #disposed = false
  #nAsked = 0
  #silence: NodeJS.Timeout | undefined
  /** Second attempts wait for each other, and new files for them, so that an innocent file shares no worker. */
  #retries: Promise<unknown> = Promise.resolve()

  constructor(options: WorkerChunkerOptions) {
    this.#options = options
  }

  async chunkFile(path: string, bytes: Uint8Array) {
    await this.#retries
    if (this.#disposed) return this.#withoutParser(path, bytes)
    try {
      return await this.#ask(path, bytes)
    } catch (error) {
      if (this.#disposed || isCancelled(error)) return this.#withoutParser(path, bytes)
      this.#options.log?.warn(`The chunk worker ended on ${path} or a file beside it: ${String(error)}`)
    }
    const retry = this.#retries.then(() => this.#secondAttempt(path, bytes))
    this.#retries = retry
    return retry
  }

  expectFiles(): void {
    if (!this.#disposed) this.#connect()
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    await this.#connection?.worker.terminate()
  }

  async #secondAttempt(path: string, bytes: Uint8Array) {
    try {
      if (!this.#disposed) return await this.#ask(path, bytes)
    } catch {
      this.#options.log?.warn(`${path} is cut into windows: it ended the chunk worker twice.`)
    }
    return this.#withoutParser(path, bytes)
  }

  #withoutParser(path: string, bytes: Uint8Array) {
    return chunkWithoutParser(path, bytes, this.#options.maxFileSizeBytes)
  }

  async #ask(path: string, bytes: Uint8Array) {
    const { worker, client } = this.#connect()
    if (this.#nAsked++ === 0) this.#listen(worker)
    try {
      return await client.chunkFile({ path, bytes })
    } finally {
      clearTimeout(this.#silence)
      if (--this.#nAsked > 0) this.#listen(worker)
    }
  }

  #listen(worker: Worker): void {
    this.#silence = setTimeout(() => void worker.terminate(), this.#options.silenceLimitMs ?? SILENCE_LIMIT_MS)
    this.#silence.unref()
  }

  #connect(): { worker: Worker; client: RpcClient<ChunkWorkerMethods> } {
    if (this.#connection) return this.#connection
    const { workerFile, grammarsDirectory, maxFileSizeBytes } = this.#options
    const worker = new Worker(workerFile, {
      workerData: { grammarsDirectory, ...(maxFileSizeBytes !== undefined && { maxFileSizeBytes }) },
    })
    const channel = workerChannel(worker)
    channel.onClose(() => {
      if (this.#connection?.worker === worker) this.#connection = undefined
    })
    const client = connectRpc<ChunkWorkerMethods>(channel, (reason) => new Error(reason))
    this.#connection = { worker, client }
    return this.#connection
  }
}

const SILENCE_LIMIT_MS = 10 * 60_000
