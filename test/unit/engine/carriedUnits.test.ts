import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chunker, createChunker } from '../../../server/src/chunk/chunker.ts'
import { LineHashes } from '../../../server/src/chunk/lineHashes.ts'
import type { Unit } from '../../../server/src/contract/units.ts'
import { carryUnits } from '../../../server/src/engine/carriedUnits.ts'

const GRAMMARS = path.resolve(import.meta.dirname, '../../../server/dist/grammars')
let chunker: Chunker
beforeAll(async () => {
  chunker = await createChunker({ grammarsDirectory: GRAMMARS })
})
afterAll(() => chunker.dispose())

const cut = async (text: string, file = 'a.ts'): Promise<Unit[]> =>
  (await chunker.chunkFile(file, Buffer.from(text))).units
const carry = (units: readonly Unit[], after: string) => carryUnits(units, new LineHashes(after.split('\n')))
const label = ({ startLine, endLine, container, name }: Pick<Unit, 'startLine' | 'endLine' | 'container' | 'name'>) =>
  `${startLine}-${endLine} ${[container, name].filter(Boolean).join('/')}`.trim()

/** Where the units of `before` are in `after`: `start-end container/name`, and `gone` for what is not there. */
async function check(before: string, after: string, expected: string[], file?: string) {
  const carried = carry(await cut(before, file), after)
  expect(carried.map((unit) => (unit ? label(unit) : 'gone'))).toEqual(expected)
}

const body = (word: string, n = 6) =>
  Array.from({ length: n }, (_, i) => `    this.${word}(${i}, 'some words of ${word}')`).join('\n')
const method = (name: string, word: string) => `  ${name}(key: string) {\n${body(word)}\n  }\n`
const FUNCTION = `function parse(text: string) {\n${body('scan')}\n}\n`
const CLASS = `export class Store {\n${method('read', 'load')}\n${method('write', 'save')}}\n`
const FILE = `${CLASS}\n${FUNCTION}`

