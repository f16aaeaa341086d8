import { readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { SCENE } from './scene.ts'

export interface StraceFindings {
  /** Calls that made an internet socket or used one. */
  sockets: string[]
  /** Files that were made, changed or removed, or that one tried to. */
  written: { file: string; mode?: number }[]
}

/** The command that runs what is given after it, and writes its calls into a file for each thread, named after `what`. */
export const straced = (what: string): string[] => [
  ...['strace', '-ff', '-qq', '-y', '-e', 'trace=network,%file', '-o', path.join(SCENE.strace, what)],
]

/** What `straced` wrote of those whose name begins so; the files are gone then. */
export function takeStrace(prefix = ''): StraceFindings {
  const directory = SCENE.strace
  const sockets: string[] = []
  const written = new Map<string, { file: string; mode?: number }>()
  for (const name of readdirSync(directory).filter((each) => each.startsWith(prefix))) {
    const file = path.join(directory, name)
    const lines = readFileSync(file, 'utf8').split('\n')
    rmSync(file)
    for (const line of lines) {
      if (INTERNET.test(line)) sockets.push(line)
      for (const found of writtenBy(line)) written.set(found.file, found)
    }
  }
  return { sockets, written: [...written.values()] }
}

function writtenBy(line: string): { file: string; mode?: number }[] {
  const call = /^(\w+)\((.*)$/.exec(line)
  if (!call) return []
  const [, name, rest] = call as unknown as [string, string, string]
  if (/^(open|openat|openat2|creat)$/.test(name) && !(name === 'creat' || /\bO_(WRONLY|RDWR|CREAT|TRUNC)\b/.test(rest)))
    return []
  if (!WRITING.has(name)) return []
  const mode = name.startsWith('open') ? /\bO_CREAT\b[^,]*, (0\d+)/.exec(rest)?.[1] : undefined
  // A directory's descriptor is written with its path (-y), then the name in it.
  return [...rest.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)].flatMap(([, at, file]) =>
    file === undefined || file === ''
      ? []
      : [{ file: path.resolve(at ?? '/', file), ...(mode && { mode: Number.parseInt(mode, 8) }) }],
  )
}

const INTERNET = /^socket\(AF_INET6?\b|^\w+\(.*sa_family=AF_INET6?\b/
const WRITING = new Set([
  ...['open', 'openat', 'openat2', 'creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'unlink', 'unlinkat', 'rmdir'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'truncate', 'chmod', 'fchmodat'],
  ...['chown', 'lchown', 'fchownat', 'utimensat', 'utime', 'utimes', 'setxattr', 'lsetxattr'],
])
