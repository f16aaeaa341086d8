import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { allCases } from '../../bench/hostile/allCases.ts'
import { Arena } from '../../bench/hostile/arena.ts'
import { touchOrdinary } from '../../bench/hostile/kinds/git.ts'
import { CANARY, checkOutput, checkTerminal, holdsWord } from '../../bench/hostile/oracles.ts'
import { type Figure, KINDS } from '../../bench/hostile/types.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'

/** What an oracle says of something. */
function seen(look: (report: (figure: Figure) => void) => void): Figure[] {
  const figures: Figure[] = []
  look((figure) => figures.push(figure))
  return figures
}
const terminal = (text: string | Buffer) => seen((report) => checkTerminal(Buffer.from(text as string), 'x', report))
const output = (text: string) => seen((report) => checkOutput(text, 'x', report))

function arena(report: (figure: Figure) => void = () => {}): Arena {
  const folder = path.join(temporaryFolder(), 'case')
  mkdirSync(folder)
  return new Arena(folder, 1000, Math.random, report, () => Promise.reject(new Error('none')), folder)
}

describe('hostile cases', () => {
  it('are at least twenty of each kind, four hundred in all, each with a name of its own', () => {
    expect(allCases.length).toBeGreaterThanOrEqual(400)
    expect(new Set(allCases.map(({ name }) => name)).size).toBe(allCases.length)
    for (const kind of KINDS)
      expect(allCases.filter((each) => each.kind === kind).length, kind).toBeGreaterThanOrEqual(20)
    for (const { name, kind } of allCases) expect(name.startsWith(`${kind}/`), name).toBe(true)
  })
})

describe('the oracle of terminals', () => {
  it('refuses every control, mark and override, bytes that are no UTF-8, and lines that a name broke', () => {
    for (const point of [0, 7, 8, 0x0d, 0x1b, 0x7f, 0x80, 0x9b, 0x61c, 0x200e, 0x2028, 0x202e, 0x2067])
      expect(terminal(`a${String.fromCodePoint(point)}b`), point.toString(16)).toEqual(['terminal_escapes'])
    expect(terminal(Buffer.from([0x61, 0xff]))).toEqual(['terminal_escapes'])
    expect(terminal('a\nSTARTOFLINE')).toEqual(['terminal_escapes'])
  })

  it('lets lines, tabs and every other letter pass', () => {
    expect(terminal('a\tb\n"\\u001b" é 漢 👩‍👧 \u0301 STARTOFLINE\n')).toEqual([])
  })
})

describe('the oracle of outputs', () => {
  it('sees internal errors, traces and canaries', () => {
    expect(output('Internal error: x')).toEqual(['internal_errors'])
    expect(output('E: x\n    at run (/a/b.js:1:2)\n')).toEqual(['internal_errors'])
    expect(output('node:internal/process:1\n')).toEqual(['internal_errors'])
    expect(output(`x ${CANARY}word`)).toEqual(['outside_reads'])
  })

  it('lets errors with a name pass', () => {
    expect(output('The index is at /a/b.js:1:2.\nLook at it.')).toEqual([])
  })
})

describe.skipIf(process.platform !== 'linux')('an arena', () => {
  it('sees that a file outside has been read, kept or that a program has run', () => {
    const figures: Figure[] = []
    const own = arena((figure) => figures.push(figure))
    own.seal()
    own.inspect()
    expect(figures).toEqual([])
    const secret = readFileSync(path.join(own.outside, 'secret.ts'), 'utf8')
    mkdirSync(own.storage)
    writeFileSync(path.join(own.storage, 'kept'), secret)
    execFileSync(own.program(path.join(own.folder, 'planted')), { input: '' })
    own.inspect()
    expect(figures.sort()).toEqual(['outside_reads', 'outside_reads', 'planted_programs_run'])
  })

  it('plants programs that git by itself would run', () => {
    for (const [section, key] of [
      ['core', 'fsmonitor'],
      ['filter "evil"', 'clean'],
    ]) {
      const own = arena()
      own.repository()
      own.write('.gitattributes', '* filter=evil\n')
      const program = own.program(path.join(own.folder, 'bin', 'planted'))
      appendFileSync(own.at('.git/config'), `[${section}]\n ${key} = ${program}\n`)
      touchOrdinary(own)
      own.git('status', '--porcelain')
      expect(readdirSync(own.marks), key).toEqual(['planted'])
    }
  })

  it('makes FIFOs, devices and sockets', () => {
    const own = arena()
    own.fifo('fifo')
    own.socket('socket')
    const entries = readdirSync(own.tree, { withFileTypes: true })
    expect(
      entries
        .filter((entry) => entry.isFIFO() || entry.isSocket())
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['fifo', 'socket'])
    expect(holdsWord(own.tree, 'nothing')).toBeUndefined()
  })
})
