import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { internetSockets, localSockets, readIfThere } from './kernel.ts'

export interface Seen {
  /** Internet sockets, each in words. */
  sockets: Set<string>
  /** Files that were open for writing, by path, with their mode. */
  files: Map<string, number>
  /** Programs that ran. */
  programs: Set<string>
}

interface Life {
  command: string
  firstMs: number
  lastMs: number
}

/** Looks at all processes of the namespace but this one, again and again. What lives for less than `everyMs` may be missed. */
export class ProcessWatch {
  #seen = nothing()
  readonly #harmless = new Set<string>()
  readonly #lives = new Map<string, Life>()
  readonly #timer: NodeJS.Timeout

  constructor(everyMs: number) {
    this.#timer = setInterval(() => this.look(), everyMs)
  }

  /** What was seen since the last call. */
  take(): Seen {
    this.look()
    const seen = this.#seen
    this.#seen = nothing()
    return seen
  }

  /** How long the longest-lived process lived, in seconds, of those with `word` in their command line. */
  longestSeconds(word: string): number {
    const lives = [...this.#lives.values()].filter(({ command }) => command.includes(word))
    return Math.max(0, ...lives.map(({ firstMs, lastMs }) => (lastMs - firstMs) / 1000))
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  look(): void {
    let sockets: ReturnType<typeof internetSockets> | undefined
    let local: Set<number> | undefined
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      const program = linkOf(`/proc/${pid}/exe`)
      if (!program) continue
      this.#seen.programs.add(program)
      this.#noteLife(pid)
      for (const fd of list(`/proc/${pid}/fd`)) {
        const place = `/proc/${pid}/fd/${fd}`
        const target = linkOf(place)
        if (!target || OUTPUTS.has(target) || this.#harmless.has(`${place} ${target}`)) continue
        const inode = Number(/^socket:\[(\d+)\]$/.exec(target)?.[1])
        if (!inode) {
          if (target.startsWith('/') && !this.#noteFile(pid, fd, target)) this.#harmless.add(`${place} ${target}`)
          continue
        }
        local ??= localSockets()
        if (local.has(inode)) this.#harmless.add(`${place} ${target}`)
        // One that was closed between the two readings is in no table.
        else if (linkOf(place) === target && !localSockets().has(inode)) {
          sockets ??= internetSockets()
          const known = sockets.get(inode)
          this.#seen.sockets.add(`${program}: a socket, ${known ? `${known.table} port ${known.port}` : 'not bound'}`)
        }
      }
    }
  }

  /** Between fork and exec a child has its parent's command line. */
  #noteLife(pid: string): void {
    const now = performance.now()
    const command = readIfThere(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')
    const life = this.#lives.get(`${pid} ${command}`)
    if (life) life.lastMs = now
    else this.#lives.set(`${pid} ${command}`, { command, firstMs: now, lastMs: now })
  }

  /** Whether it is open for writing. */
  #noteFile(pid: string, fd: string, target: string): boolean {
    const flags = Number.parseInt(/^flags:\s+(\d+)/m.exec(readIfThere(`/proc/${pid}/fdinfo/${fd}`))?.[1] ?? '0', 8)
    if ((flags & 3) === 0) return false
    try {
      const { mode } = statSync(`/proc/${pid}/fd/${fd}`)
      const isFile = (mode & 0o170000) === 0o100000
      if (isFile) this.#seen.files.set(target.replace(/ \(deleted\)$/, ''), mode & 0o777)
      return isFile
    } catch {
      return true
    }
  }
}

/** Where this run's own messages go, which all of its processes share: files or pipes of the outside. */
export const OUTPUTS: ReadonlySet<string> = new Set([1, 2].map((fd) => linkOf(`/proc/self/fd/${fd}`) ?? ''))

const nothing = (): Seen => ({ sockets: new Set(), files: new Map(), programs: new Set() })

function linkOf(place: string): string | undefined {
  try {
    return readlinkSync(place)
  } catch {
    return undefined
  }
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
