import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { childChannel, connectRpc, type RpcClient } from '../base/rpc.ts'
import { WITHOUT_TELEMETRY } from './onnxRuntime.ts'
import type { DocumentsReply, EncoderMethods, LoadParams, LoadReply } from './protocol.ts'
import { RowFiles } from './rowFiles.ts'

export interface ProcessOptions {
  /** The bundled `encoderProcess.js`. */
  processFile: string
  execArgv: string[]
  log: Log
  load: LoadParams
}

/** The process ended while a call was under way. Never leaves this folder: callers replay, or say `encoderLost`. */
export class ProcessLost extends Error {
  override readonly name = 'ProcessLost'
}

/** The parent's side of one encoder process, from fork to exit. Not restarted: a new one is made instead. */
export class EncoderProcess {
  readonly calls: RpcClient<EncoderMethods>
  /** Rejects with what `load` failed with, or with `ProcessLost`. */
  readonly loaded: Promise<LoadReply>
  /** Resolves with the reason once the process is gone. */
  readonly exited: Promise<string>
  readonly #child: ChildProcess
  readonly #rowFiles = new RowFiles()

  constructor({ processFile, execArgv, log, load }: ProcessOptions) {
    // Standard output may belong to a protocol of the parent's. Standard error is where a crash speaks.
    this.#child = fork(processFile, [], {
      execArgv,
      env: childEnvironment(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...this.#rowFiles.fds],
    })
    let lastWords = ''
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-MAX_LAST_WORDS)
      log.debug(`encoder process ${this.pid}: ${text.trimEnd()}`)
    })
    const channel = childChannel(this.#child)
    const stderrEnded = new Promise((resolve) => this.#child.once('close', resolve))
    this.exited = new Promise((resolve) => {
      channel.onClose(async (reason) => {
        // A process that cannot be spoken to is of no use, even if it still runs.
        this.#child.kill('SIGKILL')
        this.#rowFiles.close()
        await Promise.race([stderrEnded, setTimeout(MAX_WAIT_FOR_STDERR_MS, undefined, { ref: false })])
        const complaint = lastWords.split('\n').find((line) => /^\S*Error\b/.test(line))
        resolve(complaint ? `${reason}: ${complaint.trim()}` : reason)
      })
    })
    this.calls = connectRpc<EncoderMethods>(channel, (reason) => new ProcessLost(reason))
    this.loaded = this.calls.load(load)
    this.loaded.catch(() => {})
  }

  /** As the call of that name, with the rows in a buffer of their own. */
  async encodeDocuments(
    params: { texts: string[]; unpooled?: boolean },
    signal?: AbortSignal,
  ): Promise<DocumentsReply> {
    const rowFile = this.#rowFiles.take()
    try {
      const reply = await this.calls.encodeDocuments({ ...params, ...(rowFile !== undefined && { rowFile }) }, signal)
      const { data, dim, rowCounts } = reply
      // What comes in a message shares its memory with the rest of it.
      if (data) return { ...reply, data: data.slice() }
      return { ...reply, data: this.#rowFiles.read(rowFile!, dim * rowCounts.reduce((sum, n) => sum + n, 0)) }
    } finally {
      if (rowFile !== undefined) this.#rowFiles.giveBack(rowFile)
    }
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Ends the process whatever it does; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.exited
  }
}

/** VS Code's own executable is Node only when told so. */
function childEnvironment(): NodeJS.ProcessEnv {
  const asNode = process.versions.electron ? { ELECTRON_RUN_AS_NODE: '1' } : {}
  return { ...process.env, ...asNode, ...WITHOUT_TELEMETRY }
}

const MAX_LAST_WORDS = 2_000
const MAX_WAIT_FOR_STDERR_MS = 200
