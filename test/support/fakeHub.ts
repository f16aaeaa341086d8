import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export const REPOSITORY = 'someone/Small-Model'
export const REVISION = '0123456789abcdef0123456789abcdef01234567'

export interface Seen {
  server: 'hub' | 'store'
  method: string
  path: string
  headers: IncomingMessage['headers']
}

/** Does something else than the default answer, or calls `serve` for it. */
export type Answer = (request: IncomingMessage, response: ServerResponse, serve: () => void) => void

export interface FakeHub {
  url: string
  storeUrl: string
  files: Record<string, Buffer>
  seen: Seen[]
  /** Next request whose path holds `part`: this answer, once. Several queue up. */
  once(part: string, answer: Answer): void
  always(part: string, answer: Answer): void
  seenOf(part: string): Seen[]
}

/**
 * Two local servers that play the hub and the place where it keeps large files: metadata with checksums, redirects
 * from one to the other, ranges and entity tags. Gone when the test ends.
 */
export async function startFakeHub(
  files: Record<string, Buffer>,
  secure?: { key: string; cert: string },
): Promise<FakeHub> {
  const scripted: { part: string; answer: Answer; forever: boolean }[] = []
  const seen: Seen[] = []
  const listen = async (server: Seen['server'], serve: Answer) => {
    const listener: RequestListener = (request, response) => {
      const path = request.url ?? ''
      seen.push({ server, method: request.method ?? '', path, headers: request.headers })
      const index = scripted.findIndex(({ part }) => path.includes(part))
      const found = scripted[index]
      if (found && !found.forever) scripted.splice(index, 1)
      const usual = () => serve(request, response, () => {})
      if (found) found.answer(request, response, usual)
      else usual()
    }
    const own = secure ? createSecureServer(secure, listener) : createServer(listener)
    return `${secure ? 'https' : 'http'}://127.0.0.1:${await started(own)}`
  }
  const storeUrl = await listen('store', (request, response) => {
    const content = files[decodeURIComponent((request.url ?? '').match(/^\/blob\/([^?]+)/)?.[1] ?? '')]
    if (content) sendRanged(request, response, content)
    else response.writeHead(404).end()
  })
  const url = await listen('hub', (request, response) => {
    const path = request.url ?? ''
    const file = path.match(new RegExp(`^/${REPOSITORY}/resolve/${REVISION}/(.+)$`))?.[1]
    const content = file === undefined ? undefined : files[file]
    if (path.startsWith(`/api/models/${REPOSITORY}/revision/`)) {
      response.writeHead(200, { 'content-type': 'application/json', 'x-repo-commit': REVISION })
      response.end(JSON.stringify(modelInfo(files)))
    } else if (file !== undefined && content && isLarge(file)) {
      const tags = { 'x-linked-etag': `"${sha256(content)}"`, 'x-linked-size': content.byteLength }
      // A signed address, as real stores want it.
      response.writeHead(302, {
        location: `${storeUrl}/blob/${file}?signature=secret`,
        'x-repo-commit': REVISION,
        ...tags,
      })
      response.end()
    } else if (content) sendRanged(request, response, content, gitOid(content))
    else response.writeHead(404).end()
  })
  return {
    ...{ url, storeUrl, files, seen },
    once: (part, answer) => scripted.push({ part, answer, forever: false }),
    always: (part, answer) => scripted.push({ part, answer, forever: true }),
    seenOf: (part) => seen.filter(({ path }) => path.includes(part)),
  }
}

/**
 * A proxy that opens tunnels and counts them; `refuse` answers with a status instead, `target` (an address) is where
 * all tunnels lead.
 */
export async function startFakeProxy(
  refuse?: number,
  target?: string,
): Promise<{ url: string; tunnels: string[]; credentials: string[] }> {
  const tunnels: string[] = []
  const credentials: string[] = []
  const server = createServer((_request, response) => response.writeHead(400).end())
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {})
    tunnels.push(request.url ?? '')
    credentials.push(request.headers['proxy-authorization'] ?? '')
    if (refuse !== undefined) {
      socket.end(`HTTP/1.1 ${refuse} Refused\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const [host = '', port] = (target ? new URL(target).host : (request.url ?? '')).split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
  })
  return { url: `http://127.0.0.1:${await started(server)}`, tunnels, credentials }
}

/** Sends the first `nBytes` and cuts the connection. */
export const cutAfter =
  (nBytes: number): Answer =>
  (request, response, serve) =>
    interrupted(request, response, serve, nBytes, () => response.destroy())

/** Sends the first `nBytes` and then nothing more. */
export const stallAfter =
  (nBytes: number): Answer =>
  (request, response, serve) =>
    interrupted(request, response, serve, nBytes, () => {})

export const answerWith =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_request, response) =>
    void response.writeHead(status, headers).end(body)

export const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex')
export const gitOid = (data: Buffer) =>
  createHash('sha1').update(`blob ${data.byteLength}\0`).update(data).digest('hex')

function interrupted(
  _request: IncomingMessage,
  response: ServerResponse,
  serve: () => void,
  nBytes: number,
  then: () => void,
): void {
  let left = nBytes
  const end = response.end.bind(response)
  // The default answer is one `end(content)`: of it only the beginning goes out.
  response.end = ((content?: Buffer) => {
    if (!content) return end()
    response.write(content.subarray(0, left), () => setTimeout(then, 20))
    left = 0
    return response
  }) as typeof response.end
  serve()
}

function sendRanged(request: IncomingMessage, response: ServerResponse, content: Buffer, tag = sha256(content)): void {
  const etag = `"${tag}"`
  const at = Number(request.headers.range?.match(/^bytes=(\d+)-$/)?.[1] ?? Number.NaN)
  const wanted = request.headers['if-range']
  if (Number.isNaN(at) || (wanted !== undefined && wanted !== etag)) {
    response.writeHead(200, { etag, 'content-length': content.byteLength })
    response.end(request.method === 'HEAD' ? undefined : content)
  } else if (at >= content.byteLength) {
    response.writeHead(416, { 'content-range': `bytes */${content.byteLength}` }).end()
  } else {
    const range = `bytes ${at}-${content.byteLength - 1}/${content.byteLength}`
    response.writeHead(206, { etag, 'content-range': range, 'content-length': content.byteLength - at })
    response.end(content.subarray(at))
  }
}

/** As `GET /api/models/NAME/revision/REVISION?blobs=true` answers. */
const modelInfo = (files: Record<string, Buffer>) => ({
  sha: REVISION,
  cardData: { license: 'apache-2.0' },
  siblings: Object.entries(files).map(([rfilename, content]) => ({
    rfilename,
    size: content.byteLength,
    blobId: gitOid(content),
    ...(isLarge(rfilename) && { lfs: { sha256: sha256(content), size: content.byteLength, pointerSize: 134 } }),
  })),
})

const isLarge = (file: string) => file.endsWith('.onnx')

async function started(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}
