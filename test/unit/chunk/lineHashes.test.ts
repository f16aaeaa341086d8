import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { headLines, LineHashes } from '../../../server/src/chunk/lineHashes.ts'
import { chunk, useChunker } from './check.ts'

const unit = (name: string, startLine: number, endLine: number, nameLine = startLine) => ({
  ...{ name, startLine, endLine, nameLine },
})

describe('hashes of lines', () => {
  useChunker()

  it('are equal where the lines are, and only there', () => {
    const line = fc.constantFrom('', 'a', 'b', 'ab', '}', '\u20ac')
    const lines = fc.array(line, { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(lines, lines, fc.nat(), fc.nat(), fc.nat(), fc.nat(), (one, two, ...places) => {
        const run = (of: string[], from: number, n: number) => {
          const first = 1 + (from % of.length)
          return [first, Math.min(of.length, first + (n % 4))] as const
        }
        const [a, b] = [run(one, places[0]!, places[1]!), run(two, places[2]!, places[3]!)]
        const text = (of: string[], [first, last]: readonly [number, number]) => of.slice(first - 1, last).join('\n')
        const isEqual = text(one, a) === text(two, b) && a[1] - a[0] === b[1] - b[0]
        expect(new LineHashes(one).of(...a) === new LineHashes(two).of(...b)).toBe(isEqual)
      }),
    )
  })

  it('find a head wherever it is: a line with the name, or the first three', () => {
    const before = new LineHashes(['one', 'func load() {', '}', 'x', 'y', 'z'])
    const after = new LineHashes(['func load() {', 'new', 'x', 'y', 'z', 'func load() {', '}'])
    const named = before.ofUnit(unit('load', 1, 3, 2))
    expect(after.headsAt(named.headHash)).toEqual([1, 6])
    const nameless = before.ofUnit(unit('', 4, 6))
    expect(headLines(nameless.headHash)).toBe(3)
    expect(after.headsAt(nameless.headHash)).toEqual([3])
    expect(after.headsAt(before.ofUnit(unit('load', 3, 4)).headHash)).toEqual([])
    expect(after.of(6, 7)).toBe(before.ofUnit(unit('load', 2, 3)).linesHash)
  })

  it('stay exact numbers', () => {
    const { linesHash, headHash } = new LineHashes(['x'.repeat(5000)]).ofUnit(unit('', 1, 1))
    for (const hash of [linesHash, headHash]) expect(Number.isSafeInteger(hash)).toBe(true)
  })

  it('come with every unit of a file, whatever its line ends', async () => {
    const source = 'def load(path):\n    return open(path)\n\n\ndef save(path):\n    return 1\n'
    const [unix, dos] = await Promise.all([chunk('a.py', source), chunk('a.py', source.replaceAll('\n', '\r\n'))])
    expect(unix.units.map(({ linesHash }) => linesHash)).toEqual([expect.any(Number), expect.any(Number)])
    expect(dos).toEqual(unix)
  })
})
