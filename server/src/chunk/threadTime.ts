import { readFileSync } from 'node:fs'

/**
 * Processor time of this thread in ms, which other work on the machine does not add to. Where the system does not tell it
 * for a thread, that of the whole process, which is more. Some 10 us.
 */
export function threadTimeMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage }
  if (threadCpuUsage) return sumMs(threadCpuUsage.call(process))
  try {
    // Linux (proc_pid_schedstat): nanoseconds on a processor, waited for one, slices.
    return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6
  } catch {
    return sumMs(process.cpuUsage())
  }
}

const sumMs = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000
