import { createLog, type Log, type LogLevel } from '../base/log.ts'
import type { CliIo } from './io.ts'

/** The command line's log: standard output belongs to results, so lines go to standard error. */
export function stderrLog(level: LogLevel, io: Pick<CliIo, 'err'>): Log {
  return createLog(level, (own, message) => io.err(...traceLines(`${own}: ${message}`)))
}

/** A text that may end in the frames of a stack trace, each of which is a line. */
export const traceLines = (text: string): string[] => text.split(/\n(?= {4}at )/)
