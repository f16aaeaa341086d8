import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Report } from './types.ts'

/**
 * Begins words that stand in files outside of every searched folder. No output and no index may hold it. It is
 * nothing that a stemmer or a cutter of names changes.
 */
export const CANARY = 'zkcanary'
/** Stands beside the canary, and is asked for: whoever has read the file finds it. */
export const LURE = 'quuxlure'
/** Begins a line of output only where a line break of a name went through as it was. */
export const LINE_START = 'STARTOFLINE'

/** What a file outside of the searched folder says. */
export const OUTSIDE_TEXT = `/** ${LURE} ${CANARY}doc */\nexport function ${CANARY}leak() {\n  return '${LURE} ${CANARY}word'\n}\n`

/** Looks for what must never be in any output, whoever it is for. */
export function checkOutput(text: string, where: string, report: Report): void {
  const canary = text.indexOf(CANARY)
  if (canary >= 0) report('outside_reads', `${where}: ${excerpt(text, canary)}`)
  const internal = INTERNAL.exec(text)
  if (internal) report('internal_errors', `${where}: ${excerpt(text, internal.index)}`)
  const trace = TRACE.exec(text)
  if (trace) report('internal_errors', `${where}, a trace: ${excerpt(text, Math.max(0, trace.index - 120))}`)
}

/** Looks for what commands a terminal. `bytes` are as written; invalid UTF-8 does so on some. */
export function checkTerminal(bytes: Buffer, where: string, report: Report): void {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    report('terminal_escapes', `${where} is no UTF-8`)
    return
  }
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden) {
    const point = forbidden[0].codePointAt(0)!.toString(16).padStart(4, '0')
    report('terminal_escapes', `${where} holds U+${point}: ${excerpt(text, forbidden.index)}`)
  }
  const broken = text.split('\n').find((line) => line.startsWith(LINE_START))
  if (broken !== undefined) report('terminal_escapes', `${where}: a name broke its line: ${excerpt(broken, 0)}`)
}

/** Whether any file below `directory` holds the bytes of `word`. FIFOs, devices and holes are not read. */
export function holdsWord(directory: string, word: string): string | undefined {
  const wanted = Buffer.from(word)
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(directory, name)
    try {
      const stat = lstatSync(file)
      // Files with holes are ours: the product writes none.
      const isRead = stat.isFile() && stat.size < MAX_READ_BYTES && stat.blocks * 512 >= stat.size / 2
      if (isRead && readFileSync(file).includes(wanted)) return file
    } catch (error) {
      // A journal that has gone since it was listed.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return undefined
}

const excerpt = (text: string, at: number) => JSON.stringify(text.slice(Math.max(0, at - 40), at + 200))

const INTERNAL = /internal error|please report|E_INTERNAL|-32603|Unhandled:|UnhandledPromise|uncaughtException/i
/** As V8 writes one: indented places with line and column, or the source line that Node shows before it. */
const TRACE = /^\s*at (?:\S+ )*\(?(?:node:|file:|\/|[A-Z]:\\)[^\n]*:\d+:\d+\)?\s*$|^node:internal\//m
/** Controls but tab and line feed, C1, bidi marks and overrides, and separators that end lines. */
const FORBIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u
const MAX_READ_BYTES = 64 * 2 ** 20
