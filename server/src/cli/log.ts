import { createLog, type Log, type LogLevel } from '../base/log.ts'
import { traceLines } from '../contract/printable.ts'
import type { CliIo } from './io.ts'

/** The command line's log: standard output belongs to results, so lines go to standard error. */
export function stderrLog(level: LogLevel, io: Pick<CliIo, 'err'>): Log {
  return createLog(level, (own, message) => io.err(...traceLines(`${own}: ${message}`)))
}
