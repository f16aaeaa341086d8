import { readFileSync } from 'node:fs'

/**
 * What the kernel has counted in this network namespace since it was made: connections that were begun, answered or not,
 * datagrams that were sent, pings, and whatever had no way to go. It misses nothing, but tells no names.
 */
export function countAttempts(): number {
  const four = fourTable(readIfThere('/proc/net/snmp'))
  const six = sixTable(readIfThere('/proc/net/snmp6'))
  const old = [four('Tcp', 'ActiveOpens'), four('Udp', 'OutDatagrams'), four('UdpLite', 'OutDatagrams')]
  const others = [four('Icmp', 'OutEchos'), four('Ip', 'OutNoRoutes')]
  const recent = ['Udp6OutDatagrams', 'UdpLite6OutDatagrams', 'Icmp6OutEchos', 'Ip6OutNoRoutes'].map(six)
  return [...old, ...others, ...recent].reduce((sum, count) => sum + count, 0)
}

/** Inodes of sockets in the namespace's tables of `AF_INET` and `AF_INET6`, each with its own port. */
export function internetSockets(): Map<number, { port: number; table: string }> {
  const sockets = new Map<number, { port: number; table: string }>()
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6', 'raw', 'raw6', 'icmp', 'icmp6']) {
    for (const line of readIfThere(`/proc/net/${table}`).split('\n').slice(1)) {
      const [, local, , , , , , , , inode] = line.trim().split(/\s+/)
      if (local && Number(inode) > 0)
        sockets.set(Number(inode), { port: Number.parseInt(local.split(':')[1]!, 16), table })
    }
  }
  return sockets
}

/** Inodes of sockets that cannot leave the machine: `AF_UNIX` and `AF_NETLINK`. */
export function localSockets(): Set<number> {
  const inodes = (file: string, column: number) =>
    readIfThere(file)
      .split('\n')
      .slice(1)
      .map((line) => Number(line.trim().split(/\s+/)[column]))
  return new Set([...inodes('/proc/net/unix', 6), ...inodes('/proc/net/netlink', 9)])
}

/** Lines in pairs: names, then values. */
function fourTable(text: string): (protocol: string, name: string) => number {
  const lines = text.split('\n').map((line) => line.split(' '))
  return (protocol, name) => {
    const [names, values] = lines.filter(([first]) => first === `${protocol}:`)
    return Number(values?.[names?.indexOf(name) ?? -1] ?? 0)
  }
}

function sixTable(text: string): (name: string) => number {
  const values = new Map(text.split('\n').map((line) => line.split(/\s+/) as [string, string]))
  return (name) => Number(values.get(name) ?? 0)
}

export function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
