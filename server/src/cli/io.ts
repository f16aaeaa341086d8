import type { Readable } from 'node:stream'
import { currentFolderGone } from '../contract/errorCodes.ts'
import { type Door, openDoor } from './door.ts'

/** The command line's surroundings, passed in so that commands run in tests as they run in a terminal. */
export interface CliIo extends Door {
  stdin: Readable
  /** Throws `E_FOLDER` where the shell's own folder was deleted meanwhile. */
  readonly cwd: string
  env: Record<string, string | undefined>
  /** Whether standard error is a terminal, where a line can be written over. */
  canRewrite: boolean
  /** Whether somebody is there to answer a question: terminals on both sides. */
  canAsk: boolean
  now(): number
}

/** `isOver`: whether nothing is to be written any more. */
export function processIo(host: NodeJS.Process, isOver: () => boolean): CliIo {
  const door = openDoor({
    out: (text) => void (isOver() || host.stdout.write(text)),
    err: (text) => void (isOver() || host.stderr.write(text)),
    colour: wantsColour(host.env, host.stdout.isTTY === true),
    errColumns: host.stderr.isTTY ? host.stderr.columns || 80 : undefined,
  })
  return {
    ...door,
    stdin: host.stdin,
    get cwd() {
      try {
        return host.cwd()
      } catch (error) {
        throw currentFolderGone(error)
      }
    },
    env: host.env,
    canRewrite: host.stderr.isTTY === true,
    canAsk: host.stdin.isTTY === true && host.stderr.isTTY === true,
    now: () => performance.now(),
  }
}

/** no-color.org: NO_COLOR set to anything but the empty string turns colours off. */
export function wantsColour(env: Record<string, string | undefined>, isTerminal: boolean): boolean {
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'
}
