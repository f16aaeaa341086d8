import { Worker } from 'node:worker_threads'
import type { Log, LogLevel } from '../base/log.ts'
import { connectRpc, type RpcClient, workerChannel } from '../base/rpc.ts'
import { indexLost } from '../contract/errorCodes.ts'
import type { IndexWorkerData } from './indexWorker.ts'
import type { SessionMethods, SessionOpenParams } from './sessionProtocol.ts'

export interface IndexThread {
  calls: RpcClient<SessionMethods>
  end(): Promise<void>
}

/**
 * Starts a thread for one folder's index (`indexWorker.ts`). Its log lines go to `log`. A thread that ends unasked is
 * replaced with the next call, and the index opened again as it last was; a question that was being answered is asked
 * again, anything else fails with `E_INDEX_LOST`: what it had written and not committed is gone.
 */
export function startIndexThread(workerFile: string, log: Log): IndexThread {
  const threads = new Threads(workerFile, log)
  const calls = new Proxy({} as RpcClient<SessionMethods>, {
    get: (_, name) =>
      // A proxy with a `then` would be taken for a promise by `await`.
      name === 'then' ? undefined : (...args: CallArguments) => threads.call(name as keyof SessionMethods, args),
  })
  return { calls, end: () => threads.end() }
}

type CallArguments = [params: unknown, signal?: AbortSignal, transfer?: ArrayBuffer[]]

class Threads {
  #thread: Thread
  #opened: SessionOpenParams | undefined
  #reopened: Promise<unknown> | undefined
  #isEnded = false

  constructor(
    private readonly workerFile: string,
    private readonly log: Log,
  ) {
    this.#thread = new Thread(workerFile, log)
  }

  async call(method: keyof SessionMethods, args: CallArguments): Promise<unknown> {
    if (method === 'open') this.#opened = args[0] as SessionOpenParams
    if (method === 'close') this.#opened = undefined
    for (let attempt = 1; ; attempt++) {
      const thread = await this.#living(method)
      try {
        return await (thread.calls[method] as (...args: CallArguments) => Promise<unknown>)(...args)
      } catch (error) {
        if (!(error instanceof ThreadLost) || this.#isEnded) throw error
        if (!QUESTIONS.has(method) || attempt >= MAX_ATTEMPTS) throw indexLost(error.message)
      }
    }
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#thread.worker.terminate()
  }

  /** The thread, or a new one with the index open, unless that is what is about to be done. */
  async #living(method: keyof SessionMethods): Promise<Thread> {
    if (this.#thread.isLost && !this.#isEnded) {
      this.log.warn(`The index thread ended (${this.#thread.isLost}); it is started again.`)
      const thread = new Thread(this.workerFile, this.log)
      this.#thread = thread
      this.#reopened = this.#opened && method !== 'open' ? thread.calls.open(this.#opened) : undefined
    }
    try {
      await this.#reopened
    } catch (error) {
      throw error instanceof ThreadLost && !this.#isEnded ? indexLost(error.message) : error
    }
    return this.#thread
  }
}

/** A worker, and what was the end of it. */
class Thread {
  readonly worker: Worker
  readonly calls: RpcClient<SessionMethods>
  isLost: string | undefined

  constructor(workerFile: string, log: Log) {
    const workerData: IndexWorkerData = { logLevel: 'trace' }
    this.worker = new Worker(workerFile, { workerData, name: 'lateral-index' })
    this.worker.on('message', (message: { type: string; level: Exclude<LogLevel, 'off'>; message: string }) => {
      if (message.type === 'log') log[message.level](message.message)
    })
    const channel = workerChannel(this.worker)
    channel.onClose((reason) => {
      this.isLost ??= reason
    })
    this.calls = connectRpc<SessionMethods>(channel, (reason) => new ThreadLost(reason))
  }
}

class ThreadLost extends Error {
  override readonly name = 'ThreadLost'
}

/** Calls that change nothing. */
const QUESTIONS: ReadonlySet<keyof SessionMethods> = new Set<keyof SessionMethods>([
  'open',
  'stats',
  'files',
  'pendingFiles',
  'search',
  'places',
  'related',
  'unitAt',
  'tuneSample',
  'timedSearch',
])
/** A question that ends two threads is to blame itself. */
const MAX_ATTEMPTS = 2
