import type { ChildProcess } from 'node:child_process'
import { type MessagePort, receiveMessageOnPort, type Worker } from 'node:worker_threads'
import { CancelledError, deserializeError, type SerializedError, serializeError } from './errors.ts'

/**
 * Typed calls across a thread or process border. Both ends share one interface of methods:
 * `serveRpc(channel, methods)` on one side, `connectRpc<Methods>(channel)` on the other.
 * Cancelling the caller's signal aborts the handler's signal; a closed channel rejects every call under way.
 */
export interface RpcContext {
  signal: AbortSignal
  /**
   * Whether the call is cancelled, also for a handler that does not let go of its thread: looks for a cancellation among
   * the messages that wait. Some microseconds.
   */
  isCancelled(): boolean
}

// biome-ignore lint/suspicious/noExplicitAny: handlers are contravariant in their parameters; `any` is the only bound that admits them all
export type RpcMethods<T> = { [K in keyof T]: (params: any, context: RpcContext) => unknown }

export type RpcClient<T extends RpcMethods<T>> = {
  /** Buffers in `transfer` move to the other thread instead of being copied, and are empty here afterwards. */
  [K in keyof T]: (
    params: Parameters<T[K]>[0],
    signal?: AbortSignal,
    transfer?: ArrayBuffer[],
  ) => Promise<Awaited<ReturnType<T[K]>>>
}

export interface RpcChannel {
  /** `transfer` is ignored between processes. */
  post(message: unknown, transfer?: ArrayBuffer[]): void
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: (reason: string) => void): void
  /** The next message that waits, taken before its event; undefined where there is none, or none can be taken so. */
  takeWaiting?(): unknown
}

type RpcMessage =
  | { type: 'call'; id: number; method: string; params: unknown }
  | { type: 'cancel'; id: number }
  | { type: 'result'; id: number; value: unknown }
  | { type: 'error'; id: number; error: SerializedError }

/** Answers calls that arrive on `channel` with `methods`. */
export function serveRpc<T extends RpcMethods<T>>(channel: RpcChannel, methods: T): void {
  const running = new Map<number, AbortController>()
  /** Taken while a handler had the thread. */
  const waiting: RpcMessage[] = []
  const lookForCancellation = () => {
    for (let raw = channel.takeWaiting?.(); raw !== undefined; raw = channel.takeWaiting?.()) {
      const message = raw as RpcMessage
      if (message.type === 'cancel' && running.has(message.id)) running.get(message.id)!.abort()
      else if (waiting.push(message) === 1) setImmediate(handleWaiting)
    }
  }
  const handleWaiting = () => {
    for (const message of waiting.splice(0)) handle(message)
  }
  const answer = async (id: number, method: string, params: unknown) => {
    const controller = new AbortController()
    running.set(id, controller)
    const isCancelled = () => {
      lookForCancellation()
      return controller.signal.aborted
    }
    try {
      const value = await methods[method as keyof T](params, { signal: controller.signal, isCancelled })
      channel.post({ type: 'result', id, value } satisfies RpcMessage)
    } catch (error) {
      channel.post({ type: 'error', id, error: serializeError(error) } satisfies RpcMessage)
    } finally {
      running.delete(id)
    }
  }
  const handle = (message: RpcMessage) => {
    if (message.type === 'call') void answer(message.id, message.method, message.params)
    else if (message.type === 'cancel') running.get(message.id)?.abort()
  }
  channel.onMessage((raw) => {
    handleWaiting()
    handle(raw as RpcMessage)
  })
}

/** A client whose methods post a call and resolve with its answer. */
export function connectRpc<T extends RpcMethods<T>>(
  channel: RpcChannel,
  lost: (reason: string) => Error,
): RpcClient<T> {
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  let nextId = 1
  let closed: string | undefined

  channel.onMessage((raw) => {
    const message = raw as RpcMessage
    if (message.type !== 'result' && message.type !== 'error') return
    const call = pending.get(message.id)
    pending.delete(message.id)
    if (message.type === 'result') call?.resolve(message.value)
    else call?.reject(deserializeError(message.error))
  })
  channel.onClose((reason) => {
    closed = reason
    for (const call of pending.values()) call.reject(lost(reason))
    pending.clear()
  })

  const call = (method: string, params: unknown, signal?: AbortSignal, transfer?: ArrayBuffer[]) =>
    new Promise<unknown>((resolve, reject) => {
      if (signal?.aborted) return reject(new CancelledError())
      if (closed !== undefined) return reject(lost(closed))
      const id = nextId++
      const onAbort = () => {
        if (!pending.delete(id)) return
        channel.post({ type: 'cancel', id } satisfies RpcMessage)
        reject(new CancelledError())
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = () => signal?.removeEventListener('abort', onAbort)
      pending.set(id, {
        resolve: (value) => {
          settle()
          resolve(value)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
      channel.post({ type: 'call', id, method, params } satisfies RpcMessage, transfer)
    })
  return new Proxy({} as RpcClient<T>, {
    get: (_, method) =>
      // A proxy with a `then` would be taken for a promise by `await`.
      method === 'then'
        ? undefined
        : (params: unknown, signal?: AbortSignal, transfer?: ArrayBuffer[]) =>
            call(String(method), params, signal, transfer),
  })
}

export function workerChannel(worker: Worker): RpcChannel {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => void worker.on('message', listener),
    onClose: (listener) => {
      worker.on('error', (error) => listener(error.message))
      worker.on('exit', (code) => listener(`exit code ${code}`))
    },
  }
}

export function portChannel(port: MessagePort): RpcChannel {
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', listener),
    onClose: (listener) => void port.on('close', () => listener('port closed')),
    takeWaiting: () => receiveMessageOnPort(port)?.message,
  }
}

/** The parent's end of a forked process. Fork with `serialization: 'advanced'`, so that typed arrays survive. */
export function childChannel(child: ChildProcess): RpcChannel {
  return {
    post: (message) => void (child.connected && child.send(message as object)),
    onMessage: (listener) => void child.on('message', listener),
    onClose: (listener) => {
      child.on('error', (error) => listener(error.message))
      child.on('exit', (code, signal) => listener(signal ? `killed by ${signal}` : `exit code ${code}`))
    },
  }
}

/** The forked process's own end. */
export function parentChannel(): RpcChannel {
  return {
    post: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void process.on('disconnect', () => listener('parent gone')),
  }
}
