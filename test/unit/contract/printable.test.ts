import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable, printableCode, printableJson, shortened } from '../../../server/src/contract/printable.ts'
import { commandsIn, HOSTILE_TEXTS, hostileText } from '../../support/hostileText.ts'

/** What `printable` made a text of, back again. */
const read = (shown: string) =>
  shown.replace(/\\x([0-9a-f]{2})|\\u\{([0-9a-f]+)\}/g, (_, byte, point) =>
    String.fromCodePoint(Number.parseInt(byte ?? point, 16)),
  )

describe('printable', () => {
  it('writes out what commands, reorders or hides', () => {
    expect(printable('\u001b]0;title\u0007 \u202e \u009b1m \n \ud800')).toBe(
      '\\x1b]0;title\\x07 \\u{202e} \\x9b1m \\x0a \\u{d800}',
    )
    for (const text of HOSTILE_TEXTS) {
      expect(commandsIn(text), JSON.stringify(text)).not.toEqual([])
      expect(commandsIn(printable(text)), JSON.stringify(text)).toEqual([])
    }
  })

  it('leaves what people write', () => {
    const texts = ['Größe 数値 переменная', 'می‌خواهم', 'क्‍ष', '👨‍👩‍👧 ❤️ 1️⃣ 👍🏽', 'C:\\new\\x.ts', '"a" \\n', 'e\u0301']
    for (const text of texts) expect(printable(text)).toBe(text)
  })

  it('does not leave a joiner where nothing joins', () => {
    expect(printable('user\u200cname')).toBe('user\\u{200c}name')
    expect(printable('is\ufe0fAdmin')).toBe('is\\u{fe0f}Admin')
  })

  it('leaves nothing that commands, keeps texts apart, and does nothing to its own answer', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const shown = printable(text)
        const kept = shown.replace(
          /(?<=[\p{Emoji}\p{M}\u200d])[\u200d\ufe0e\ufe0f]|(?<=\p{L}\p{M}*)[\u200c\u200d]/gu,
          '',
        )
        expect(commandsIn(kept)).toEqual([])
        expect(printable(shown)).toBe(shown)
        if (!text.includes('\\')) expect(read(shown)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('shows a tab of a line of code as a blank', () => {
    expect(printableCode('if (a)\treturn\u001b')).toBe('if (a) return\\x1b')
  })

  it('cuts a long name in the middle, and halves nothing', () => {
    expect(shortened('short\n')).toBe('short\\x0a')
    const long = `${'a'.repeat(500)}end`
    expect(shortened(long)).toHaveLength(200)
    expect(shortened(long)).toMatch(/^a+…a+end$/)
    for (const maxLength of [10, 11, 12, 13]) {
      const cut = shortened('😀'.repeat(50), maxLength)
      expect(cut).toBe(Buffer.from(cut).toString())
      expect(cut.length).toBeLessThanOrEqual(maxLength)
      expect(cut).not.toContain('\\u')
    }
  })

  it('makes JSON that says the same and commands nothing', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const json = printableJson({ text })
        expect(JSON.parse(json)).toEqual({ text })
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u)
      }),
    )
  })
})
