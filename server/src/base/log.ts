/** Where log lines go. One per process, passed in; there is no global logger. */
export interface Log {
  trace(message: string): void
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'off'

const LEVELS: LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'off']

/** A log that keeps only lines at `level` or above and hands them to `sink`. */
export function createLog(level: LogLevel, sink: (level: LogLevel, message: string) => void): Log {
  const threshold = LEVELS.indexOf(level)
  const at = (own: LogLevel) => (message: string) => {
    if (LEVELS.indexOf(own) >= threshold) sink(own, message)
  }
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export const nullLog: Log = createLog('off', () => {})
