import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCancelled } from '../../../server/src/base/errors.ts'
import { linesOf } from '../../../server/src/cli/lines.ts'

async function read(chunks: (string | Buffer)[], maxLength = 1000): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(Readable.from(chunks), maxLength, new AbortController().signal)) lines.push(line)
  return lines
}

describe('lines', () => {
  it('end at line feeds, with or without a carriage return, and nowhere else', async () => {
    expect(await read(['a\r\nb\n\nc\u2028d\re'])).toEqual(['a', 'b', '', 'c\u2028d\re'])
    expect(await read(['a\n'])).toEqual(['a'])
    expect(await read([])).toEqual([])
  })

  it('are the same however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, ' '))),
        fc.integer({ min: 1, max: 7 }),
        async (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          )
          expect(await read(chunks)).toEqual(lines)
        },
      ),
    )
  })

  it('that are too long lose their rest', async () => {
    expect(await read(['12345', '67890\nab', 'cd\n'], 6)).toEqual(['123456', 'abcd'])
  })

  it('end at once when they are withdrawn, though the next has not come', async () => {
    const controller = new AbortController()
    const lines = linesOf(new Readable({ read() {} }), 10, controller.signal)
    const next = lines.next()
    controller.abort()
    await expect(next).rejects.toSatisfy(isCancelled)
  })
})
