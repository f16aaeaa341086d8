import { readdirSync, readFileSync } from 'node:fs'

/**
 * Watches the resident memory of a process and all its descendants, on Linux. `peakMb` is the largest sum seen; shared
 * pages count in each process that maps them, so it is an upper bound. Undefined elsewhere.
 */
export function watchMemory(pid: number, intervalMs = 100): { peakMb(): number | undefined; stop(): void } {
  let peakKb = 0
  const sample = () => {
    peakKb = Math.max(peakKb, treeKb(pid))
  }
  const timer = process.platform === 'linux' ? setInterval(sample, intervalMs) : undefined
  return { peakMb: () => (peakKb > 0 ? peakKb / 1024 : undefined), stop: () => clearInterval(timer) }
}

function treeKb(rootPid: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const processes = pids.sort((a, b) => Number(a) - Number(b)).map(readStatus)
  const tree = new Set([rootPid])
  // Children have larger ids than their parents but for a wrap-around, which only a sample would miss.
  let sumKb = 0
  for (const status of processes) {
    if (status && (tree.has(status.parent) || status.pid === rootPid)) {
      tree.add(status.pid)
      sumKb += status.residentKb
    }
  }
  return sumKb
}

function readStatus(pid: string): { pid: number; parent: number; residentKb: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    const field = (name: string) => Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
    return { pid: Number(pid), parent: field('PPid'), residentKb: field('VmRSS') }
  } catch {
    // It ended between the listing and the reading.
    return undefined
  }
}
