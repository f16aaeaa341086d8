import type { SecretSpan } from './findSecrets.ts'

/**
 * Private keys in a text: PEM, OpenSSH, PGP, SSH2 and PuTTY, whole or cut off, also inside of string literals. Armour
 * without a body, as code about keys has it, is none. Linear.
 */
export function findKeyBlocks(text: string): SecretSpan[] {
  const spans: SecretSpan[] = []
  BEGIN.lastIndex = 0
  for (let match = BEGIN.exec(text); match; match = BEGIN.exec(text)) {
    const from = match.index + match[0].length
    const end = endOfBody(text, from)
    if (end === undefined) continue
    spans.push({ start: match.index, end, secret: text.slice(from, end), rule: 'private-key' })
    BEGIN.lastIndex = end
  }
  return spans
}

/** Whether a file is bytes in letters (keys, signatures, encrypted messages): `.asc` is that as well as AsciiDoc. */
export const isArmour = (path: string, text: string): boolean =>
  /\.(asc|sig)$/i.test(path) && /^\s{0,100}-----BEGIN PGP [A-Z ]{1,40}-----/.test(text)

/** Where the body that begins at `from` ends; undefined where there is none. */
function endOfBody(text: string, from: number): number | undefined {
  let end: number | undefined
  ROW.lastIndex = from
  for (let row = ROW.exec(text); row; row = ROW.exec(text)) {
    const isKeyRow = row[1] !== undefined && row[1].length >= MIN_KEY_CHARS && /\d/.test(row[1])
    // After whole rows a short one is the last.
    if (isKeyRow || end !== undefined) end = ROW.lastIndex
    if (row[0].length === 0 || (end === undefined ? ROW.lastIndex - from > MAX_HEADER_CHARS : !isKeyRow)) break
  }
  return end
}

const BEGIN =
  /-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----|Private-Lines: \d{1,4}/gi

/**
 * One row of a body, or a header of it, with what a literal or a comment puts around rows: blanks, quotes, commas, signs,
 * `\n` in two characters. The last row of a key may be short.
 */
const ROW =
  /(?:[\s"'`,+.|>#*;()&/]|\\[nrt\\])*(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID|Subject)\s?:[^\n\\]{0,200}|(=?[A-Za-z0-9+/]+={0,3}(?![\w(=:.])))?/gy

/** Rows of keys that are in use have 64 characters or more; words of prose and code after bare armour are shorter. */
const MIN_KEY_CHARS = 32
/** What may stand between armour and body. */
const MAX_HEADER_CHARS = 500
