import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commandsIn } from '../../support/hostileText.ts'

const root = path.resolve(import.meta.dirname, '../../..')
const temporary = mkdtempSync(path.join(tmpdir(), 'lateral-terminals-'))
const folder = path.join(temporary, 'a\u001b]0;folder\u0007\n\u202ereversed')
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

const NAMES = [
  'title\u001b]0;owned\u0007.md',
  'link\u001b]8;;http:evil.example\u001b\\.md',
  'safe\nFORGED.md',
  'over\rFORGED.md',
  'user\u202edm.exe.md',
  'c1\u009b31m.md',
  'invisible\u200b\u3164.md',
  '..dots.md',
]

/** What is written to a pipe, which is what a terminal would be shown but for our colours. */
function lateral(...args: string[]): { code: number | null; out: string; text: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'server/dist/cli.js'), ...args, '--storage', path.join(temporary, 'st\u001b[31morage')],
    { cwd: folder, encoding: 'utf8', timeout: 60_000 },
  )
  return { code: status, out: stdout, text: stdout + stderr }
}

describe.runIf(process.platform !== 'win32')('a repository with names and texts that command terminals', () => {
  beforeAll(() => {
    mkdirSync(folder)
    for (const [i, name] of NAMES.entries()) {
      const heading = `# Signal${i} ${name.replaceAll('\n', ' ')} ${'long'.repeat(2000)}`
      writeFileSync(
        path.join(folder, name),
        `${heading}\n\n## In${i} \u001b[2J\n\nharbour \u001b]52;c;eA==\u0007 flags \u2066\n`,
      )
    }
    expect(lateral('index').code).toBe(0)
  })

  it.each([
    [['search', 'harbour flags']],
    [['search', 'harbour flags', '--explain']],
    [['search', 'harbour flags', '--json']],
    [['search', 'file:"\u001b]0;x\u0007" dir:no']],
    [['search', 'like:\u001b[31m.md:4']],
    [['search', 'x', 'no\u001b[31msuch\nfolder']],
    [['related', 'title\u001b]0;owned\u0007.md:3']],
    [['status']],
    [['status', '--all']],
    [['doctor', '--privacy']],
    [['\u001b[31m']],
  ])('shows them: %j', (args) => {
    const { code, text } = lateral(...args)
    expect([0, 1, 2]).toContain(code)
    expect(text).not.toMatch(/internal error/i)
    for (const line of text.split('\n')) {
      expect(commandsIn(line), JSON.stringify(line)).toEqual([])
      expect(line).not.toMatch(/^FORGED/)
      if (!line.startsWith('{')) expect(line.length).toBeLessThan(6000)
    }
  })

  it('keeps every name as it is in JSON', () => {
    const { out } = lateral('search', 'kind:section', '-k', '100', '--json')
    const paths: string[] = JSON.parse(out).hits.map(({ path }: { path: string }) => path)
    expect([...new Set(paths)].sort()).toEqual([...NAMES].sort())
  })
})