describe('units of a text that has changed', () => {
  it('are where they were where nothing has', () =>
    check(FILE, FILE, ['1-19 Store', '2-9 Store/read', '11-18 Store/write', '21-28 parse']))

  it('move with what is put above them, and with each other', async () => {
    await check(FILE, `// one\n// two\n${FILE}`, ['3-21 Store', '4-11 Store/read', '13-20 Store/write', '23-30 parse'])
    await check(FILE, `${FUNCTION}\n${CLASS}`, ['10-28 Store', '11-18 Store/read', '20-27 Store/write', '1-8 parse'])
  })

  it('reach to the next known thing where they were edited, and as far as what they stand in', async () => {
    const more = (word: string) => FILE.replace(`this.${word}(3`, `this.more()\n    this.${word}(3`)
    await check(FILE, more('load'), ['1-20 Store', '2-10 Store/read', '12-19 Store/write', '22-29 parse'])
    await check(FILE, more('save'), ['1-20 Store', '2-9 Store/read', '11-19 Store/write', '22-29 parse'])
    await check(FILE, more('scan'), ['1-19 Store', '2-9 Store/read', '11-18 Store/write', '21-29 parse'])
  })

  it('are gone where their heads are, and what was named after those with it', async () => {
    await check(FILE, FILE.replace('parse', 'read'), ['1-19 Store', '2-9 Store/read', '11-18 Store/write', 'gone'])
    await check(FILE, FILE.replace('Store', 'Shop'), ['gone', '2-9 read', '11-18 write', '21-28 parse'])
    await check(FILE, FILE.replace('  write(', '  wrote('), ['1-19 Store', '2-9 Store/read', 'gone', '21-28 parse'])
    await check(FILE, '', ['gone', 'gone', 'gone', 'gone'])
  })

  it('tell equal heads apart by what they stand in', async () => {
    const two = `${CLASS}\n${CLASS.replace('Store', 'Cache').replaceAll('load', 'fetch').replaceAll('save', 'keep')}`
    const edited = two.replace('this.load(2', 'this.again(2').replace('this.fetch(2', 'this.again(2')
    const places = ['1-19 Store', '2-9 Store/read', '11-18 Store/write']
    const moved = ['21-39 Cache', '22-29 Cache/read', '31-38 Cache/write']
    await check(two, edited, [...places, ...moved])
    const onlyCache = edited.slice(edited.indexOf('export class Cache'))
    const own = ['1-19 Cache', '2-9 Cache/read', '11-18 Cache/write']
    await check(two, onlyCache, ['gone', 'gone', 'gone', ...own])
  })

  it('without a name have a head of some lines', async () => {
    const before = `import a from 'a'\nimport b from 'b'\nimport c from 'c'\nimport d from 'd'\n\n${FUNCTION}`
    await check(before, `\n${before}`, ['2-5', '7-14 parse'])
    await check(before, before.replace("'d'", "'e'"), ['1-4', '6-13 parse'])
    await check(before, before.replace("'a'", "'e'"), ['gone', '6-13 parse'])
  })

  it('lose the name of a declaration that is in several parts once that is gone', async () => {
    const long = `function parse(text: string) {\n${Array.from({ length: 8 }, (_, i) => body(`scan${i}`)).join('\n')}\n}\n`
    const units = await cut(long)
    expect(units.map(({ name }) => name)).toEqual(['parse', 'parse'])
    const names = (after: string) => carry(units, after).map((unit) => unit?.name)
    expect(names(`\n${long}`)).toEqual(['parse', 'parse'])
    expect(names(long.replace('parse', 'read'))).toEqual([undefined, ''])
  })

  it('whose lines nobody kept are there where their name stands where it stood', async () => {
    const units = (await cut(FILE)).map(({ linesHash: _, headHash: __, ...unit }) => unit)
    const shown = (after: string) => carry(units, after).map((unit) => (unit ? label(unit) : 'gone'))
    expect(shown(FILE.replace('parse', 'read'))).toEqual(['1-19 Store', '2-9 Store/read', '11-18 Store/write', 'gone'])
    expect(shown(`\n\n${FILE}`)).toEqual(['gone', 'gone', 'gone', 'gone'])
  })

  it('are found as long as their lines are there, and never where neither those nor their heads are', async () => {
    const units = await cut(FILE)
    const lines = FILE.split('\n')
    const edit = fc.record({ at: fc.nat(lines.length), nRemoved: fc.nat(4), added: fc.array(line, { maxLength: 4 }) })
    const move = fc.record({ from: fc.nat(lines.length), n: fc.nat(12), to: fc.nat(lines.length) })
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 4 }), fc.option(move), (edits, moved) => {
        const now = [...lines]
        for (const { at, nRemoved, added } of edits) now.splice(at, nRemoved, ...added)
        if (moved) now.splice(moved.to, 0, ...now.splice(moved.from, moved.n))
        const text = `\n${now.join('\n')}\n`
        carry(units, now.join('\n')).forEach((place, i) => {
          const unit = units[i]!
          const own = lines.slice(unit.startLine - 1, unit.endLine).join('\n')
          if (text.includes(`\n${own}\n`)) {
            expect(place).toBeDefined()
            expect(now.slice(place!.startLine - 1, place!.endLine).join('\n')).toBe(own)
          }
          if (!place) return
          expect(now[place.nameLine - 1]).toBe(lines[unit.nameLine - 1])
          expect(place.startLine).toBeGreaterThanOrEqual(1)
          expect(place.startLine).toBeLessThanOrEqual(place.nameLine)
          expect(place.nameLine).toBeLessThanOrEqual(place.endLine)
          expect(place.endLine).toBeLessThanOrEqual(now.length)
          expect(text).toContain(place.name)
          expect(text).toContain(place.container)
        })
      }),
      { numRuns: 500 },
    )
  })
})

const line = fc.constantFrom('', '  }', '}', 'export class Store {', '  read(key: string) {', 'let x = 1', '    return')
