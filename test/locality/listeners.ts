import dgram from 'node:dgram'
import net from 'node:net'

export interface Listeners {
  /** Names that were asked for, since the last call. */
  takeLookups(): string[]
  /** Addresses that were connected to, at a port that somebody listens at, since the last call. */
  takeConnections(): string[]
  close(): void
}

/**
 * A resolver that knows an address of ours for every name, whatever server is asked, and servers at the usual ports.
 * Bound to all addresses that the namespace has.
 */
export async function startListeners(): Promise<Listeners> {
  const lookups: string[] = []
  const connections: string[] = []
  const resolver = dgram.createSocket({ type: 'udp6', ipv6Only: false })
  resolver.on('message', (query, { address, port }) => {
    lookups.push(nameOf(query))
    resolver.send(answerTo(query), port, address)
  })
  await new Promise<void>((resolve, reject) => resolver.once('error', reject).bind(DNS_PORT, '::', resolve))
  const servers = await Promise.all(
    TCP_PORTS.map(async (port) => {
      const server = net.createServer((socket) => {
        connections.push(`${socket.localAddress?.replace('::ffff:', '')}:${port}`)
        socket.on('error', () => {}).destroy()
      })
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '::', resolve))
      return server
    }),
  )
  return {
    takeLookups: () => lookups.splice(0),
    takeConnections: () => connections.splice(0),
    close() {
      resolver.close()
      for (const server of servers) server.close()
    },
  }
}

/** The name in a query's only question (RFC 1035, section 4.1). */
function nameOf(query: Buffer): string {
  const labels: string[] = []
  for (let at = HEADER_BYTES; at < query.length && query[at]! > 0; at += query[at]! + 1) {
    labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
  }
  return labels.join('.')
}

/** An address for a question of type A, no record for any other. */
function answerTo(query: Buffer): Buffer {
  let end = HEADER_BYTES
  while (end < query.length && query[end]! > 0) end += query[end]! + 1
  const question = query.subarray(HEADER_BYTES, end + 5)
  const isAddress = question.readUInt16BE(question.length - 4) === 1
  const header = Buffer.alloc(HEADER_BYTES)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(isAddress ? 1 : 0, 6)
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...ANSWER.split('.').map(Number)])
  return Buffer.concat([header, question, ...(isAddress ? [record] : [])])
}

/** A loopback address of ours that nothing else uses. */
const ANSWER = '127.66.6.6'
const HEADER_BYTES = 12
const DNS_PORT = 53
const TCP_PORTS = [53, 80, 443, 853, 8080, 8443]
