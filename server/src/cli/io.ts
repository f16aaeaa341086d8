import type { Readable } from 'node:stream'

/** The command line's surroundings, passed in so that commands run in tests as they run in a terminal. */
export interface CliIo {
  /** Results. One call a line, without its line break. */
  out(line: string): void
  /** Messages to people. */
  err(line: string): void
  /** Raw text to standard error, for a progress line. */
  errRaw(text: string): void
  stdin: Readable
  cwd: string
  env: Record<string, string | undefined>
  /** Whether results go to a terminal that shows colours. */
  colour: boolean
  /** Width of the terminal behind standard error; undefined where it is none. */
  errColumns: number | undefined
  /** Whether somebody is there to answer a question: terminals on both sides. */
  canAsk: boolean
  now(): number
}

export function processIo(host: NodeJS.Process): CliIo {
  return {
    out: (line) => void host.stdout.write(`${line}\n`),
    err: (line) => void host.stderr.write(`${line}\n`),
    errRaw: (text) => void host.stderr.write(text),
    stdin: host.stdin,
    cwd: host.cwd(),
    env: host.env,
    colour: wantsColour(host.env, host.stdout.isTTY === true),
    errColumns: host.stderr.isTTY ? host.stderr.columns || 80 : undefined,
    canAsk: host.stdin.isTTY === true && host.stderr.isTTY === true,
    now: () => performance.now(),
  }
}

/** no-color.org: NO_COLOR set to anything but the empty string turns colours off. */
export function wantsColour(env: Record<string, string | undefined>, isTerminal: boolean): boolean {
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
}
