import { type ClientRequest, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { HttpsProxyAgent } from 'https-proxy-agent'
import { CancelledError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { downloadNetwork, downloadProxy, downloadServer } from '../contract/errorCodes.ts'
import { connectionFailure, statusFailure, TransientFailure } from './httpFailure.ts'
import { type ProxySettings, proxyFor, shownProxy } from './proxy.ts'

export interface HttpOptions extends ProxySettings {
  /** From `trustedAuthorities`. */
  authorities: string[]
  /** Sent to this origin and to no other, wherever a redirect leads. */
  token?: { origin: string; value: string }
  /** No byte for so long means a dead connection. */
  stallMs: number
  now(): number
  log: Log
}

export interface HttpRequest {
  method?: 'GET' | 'HEAD'
  headers?: Record<string, string>
  /** Stop at the first answer even if it leads elsewhere on another host: its headers are what is wanted. */
  stayOnHost?: boolean
  signal?: AbortSignal
}

export interface HttpResponse {
  status: number
  headers: IncomingHttpHeaders
  url: URL
  /** Rejects with a `TransientFailure` when the connection is cut or stalls. Leaving it early closes the connection. */
  body: AsyncIterable<Buffer>
}

/**
 * Requests with redirects, proxies, own certificate authorities and a limit on silence. Fails with an AppError, a
 * `TransientFailure` or `CancelledError`; statuses from 400 on are failures, except 416.
 */
export class HttpClient {
  constructor(private readonly options: HttpOptions) {}

  async send(start: URL, request: HttpRequest = {}): Promise<HttpResponse> {
    let url = start
    for (let nRedirects = 0; nRedirects <= MAX_REDIRECTS; nRedirects++) {
      const exchange = new Exchange(url, request, this.options)
      const response = await exchange.response()
      const status = response.statusCode ?? 0
      const next = REDIRECTS.has(status) ? redirectTarget(url, response.headers.location) : undefined
      if (next && !(request.stayOnHost && next.host !== url.host)) {
        exchange.close()
        // A token or a file over plain HTTP is not what an https address promised.
        if (url.protocol === 'https:' && next.protocol !== 'https:')
          throw downloadServer(url.host, `it leads to an unsafe address on ${next.host}`)
        url = next
        continue
      }
      if (status >= 400 && status !== 416) {
        exchange.close()
        throw statusFailure(url, status, response.headers['retry-after'], this.options.now())
      }
      return { status, headers: response.headers, url, body: exchange.body(response) }
    }
    throw downloadServer(start.host, 'it redirects without end')
  }

  /** A small JSON document. */
  async json(url: URL, signal?: AbortSignal): Promise<unknown> {
    const { body } = await this.send(url, { headers: { accept: 'application/json' }, ...(signal && { signal }) })
    const chunks: Buffer[] = []
    let sizeBytes = 0
    for await (const chunk of body) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > MAX_JSON_BYTES) throw downloadServer(url.host, 'its answer is too long')
      chunks.push(chunk)
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString('utf8'))
    } catch {
      throw downloadServer(url.host, 'its answer is not JSON')
    }
  }
}

/** One request and its answer, under one timer that runs only while we wait for the other side. */
class Exchange {
  readonly #request: ClientRequest
  readonly #proxy: URL | undefined
  readonly #signal: AbortSignal | undefined
  #connectStatus: number | undefined
  #stalled = false
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly url: URL,
    { method = 'GET', headers, signal }: HttpRequest,
    private readonly options: HttpOptions,
  ) {
    const { authorities: ca, token, log } = options
    this.#proxy = proxyFor(url, options)
    this.#signal = signal
    log.debug(`${method} ${url.origin}${url.pathname}${this.#proxy ? ` through ${shownProxy(this.#proxy)}` : ''}`)
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    this.#request = send(url, {
      method,
      ca,
      // No connection outlives its answer: three files do not pay for keeping them.
      agent: this.#proxy ? new HttpsProxyAgent(this.#proxy, { ca }) : false,
      headers: {
        'user-agent': 'lateral',
        // Ranges count bytes of the file as it is, so nothing may compress it on the way.
        'accept-encoding': 'identity',
        ...headers,
        ...(token?.origin === url.origin && { authorization: `Bearer ${token.value}` }),
      },
      ...(signal && { signal }),
    })
    this.#request.once('proxyConnect', ({ statusCode }: { statusCode: number }) => {
      this.#connectStatus = statusCode
    })
    this.#request.end()
  }

  response(): Promise<IncomingMessage> {
    this.#arm()
    return new Promise((resolve, reject) => {
      this.#request.on('error', (error) => {
        this.#disarm()
        reject(this.#failure(error))
      })
      this.#request.once('response', (response) => {
        this.#disarm()
        // The answer comes from the proxy itself, which did not let us through.
        const refused = this.#proxy && this.#connectStatus !== 200
        if (!refused) return resolve(response)
        this.close()
        reject(this.#proxyRefusal())
      })
    })
  }

  async *body(response: IncomingMessage): AsyncGenerator<Buffer> {
    const chunks = response[Symbol.asyncIterator]()
    try {
      for (;;) {
        this.#arm()
        const { done, value } = await chunks.next()
        this.#disarm()
        if (done) return
        yield value as Buffer
      }
    } catch (error) {
      throw this.#failure(error)
    } finally {
      this.close()
    }
  }

  close(): void {
    this.#disarm()
    this.#request.destroy()
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#stalled = true
      this.#request.destroy(new Error('stalled'))
    }, this.options.stallMs)
  }

  #disarm(): void {
    clearTimeout(this.#timer)
  }

  #failure(error: unknown): Error {
    // The signal is asked too: an answer that it cuts off fails like any other cut.
    if (isCancelled(error) || this.#signal?.aborted) return new CancelledError()
    const { host } = this.url
    const isProxys = this.#proxy && this.#connectStatus === undefined
    if (this.#stalled) {
      const problem = `no data for ${Number((this.options.stallMs / 1000).toFixed(1))} s`
      return new TransientFailure(downloadNetwork(isProxys ? (this.#proxy?.host ?? host) : host, problem))
    }
    if (this.#proxy && isProxys) {
      const failure = connectionFailure(this.#proxy.host, error)
      if (!(failure instanceof TransientFailure)) return failure
      return downloadProxy(shownProxy(this.#proxy), failure.message.replace(/^.*?: |\.$/g, ''), error)
    }
    return connectionFailure(host, error)
  }

  #proxyRefusal(): Error {
    const status = this.#connectStatus
    const proxy = this.#proxy ? shownProxy(this.#proxy) : ''
    const problem = status === 407 ? 'it wants a user name and a password (407)' : `it answered ${status ?? 'nothing'}`
    const failure = downloadProxy(proxy, problem)
    return status && status >= 500 ? new TransientFailure(failure) : failure
  }
}

function redirectTarget(from: URL, location: string | undefined): URL {
  try {
    const target = new URL(location ?? '', from)
    if (target.protocol === 'https:' || target.protocol === 'http:') return target
  } catch {
    // As bad as another scheme.
  }
  throw downloadServer(from.host, 'it leads nowhere')
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 8
const MAX_JSON_BYTES = 8e6
