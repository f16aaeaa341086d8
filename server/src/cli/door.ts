import { printable, printableJson } from '../contract/printable.ts'

/** What a piece of a line is; terminals with colours tell them apart. */
export type Style = 'path' | 'line' | 'name'

/** One line of text. Its pieces are plain: colours and escapes are put in on the way out. */
export type Line = string | readonly (string | { text: string; style: Style })[]

/** All that leaves the command line goes through here. No text that is handed in can break its line or command a terminal. */
export interface Door {
  /** Results: each argument is a line. */
  out(...lines: Line[]): void
  /** A result as JSON, on a line. */
  json(value: unknown): void
  /** Messages to people: each argument is a line. */
  err(...lines: Line[]): void
  /** Writes over the last line of the terminal behind standard error; without a text it is empty then. */
  rewrite(text?: string): void
  /** A question on standard error; the answer comes behind it. */
  ask(question: string): void
}

export interface DoorOptions {
  /** Where text goes, with its line breaks. */
  out(text: string): void
  err(text: string): void
  /** Whether results go to a terminal that shows colours. */
  colour: boolean
  /** Width of the terminal behind standard error. */
  errColumns: number | undefined
}

export function openDoor({ out, err, colour, errColumns }: DoorOptions): Door {
  const text = (lines: Line[], coloured: boolean) => lines.map((line) => `${written(line, coloured)}\n`).join('')
  return {
    out: (...lines) => out(text(lines, colour)),
    json: (value) => out(`${printableJson(value)}\n`),
    err: (...lines) => err(text(lines, false)),
    rewrite: (line = '') => err(`\r${printable(line.slice(0, (errColumns ?? 80) - 1))}${CLEAR_TO_END}`),
    ask: (question) => err(`${printable(question)} `),
  }
}

function written(line: Line, coloured: boolean): string {
  let text = ''
  for (const piece of typeof line === 'string' ? [line] : line) {
    if (typeof piece === 'string') text += piece === '' ? '' : limited(piece)
    else text += coloured ? `\u001b[${SGR[piece.style]}m${limited(piece.text)}\u001b[0m` : limited(piece.text)
  }
  return text
}

function limited(text: string): string {
  return printable(text.length > MAX_PIECE_LENGTH ? `${text.slice(0, MAX_PIECE_LENGTH - 1)}…` : text)
}

const SGR: Record<Style, number> = { path: 35, line: 32, name: 1 }
const CLEAR_TO_END = '\u001b[K'
/** No line of ours is so long; a name in a message or a line of a minified file may be. */
const MAX_PIECE_LENGTH = 4000
