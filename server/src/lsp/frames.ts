import type { Readable } from 'node:stream'
import { AbstractMessageReader, type DataCallback, type Disposable, ErrorCodes } from 'vscode-languageserver/node'

/** Hears of what arrived and is no message: the JSON-RPC error code and what is wrong with it. Resolves once it is told. */
export type OnBadMessage = (code: number, problem: string) => Promise<void>

/**
 * Reads messages from a stream, as the base protocol frames them. A body that is no JSON or too long is told of and
 * passed over; after a header that cannot be read nobody knows where the next message begins, and the stream counts as
 * ended (`onClose`). Takes the memory of the message that is being read.
 */
export class FrameReader extends AbstractMessageReader {
  #chunks: Buffer[] = []
  #size = 0
  /** Of the body that is being read; undefined in a header. */
  #length: number | undefined
  /** Bytes still to come of a body that is too long. */
  #toSkip = 0
  #isBroken = false

  constructor(
    readonly stream: Readable,
    readonly onBadMessage: OnBadMessage,
    readonly maxBytes = MAX_MESSAGE_BYTES,
  ) {
    super()
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => this.#take(chunk, callback)
    this.stream.on('data', onData)
    this.stream.on('error', (error) => this.fireError(error))
    this.stream.on('close', () => this.fireClose())
    return { dispose: () => this.stream.off('data', onData) }
  }

  #take(chunk: Buffer, callback: DataCallback): void {
    if (this.#isBroken) return
    const skipped = Math.min(this.#toSkip, chunk.length)
    this.#toSkip -= skipped
    if (skipped < chunk.length) this.#put(chunk.subarray(skipped))
    while (!this.#isBroken && this.#readOne(callback));
  }

  /** Whether there may be more to read. */
  #readOne(callback: DataCallback): boolean {
    if (this.#length === undefined) {
      const head = this.#joined()
      const end = head.indexOf(HEADER_END)
      if (end < 0 && head.length <= MAX_HEADER_BYTES) return false
      const length = end < 0 ? undefined : contentLength(head.toString('latin1', 0, end))
      if (length === undefined) {
        this.#break()
        return false
      }
      this.#reset(head.subarray(end + HEADER_END.length))
      if (length > this.maxBytes) {
        this.#skip(length)
        return true
      }
      this.#length = length
    }
    if (this.#size < this.#length) return false
    const data = this.#joined()
    const body = data.subarray(0, this.#length)
    this.#reset(data.subarray(this.#length))
    this.#length = undefined
    const message = parsed(body)
    if (message === undefined) void this.onBadMessage(ErrorCodes.ParseError, 'A message is no JSON.')
    else callback(message as Parameters<DataCallback>[0])
    return true
  }

  #skip(length: number): void {
    const here = Math.min(length, this.#size)
    this.#toSkip = length - here
    this.#reset(this.#joined().subarray(here))
    void this.onBadMessage(ErrorCodes.InvalidRequest, `A message is longer than ${this.maxBytes} bytes.`)
  }

  #break(): void {
    this.#isBroken = true
    this.#reset(Buffer.alloc(0))
    const problem = 'A header cannot be read: a message begins with "Content-Length: N".'
    void this.onBadMessage(ErrorCodes.ParseError, problem).then(() => this.fireClose())
  }

  #put(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  #joined(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0]!
  }

  #reset(rest: Buffer): void {
    this.#chunks = [rest]
    this.#size = rest.length
  }
}

function contentLength(header: string): number | undefined {
  const digits = /^content-length:[ \t]*(\d{1,15})[ \t]*$/im.exec(header)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Editors do not send documents above 50 MB. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024
const MAX_HEADER_BYTES = 8192
const HEADER_END = '\r\n\r\n'
