import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'
import { root } from '../corpus.ts'
import { checkOutput } from './oracles.ts'
import { type Report, Unanswered } from './types.ts'

// biome-ignore lint/suspicious/noExplicitAny: messages of any form go in and out
type Json = any

export interface Answer {
  result?: Json
  error?: { code: number; message: string; data?: Json }
}

export interface WireOptions {
  report: Report
  /** Answers the server's own requests. */
  onRequest?(method: string, params: Json): Json
  env?: NodeJS.ProcessEnv
  cwd?: string
  args?: string[]
  /** How long an answer may take. */
  limitMs: number
}

/**
 * The built server as a process and its bytes: messages are framed here, so that broken ones can be sent as well.
 * Everything that comes back is looked at.
 */
export class Wire {
  readonly process: ChildProcessWithoutNullStreams
  /** What the server sent but answers, in order. */
  readonly received: { method: string; params: Json }[] = []
  /** Answers to no request of `request`, such as those to broken messages. */
  readonly strayAnswers: Json[] = []
  errorOutput = ''
  /** Set by whoever wants it to end. */
  mayEnd = false
  readonly exited: Promise<void>
  #buffer = Buffer.alloc(0)
  #nextId = 1
  readonly #waiting = new Map<number, (answer: Answer) => void>()

  constructor(readonly options: WireOptions) {
    const { args = ['--stdio'], env = process.env, cwd } = options
    this.process = spawn(process.execPath, [SERVER, ...args], { env, ...(cwd && { cwd }) })
    this.process.stdout.on('data', (chunk) => this.#take(chunk))
    this.process.stderr.on('data', (chunk) => {
      this.errorOutput += chunk
    })
    // A server that has ended takes nothing more: its end is what counts.
    this.process.stdin.on('error', () => {})
    this.exited = new Promise((resolve) =>
      this.process.once('exit', (code, signal) => resolve(this.#ended(code, signal))),
    )
  }

  get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  /** Resolves with an answer, whatever it says; reports and throws `Unanswered` where none comes in time. */
  async request(method: string, params?: Json, limitMs = this.options.limitMs): Promise<Answer> {
    const id = this.#nextId++
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve))
    this.send({ jsonrpc: '2.0', id, method, ...(params !== undefined && { params }) })
    return this.within(answered, limitMs, `no answer to ${method}`)
  }

  /** As `request` does, with an id of the caller's, which need not be a good one; gives nothing. */
  notify(method: string, params?: Json): void {
    this.send({ jsonrpc: '2.0', method, ...(params !== undefined && { params }) })
  }

  send(message: Json): void {
    this.sendBody(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))
  }

  sendBody(body: Buffer): void {
    this.sendRaw(Buffer.concat([Buffer.from(`Content-Length: ${body.byteLength}\r\n\r\n`), body]))
  }

  sendRaw(bytes: Buffer | string): void {
    if (!this.hasEnded && this.process.stdin.writable) this.process.stdin.write(bytes)
  }

  async within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs)
    })
    const ended = this.exited.then(() => 'ended' as const)
    const first = await Promise.race([promise.then((value) => ({ value })), late, ended])
    clearTimeout(timer)
    if (typeof first === 'object') return first.value
    if (first === 'late') this.options.report('hangs', `${what} in ${limitMs / 1000} s`)
    throw new Unanswered(`${what}: ${first}`)
  }

  /** SIGTERM, which must be obeyed in 5 s, or SIGKILL. */
  async terminate(limitMs = 5000): Promise<void> {
    this.mayEnd = true
    if (this.hasEnded) return
    this.process.kill('SIGTERM')
    const timer = setTimeout(() => {
      this.options.report('hangs', `the server does not obey SIGTERM in ${limitMs / 1000} s`)
      this.process.kill('SIGKILL')
    }, limitMs)
    await this.exited
    clearTimeout(timer)
  }

  /** As an editor does; what does not end is made to. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    try {
      await this.request('shutdown')
      this.mayEnd = true
      this.notify('exit')
      await this.within(this.exited, this.options.limitMs, 'no end after exit').catch(() => {})
    } catch {
      // Reported; the end is the same.
    }
    await this.terminate()
  }

  #ended(code: number | null, signal: string | null): void {
    const { report } = this.options
    checkOutput(this.errorOutput, 'standard error of the server', report)
    if (!this.mayEnd) report('crashes', `the server ended (${signal ?? code}): ${this.errorOutput.slice(-300)}`)
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const end = this.#buffer.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.toString('latin1', 0, end))?.[1] ?? 0)
      if (this.#buffer.byteLength < end + 4 + length) return
      const body = this.#buffer.toString('utf8', end + 4, end + 4 + length)
      this.#buffer = this.#buffer.subarray(end + 4 + length)
      this.#message(body)
    }
  }

  #message(body: string): void {
    const message = JSON.parse(body) as Json
    checkOutput(readable(message), `message ${message.method ?? 'answer'}`, this.options.report)
    if (message.method === undefined) {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (waiting) waiting(message)
      else this.strayAnswers.push(message)
      return
    }
    if (message.id === undefined) {
      this.received.push({ method: message.method, params: message.params })
      return
    }
    const result = this.options.onRequest?.(message.method, message.params) ?? null
    if (result !== NO_ANSWER) this.send({ jsonrpc: '2.0', id: message.id, result })
  }
}

/** What a client that leaves the server waiting gives for an answer. */
export const NO_ANSWER = Symbol('no answer')

/** Texts of a message with their line breaks as such, so that traces look like traces. */
const readable = (message: Json) => JSON.stringify(message).replaceAll('\\n', '\n')

const SERVER = path.join(root, 'server/dist/main.js')
