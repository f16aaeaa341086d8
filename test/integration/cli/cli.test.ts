import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

/** The built command line as a process, with the built-in model, on a small folder of its own. */
const root = path.resolve(import.meta.dirname, '../../..')
const temporary = mkdtempSync(path.join(tmpdir(), 'lateral-cli-'))
const folder = path.join(temporary, 'project')
const storage = path.join(temporary, 'storage')
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

mkdirSync(path.join(folder, 'src'), { recursive: true })
const FILES = {
  'src/attempts.py': [
    'def call_with_backoff(action, attempts=5):',
    '    """Runs action again after growing pauses until it succeeds."""',
    '    for attempt in range(attempts):',
    '        try:',
    '            return action()',
    '        except ConnectionError:',
    '            time.sleep(2 ** attempt)',
  ],
  'src/settings.ts': [
    'export function readSettings(file: string): Settings {',
    '  // Missing keys fall back to their defaults.',
    '  return { ...defaults, ...JSON.parse(readFileSync(file, "utf8")) }',
    '}',
  ],
  'README.md': ['# Sample', '', 'Colours of the chart are chosen by hand.', '', '## Licence', '', 'Free for all.'],
}
for (const [name, lines] of Object.entries(FILES)) writeFileSync(path.join(folder, name), `${lines.join('\n')}\n`)

interface Outcome {
  code: number | null
  out: string
  err: string
}

function lateral(args: string[], options: { stdin?: string; interruptOn?: RegExp } = {}): Promise<Outcome> {
  const cli = path.join(root, 'server/dist/cli.js')
  const child = spawn(process.execPath, [cli, ...args, '--storage', storage], { cwd: folder, stdio: 'pipe' })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => {
    err += chunk
    if (!child.killed && options.interruptOn?.test(err)) child.kill('SIGINT')
  })
  child.stdin.end(options.stdin ?? '')
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

describe('lateral', () => {
  it('builds the index that a search needs, and answers by meaning', async () => {
    const { code, out, err } = await lateral(['search', 'retry a failed network request', '--json'])
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(out).hits[0]).toMatchObject({
      path: 'src/attempts.py',
      startLine: 1,
      kind: 'function',
      name: 'call_with_backoff',
    })
  })

  it('explains its hits', async () => {
    const { out } = await lateral(['search', 'retry a failed network request', '-k', '1', '--explain', '--json'])
    const { hits, explanation } = JSON.parse(out)
    expect(explanation.route).toMatchObject({ name: 'question', reason: 'it has 5 words' })
    expect(explanation.hits).toMatchObject([{ path: hits[0].path, name: 'call_with_backoff', rank: 1 }])
    const retry = explanation.hits[0].words.find(({ word }: { word: string }) => word === 'retry')
    expect(retry).toMatchObject({ isShared: false, tokens: expect.arrayContaining([]) })
    expect(FILES['src/attempts.py'].join('\n')).toContain(retry.tokens[0].text)
    const listed = await lateral(['search', 'kind:function', '--explain'])
    expect(listed.out).toMatch(/^Taken for a list of what passes its filters, because it has no words\.\nsrc\/attempts/)
  })

  it('finds what is like a place, and says where it is wrong', async () => {
    const like = await lateral(['search', 'like:settings.ts:2 kind:function', '--explain'])
    expect(like.out).toMatch(/^Taken for a search for what is like other code.*\nsrc\/attempts\.py:1-7/)
    expect(like.out).toMatch(/semantic {5}\+ 0\.\d+ {2}meaning/)
    const { code, err } = await lateral(['search', 'x like:gone.ts'])
    expect([code, err.split('\n').slice(0, 2)]).toEqual([2, ['  x like:gone.ts', '         ^']])
  })

  it('encodes nothing twice', async () => {
    const { code, out } = await lateral(['index', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ nFiles: 3, nUnitsEncoded: 0 })
  })

  it('finds what was changed since', async () => {
    writeFileSync(
      path.join(folder, 'src/late.go'),
      'package late\n\nfunc HashPassword(p string) string { return bcrypt(p) }\n',
    )
    const { out } = await lateral(['search', 'encrypt user credentials', '--json'])
    expect(JSON.parse(out).hits[0].path).toBe('src/late.go')
  })

  it('answers lines of standard input in order', async () => {
    const stdin = 'defaults for missing configuration\nwho chose the colours\n'
    const { code, out } = await lateral(['search', '--stdin', '--json', '--no-update'], { stdin })
    expect(code).toBe(0)
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers.map(({ query, hits }) => [query, hits[0].path])).toEqual([
      ['defaults for missing configuration', 'src/settings.ts'],
      ['who chose the colours', 'README.md'],
    ])
    for (const { ms } of answers) expect(ms).toBeGreaterThan(0)
  })

  it('shows units like one, and the state', async () => {
    const related = await lateral(['related', 'src/attempts.py:3', '--json'])
    expect(JSON.parse(related.out).hits.map(({ path }: { path: string }) => path)).not.toContain('src/attempts.py')
    const status = await lateral(['status', '--json'])
    expect(JSON.parse(status.out)).toMatchObject({ nFiles: 4, nPendingFiles: 0 })
  })

  it('clears, and has nothing then', async () => {
    expect((await lateral(['clear'])).code).toBe(0)
    expect((await lateral(['status'])).code).toBe(1)
    const { code, err } = await lateral(['search', 'x', '--no-update'])
    expect(code).toBe(2)
    expect(err).toMatch(/has no index yet/)
  })

  it('continues after an interrupt', async () => {
    cpSync(path.join(root, 'server/src'), path.join(folder, 'more'), { recursive: true })
    const first = await lateral(['index'], { interruptOn: /Indexing: .+, [1-9]\d*\/\S+ units/ })
    const second = JSON.parse((await lateral(['index', '--json'])).out)
    expect(second.nUnitsReused + second.nUnitsEncoded).toBe(second.nUnits)
    // A fast machine may have been done before the first line of progress.
    if (first.code === 0) return
    expect(first).toMatchObject({ code: 130, err: expect.stringMatching(/the next run continues/) })
    expect(second.nUnitsReused).toBeGreaterThan(0)
  }, 90_000)
})
