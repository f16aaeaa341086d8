import os from 'node:os'
import { CancelledError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { encoderLost } from '../contract/errorCodes.ts'
import { planBatches, unpackRows } from './batches.ts'
import { BuildQueue } from './buildQueue.ts'
import type { Encoder, EncoderRuntime } from './encoder.ts'
import { EncoderProcess, ProcessLost } from './encoderProcessHandle.ts'
import { modelFingerprint, readModelFolder } from './modelFolder.ts'
import type { Accelerator } from './onnxBackend.ts'
import { pooledFingerprint } from './pooling.ts'
import type { LoadReply, MayChangeRuntime } from './protocol.ts'

export interface EncoderOptions {
  modelDirectory: string
  /** The bundled `encoderProcess.js`. */
  processFile: string
  /** Processes for documents, one thread each. 0: one a core. */
  threads: number
  /** About one row in so many is kept of a document (`pooling.ts`). Default 1: all. */
  poolFactor?: number
  /** Default `cpu`, which is also what takes over where another one fails. */
  accelerator?: Accelerator
  log: Log
  /** Node options for the processes; none by default, so that a debugger's port is not inherited. */
  execArgv?: string[]
  /** Whether processes for documents run below normal priority. Default true. */
  lowPriority?: boolean
  /** What is wanted first, and started at once; the other starts with its first call. Default `queries`. */
  first?: FirstUse
  /** Time without work after which processes for documents end. Default 30 s. */
  buildIdleMs?: number
}

export type FirstUse = 'queries' | 'documents'

export interface PooledEncoder extends Encoder {
  readonly runtime: EncoderRuntime
  /** Ids of the processes that run now, the query process first. */
  readonly pids: number[]
}

/**
 * An encoder on processes of its own: one for queries (and urgent documents), and `threads` for documents, started with
 * the first ones and ended when idle. Documents of several calls are encoded in order of the
 * calls; keep two or more calls under way so that no process waits between them.
 *
 * Fails with E_MODEL_MISSING, E_MODEL_INVALID or E_ORT_LOAD. `dispose` ends all processes at once; calls under way
 * then reject with `CancelledError`.
 */
export async function createEncoder(options: EncoderOptions): Promise<PooledEncoder> {
  const { modelDirectory, processFile, log, execArgv = [], lowPriority = true, poolFactor = 1 } = options
  const { accelerator = 'cpu', first = 'queries' } = options
  const nProcesses = options.threads || os.availableParallelism()
  const start = (low: boolean) =>
    new EncoderProcess({
      ...{ processFile, execArgv, log },
      load: { modelDirectory, lowPriority: low, poolFactor, accelerator },
    })

  let runtime: EncoderRuntime = { accelerator }
  /** Each process finds out for itself; what one has found is told once. */
  const note = <T extends MayChangeRuntime>(reply: T): T => {
    if (reply.runtime && reply.runtime.note !== runtime.note) {
      runtime = reply.runtime
      if (runtime.note) log.warn(runtime.note)
    }
    return reply
  }
  const folder = await readModelFolder(modelDirectory)
  const queries = new QueryLane(() => start(false), log)
  const builds = new BuildQueue({
    nProcesses,
    startProcess: () => start(lowPriority),
    log,
    onReply: (reply) => note(reply),
    idleMs: options.buildIdleMs ?? BUILD_IDLE_MS,
  })
  const dispose = async () => {
    await Promise.all([queries.dispose(), builds.dispose()])
  }
  try {
    const loaded = first === 'documents' ? builds.expect(FIRST_PROCESSES) : queries.loaded()
    const [{ dim }, fingerprint] = await Promise.all([loaded.then(note), modelFingerprint(folder)])
    const { queryLength, documentLength } = folder.config
    return {
      model: {
        id: folder.id,
        dim,
        queryLength,
        documentLength,
        fingerprint: pooledFingerprint(fingerprint, poolFactor),
      },
      get runtime() {
        return runtime
      },
      get pids() {
        return [...queries.pids, ...builds.pids]
      },
      encodeQuery: async (text, { signal } = {}) =>
        note(await queries.run(({ calls }) => calls.encodeQuery({ text }, signal))),
      async encodeDocuments(texts, { signal, urgent, unpooled = false } = {}) {
        const { unique, positions, batches } = planBatches(texts, nProcesses)
        const vectors =
          urgent || unpooled
            ? unpackRows(
                note(await queries.run((process) => process.encodeDocuments({ texts: unique, unpooled }, signal))),
              )
            : await builds.encode(
                batches.map(([from, to]) => unique.slice(from, to)),
                signal,
              )
        return positions.map((position) => vectors[position]!)
      },
      expectDocuments(nTexts) {
        builds.expect(Math.ceil(nTexts / TEXTS_A_PROCESS)).catch((error) => log.debug(String(error)))
      },
      dispose,
    }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** The one process that answers while somebody waits. Ended processes are replaced, their calls made again. */
class QueryLane {
  #process: EncoderProcess | undefined
  #disposed = false

  constructor(
    private readonly start: () => EncoderProcess,
    private readonly log: Log,
  ) {}

  loaded(): Promise<LoadReply> {
    return this.run(({ loaded }) => loaded)
  }

  async run<T>(call: (process: EncoderProcess) => Promise<T>): Promise<T> {
    for (let nCrashes = 1; ; nCrashes++) {
      if (this.#disposed) throw new CancelledError()
      const process = this.#current()
      try {
        return await call(process)
      } catch (error) {
        if (!(error instanceof ProcessLost)) throw error
        const reason = await process.exited
        if (!this.#disposed && nCrashes >= MAX_CRASHES_PER_CALL) throw encoderLost(reason)
      }
    }
  }

  get pids(): number[] {
    const pid = this.#process?.pid
    return pid === undefined ? [] : [pid]
  }

  async dispose(): Promise<void> {
    this.#disposed = true
    await this.#process?.kill()
  }

  #current(): EncoderProcess {
    if (this.#process) return this.#process
    const process = this.start()
    this.#process = process
    void process.exited.then((reason) => {
      if (this.#process === process) this.#process = undefined
      if (!this.#disposed) this.log.warn(`the query process ended (${reason})`)
    })
    return process
  }
}

const BUILD_IDLE_MS = 30_000
/** A start takes longer than most batches. */
const FIRST_PROCESSES = 2
/** So many are worth the start of another process. */
const TEXTS_A_PROCESS = 16
const MAX_CRASHES_PER_CALL = 3
