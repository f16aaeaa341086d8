import { nodeFeatureMissing, outputLost } from '../contract/errorCodes.ts'
import { EXIT } from './command.ts'
import { reportFailure } from './failures.ts'
import { type CliIo, processIo } from './io.ts'

/**
 * Runs `work` as the whole of a process and ends that with its exit code. SIGINT and SIGTERM withdraw `signal`, a second
 * one ends at once: with 130 and 143, as shells have it. What nobody catches is told and ends with 3, and so does output
 * that cannot be written; a reader that has gone away, as `head` does, ends with 0.
 */
export async function runProcess(
  host: NodeJS.Process,
  work: (io: CliIo, signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const interrupt = new AbortController()
  let interrupted: number | undefined
  let decided: number | undefined
  const io = processIo(host, () => decided !== undefined)
  /** Whatever is under way ends by itself and unheard: an exit amid native code would be a crash. */
  const end = (code: number) => {
    decided ??= code
    host.exitCode = decided
    interrupt.abort()
    setTimeout(() => host.exit(decided), GRACE_MS).unref()
  }
  for (const [name, code] of [['SIGINT', EXIT.interrupted] as const, ['SIGTERM', EXIT.terminated] as const]) {
    host.on(name, () => {
      if (interrupted !== undefined) host.exit(interrupted)
      interrupted = code
      interrupt.abort()
    })
  }
  const fail = (error: unknown) => {
    if (decided === undefined) end(reportFailure(error, io))
  }
  // Node would print a trace and end with 1, which means "no hits" here.
  host.on('uncaughtException', fail)
  host.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') end(EXIT.hits)
    else fail(outputLost(error))
  })
  // Nobody is left to be told.
  host.stderr.on('error', () => {})
  try {
    if (Number.parseInt(host.versions.node, 10) < OLDEST_NODE) throw nodeFeatureMissing('all that Lateral needs')
    const code = await work(io, interrupt.signal)
    end(code === EXIT.interrupted ? (interrupted ?? code) : code)
  } catch (error) {
    fail(error)
  }
}

/** A handle that a dependency left open does not keep the prompt away for longer. */
const GRACE_MS = 2000
const OLDEST_NODE = 20
