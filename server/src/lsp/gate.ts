import {
  AbstractMessageReader,
  type DataCallback,
  type Disposable,
  ErrorCodes,
  type Message,
  type MessageReader,
  type MessageWriter,
  type RequestMessage,
} from 'vscode-languageserver/node'
import type { ErrorData } from '../contract/requests.ts'
import { problemOf } from './standardParams.ts'

/**
 * Stands between a reader and the connection and lets through what the protocol allows: requests in their time
 * (`initialize` first and once, none after `shutdown`), parameters by name and of the standard's shape. Other requests
 * are answered with the error that the protocol has for them; other notifications are dropped.
 */
export class Gate extends AbstractMessageReader {
  #phase: 'new' | 'running' | 'shut-down' = 'new'

  constructor(
    readonly reader: MessageReader,
    readonly writer: MessageWriter,
  ) {
    super()
    reader.onError((error) => this.fireError(error))
    reader.onClose(() => this.fireClose())
  }

  listen(callback: DataCallback): Disposable {
    return this.reader.listen((message) => {
      const admitted = this.#admitted(message)
      if (admitted) callback(admitted)
    })
  }

  get isShutDown(): boolean {
    return this.#phase === 'shut-down'
  }

  /** Answers with an error; never fails. `id` is null where it could not be read. */
  async refuse(id: RequestMessage['id'], code: number, message: string): Promise<void> {
    const data: ErrorData = { code: 'E_USAGE', advice: 'Send messages as the protocol describes them.' }
    try {
      await this.writer.write({ jsonrpc: '2.0', id, error: { code, message, data } } as Message)
    } catch {
      // Whoever listens to the writer hears of it.
    }
  }

  #admitted(given: unknown): Message | undefined {
    const message = given as Partial<RequestMessage> | null
    const isObject = typeof message === 'object' && message !== null && !Array.isArray(message)
    if (isObject && message.method === undefined && ('result' in message || 'error' in message))
      return message as Message
    if (!isObject || typeof message.method !== 'string' || !isId(message.id)) {
      void this.refuse(
        isObject && isId(message.id) ? (message.id ?? null) : null,
        ErrorCodes.InvalidRequest,
        'This is no message.',
      )
      return undefined
    }
    const named = { ...message, params: byName(message.params) } as Message & { method: string; params: unknown }
    const { method, id } = message
    if (id === undefined) return this.#admitsNotification(method, named.params) ? named : undefined
    const refusal = this.#refusalOf(method, named.params)
    if (!refusal) return named
    void this.refuse(id, ...refusal)
    return undefined
  }

  #admitsNotification(method: string, params: unknown): boolean {
    if (method === 'exit') return true
    return this.#phase === 'running' && problemOf(method, params) === undefined
  }

  #refusalOf(method: string, params: unknown): [code: number, message: string] | undefined {
    if (this.#phase === 'shut-down') return [ErrorCodes.InvalidRequest, 'The server is shutting down.']
    if (method === 'initialize') {
      if (this.#phase === 'running') return [ErrorCodes.InvalidRequest, 'The server is initialized already.']
    } else if (this.#phase === 'new') return [ErrorCodes.ServerNotInitialized, 'The server is not initialized yet.']
    const problem = problemOf(method, params)
    if (problem !== undefined) return [ErrorCodes.InvalidParams, `Invalid parameters: ${problem}`]
    if (method === 'initialize') this.#phase = 'running'
    if (method === 'shutdown') this.#phase = 'shut-down'
    return undefined
  }
}

/** Of a request, or the absence that makes a message a notification. */
const isId = (id: unknown) => id === undefined || typeof id === 'string' || typeof id === 'number'

/**
 * Parameters by position would arrive as so many arguments: no method here takes them, and a text fits no method's
 * check either. Absent ones would shift the arguments too.
 */
function byName(params: unknown): unknown {
  if (params === undefined) return null
  return Array.isArray(params) ? 'parameters by position' : params
}
