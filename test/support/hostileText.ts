import fc from 'fast-check'

/**
 * Code points that command a terminal, reorder a line or hide in it, as numbers from the Unicode charts: an oracle
 * beside the properties that the product asks for. Tabs and line breaks are among them.
 */
const COMMANDING: readonly [number, number][] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xe0000, 0xe0fff],
]

/** What of a text commands, reorders or hides, as `U+202E`. Joiners between letters that join are not counted. */
export function commandsIn(text: string): string[] {
  const found: string[] = []
  for (const char of text.replace(/(?<=\p{Script=Arab})\u200c(?=\p{Script=Arab})/gu, '')) {
    const codePoint = char.codePointAt(0)!
    if (COMMANDING.some(([from, to]) => from <= codePoint && codePoint <= to))
      found.push(`U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`)
  }
  return found
}

/** Sequences that terminals obey, and names that mislead. */
export const HOSTILE_TEXTS = [
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil.example\u001b\\link\u001b]8;;\u001b\\',
  '\u001b[2J\u001b[1;1H',
  '\u001b[31mred',
  '\u009b31m',
  '\u0090q\u009c',
  'two\nlines',
  'over\rwritten',
  'back\b\b\bspace',
  'user\u202e// check\u2066 admin\u2069',
  'zero\u200bwidth\ufeff',
  'filler\u3164',
  'tag\u{e0041}',
  'next\u2028line',
  'half\ud800',
  'del\u007f',
  'a\tb',
]

/** Texts of any kind, most with something hostile in them. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...HOSTILE_TEXTS),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      // Halves of pairs, too.
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }).map((units) => String.fromCharCode(...units)),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''))
