import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import type { ChunkedFile, Unit } from '../../../server/src/contract/units.ts'

export const GRAMMARS_DIRECTORY = path.resolve(import.meta.dirname, '../../../server/dist/grammars')

let chunker: Chunker

/** One chunker for the tests of a file. */
export function useChunker(): void {
  beforeAll(async () => {
    chunker = await createChunker({
      grammarsDirectory: GRAMMARS_DIRECTORY,
      onParserFailure: (error) => {
        throw error
      },
    })
  })
  afterAll(() => chunker.dispose())
}

export function chunk(file: string, content: string | Uint8Array): Promise<ChunkedFile> {
  return chunker.chunkFile(file, typeof content === 'string' ? new TextEncoder().encode(content) : content)
}

/** Expects the units of a source: `start-end kind container/name`, in order. */
export async function check(file: string, source: string, expected: string[]): Promise<Unit[]> {
  const { units } = await chunk(file, source)
  expect(units.map(describeUnit)).toEqual(expected)
  return units
}

/** A class large enough that its members become units needs some lines. */
export function body(indent: string, n = 12, comment = '//'): string {
  return Array.from({ length: n }, (_, i) => `${indent}${comment} step ${i} of what is done here`).join('\n')
}

/** `lines kind container/name @line of the name "first line of its doc"`. */
export function describeUnit(unit: Unit): string {
  const name = [unit.container, unit.name].filter(Boolean).join('/')
  const at = unit.nameLine === unit.startLine ? '' : ` @${unit.nameLine}`
  const doc = unit.doc && ` ${JSON.stringify(unit.doc.split('\n')[0])}`
  return `${unit.startLine}-${unit.endLine} ${unit.kind}${name && ` ${name}`}${at}${doc}`
}

/** What holds for the units of any text: all lines covered, no part too long, nothing out of range. */
export function expectSound({ units }: ChunkedFile, text: string): void {
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n')
  const covered = new Uint8Array(lines.length)
  for (const unit of units) {
    expect(unit.startLine).toBeGreaterThanOrEqual(1)
    expect(unit.endLine).toBeLessThanOrEqual(lines.length)
    expect(unit.nameLine).toBeGreaterThanOrEqual(unit.startLine)
    expect(unit.nameLine).toBeLessThanOrEqual(unit.endLine)
    expect(unit.text.replace(/\s/g, '').length).toBeLessThanOrEqual(1100)
    expect(unit.text.trim()).not.toBe('')
    covered.fill(1, unit.startLine - 1, unit.endLine)
  }
  const missed = lines.flatMap((line, row) => (line.trim() !== '' && !covered[row] ? [row + 1] : []))
  expect(missed).toEqual([])
  expectTextCovered(units, lines)
}

/** Each line is also in some text, unless it is a line too long to be kept whole. */
function expectTextCovered(units: readonly Unit[], lines: readonly string[]): void {
  const texts = new Set(units.flatMap((unit) => unit.text.split('\n')))
  const lost = lines.filter((line) => line.trim() !== '' && line.length <= 1100 && !texts.has(line))
  expect(lost).toEqual([])
}
