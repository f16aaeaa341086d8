import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/**
 * Watches the memory of a process and all its descendants, on Linux: the largest sum seen of what is resident. A page
 * that several of them share counts once (PSS). Undefined elsewhere.
 */
export function watchMemory(pid: number, intervalMs = 250): { peakMb(): number | undefined; stop(): void } {
  return watch(() => treeOf(pid), intervalMs)
}

/** The same for the processes that `pid` has started, without itself. */
export function watchDescendants(pid: number, intervalMs = 250): ReturnType<typeof watchMemory> {
  return watch(() => treeOf(pid).filter((member) => member !== pid), intervalMs)
}

/** Memory of a process and its descendants now, as `watchMemory` counts it. 0 where the system does not tell. */
export const memoryMb = (pid: number): number =>
  process.platform === 'linux' ? treeOf(pid).reduce((sum, member) => sum + residentKb(member), 0) / 1024 : 0

/** Open descriptors of a process and its descendants, by what they are of; numbers in names are left out. Linux only. */
export function handlesOf(pid: number): Map<string, number> {
  const counts = new Map<string, number>()
  for (const member of process.platform === 'linux' ? treeOf(pid) : []) {
    for (const target of descriptorsOf(member)) {
      const kind = target.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '#')
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
  }
  return counts
}

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)]
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

function watch(members: () => number[], intervalMs: number): ReturnType<typeof watchMemory> {
  let peakKb = 0
  const sample = () => {
    const sumKb = members().reduce((sum, member) => sum + residentKb(member), 0)
    peakKb = Math.max(peakKb, sumKb)
  }
  const timer = process.platform === 'linux' ? setInterval(sample, intervalMs) : undefined
  return { peakMb: () => (peakKb > 0 ? peakKb / 1024 : undefined), stop: () => clearInterval(timer) }
}

/** Children have larger ids than their parents but for a wrap-around, which one run would have to straddle. */
function treeOf(root: number): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  const tree = new Set([root])
  for (const pid of pids.sort((a, b) => a - b)) if (tree.has(field(pid, 'status', 'PPid'))) tree.add(pid)
  return [...tree]
}

const residentKb = (pid: number) => field(pid, 'smaps_rollup', 'Pss') || field(pid, 'status', 'VmRSS')

/** 0 where the process has ended since it was listed. */
function field(pid: number, file: string, name: string): number {
  try {
    const text = readFileSync(`/proc/${pid}/${file}`, 'utf8')
    return Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
