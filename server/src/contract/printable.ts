/**
 * `text` as people may see it: what a terminal or an editor would obey, reorder or hide is written out, as `\x1b` below
 * 256 and as `\u{202e}` above. That is controls (line breaks and tabs included), bidirectional overrides and isolates,
 * line and paragraph separators, all that is invisible, and halves of surrogate pairs. Joiners and variation selectors
 * stay where scripts and emoji need them. Texts without a backslash stay apart; twice is as good as once. O(text).
 */
export function printable(text: string): string {
  return HIDDEN.test(text) ? text.replace(EACH_HIDDEN, escaped) : text
}

/** As `printable`, for a line of source code: a tab in it is a blank. */
export function printableCode(line: string): string {
  return printable(line.replaceAll('\t', ' '))
}

/** As `printable`, for a text that may end in the frames of a stack trace: each stays a line of its own. */
export function printableTrace(text: string): string {
  return traceLines(text).map(printable).join('\n')
}

/** The message, in one piece, and each frame of the stack trace behind it. */
export const traceLines = (text: string): string[] => text.split(/\n(?= {4}at )/)

/** As `printable`, and no longer than some `maxLength` characters: an ellipsis in its middle stands for the rest. */
export function shortened(text: string, maxLength = MAX_NAME_LENGTH): string {
  if (text.length <= maxLength) return printable(text)
  const nEnd = Math.floor(maxLength / 3)
  const start = text.slice(0, maxLength - 1 - nEnd)
  // A pair that the cut would halve goes as a whole.
  return `${printable(start.replace(/[\ud800-\udbff]$/, ''))}…${printable(text.slice(-nEnd).replace(/^[\udc00-\udfff]/, ''))}`
}

/** JSON of `value` on one line: escapes of JSON's own stand for what `printable` would write out. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(EACH_HIDDEN, (found) =>
    Array.from({ length: found.length }, (_, i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(''),
  )
}

/** Longer than any name that people gave, short enough for a line of a terminal or two. */
export const MAX_NAME_LENGTH = 200

function escaped(char: string): string {
  const codePoint = char.codePointAt(0)!
  return codePoint < 0x100 ? `\\x${hex(codePoint, 2)}` : `\\u{${hex(codePoint, 4)}}`
}

const hex = (value: number, nDigits: number) => value.toString(16).padStart(nDigits, '0')

/** Scripts in which a joiner changes what is seen. */
const JOINED = ['Arab', 'Syrc', 'Mong', 'Deva', 'Beng', 'Guru', 'Gujr', 'Orya', 'Taml', 'Telu', 'Knda', 'Mlym', 'Sinh']
const JOINED_LETTER = `[${JOINED.map((script) => `\\p{Script=${script}}`).join('')}]`
const PICTURE = '[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f]'
const HIDDEN_CLASS = '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]'
const NEEDED = [
  `(?<=${JOINED_LETTER})[\\u200c\\u200d](?=${JOINED_LETTER})`,
  `(?<=${PICTURE})\\u200d(?=\\p{Extended_Pictographic})`,
  '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
].join('|')
const EACH_HIDDEN = new RegExp(`(?!${NEEDED})${HIDDEN_CLASS}`, 'gu')
const HIDDEN = new RegExp(HIDDEN_CLASS, 'u')
