import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import path from 'node:path'

const SERVER = path.resolve(import.meta.dirname, '../../../server/dist/main.js')

export interface Answer {
  id?: number | string | null
  method?: string
  params?: unknown
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever the server sent
  result?: any
  // biome-ignore lint/suspicious/noExplicitAny: as above
  error?: any
}

/** The built server over stdio, for messages that no client library would send. */
export class RawClient {
  readonly process: ChildProcessWithoutNullStreams
  readonly received: Answer[] = []
  errorOutput = ''
  #buffer = Buffer.alloc(0)
  #nextId = 1
  readonly #waiting: { accepts(answer: Answer): boolean; resolve(answer: Answer): void }[] = []

  constructor() {
    this.process = spawn(process.execPath, [SERVER, '--stdio'])
    this.process.stderr.on('data', (chunk) => {
      this.errorOutput += chunk
    })
    this.process.stdin.on('error', () => {})
    this.process.setMaxListeners(0)
    this.process.stdout.on('data', (chunk) => this.#take(chunk))
  }

  /** Bytes as they are. */
  write(data: string | Buffer): void {
    this.process.stdin.write(data)
  }

  send(message: unknown): void {
    const body = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message))
    this.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]))
  }

  notify(method: string, params?: unknown): void {
    this.send({ jsonrpc: '2.0', method, params })
  }

  request(method: string, params?: unknown, timeoutMs?: number): Promise<Answer> {
    const id = this.#nextId++
    const answer = this.answer((each) => each.id === id && each.method === undefined, timeoutMs)
    this.send({ jsonrpc: '2.0', id, method, params })
    return answer
  }

  /** The next message that fits. */
  answer(accepts: (answer: Answer) => boolean, timeoutMs = 10_000): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`No answer within ${timeoutMs} ms: ${this.errorOutput}`)),
        timeoutMs,
      )
      this.process.once('exit', () => reject(new Error(`The server has ended: ${this.errorOutput}`)))
      this.#waiting.push({
        accepts,
        resolve(answer) {
          clearTimeout(timer)
          resolve(answer)
        },
      })
    })
  }

  async initialize(folder: string, storageDirectory: string): Promise<Answer> {
    const answer = await this.request('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: `file://${folder}`, name: 'workspace' }],
      initializationOptions: { storageDirectory },
      capabilities: {},
    })
    this.notify('initialized', {})
    return answer
  }

  exited(): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode)
    return new Promise((resolve) => this.process.once('exit', resolve))
  }

  kill(): void {
    if (this.process.exitCode === null) this.process.kill()
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.#buffer.toString('latin1', 0, 100))
      if (!header) return
      const end = header[0].length + Number(header[1])
      if (this.#buffer.length < end) return
      const message: Answer = JSON.parse(this.#buffer.toString('utf8', header[0].length, end))
      this.#buffer = this.#buffer.subarray(end)
      this.received.push(message)
      const at = this.#waiting.findIndex(({ accepts }) => accepts(message))
      if (at >= 0) this.#waiting.splice(at, 1)[0]!.resolve(message)
    }
  }
}
