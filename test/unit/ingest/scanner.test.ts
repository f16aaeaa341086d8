import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isIndexable, type ScanOptions, scanFolder } from '../../../server/src/ingest/scanner.ts'
import { strangeFiles } from '../../support/strangeFiles.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lateral-scan-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes files by path; a path that ends with '/' is an empty directory. */
function write(files: Record<string, string>, root = folder): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name)
    mkdirSync(name.endsWith('/') ? file : path.dirname(file), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(file, content)
  }
}

const OPTIONS: ScanOptions = { useIgnoreFiles: true, exclude: [], maxFileSizeBytes: 1000 }

async function scan(options: Partial<ScanOptions> = {}) {
  const { files, skipped } = await scanFolder(folder, { ...OPTIONS, ...options })
  const paths = files.map((file) => file.path)
  for (const file of paths) expect(isIndexable(folder, file, { ...OPTIONS, ...options })).toBe(true)
  return { files, paths, skipped: Object.fromEntries(skipped.map(({ path, reason }) => [path, reason])) }
}

describe('scanFolder', () => {
  it('lists files sorted by path, with size and time', async () => {
    write({ 'b.ts': 'two', 'a/z.ts': '', 'a/b/c.py': 'x', '.github/workflows/ci.yml': 'on: push' })
    const { files, paths } = await scan()
    expect(paths).toEqual(['.github/workflows/ci.yml', 'a/b/c.py', 'a/z.ts', 'b.ts'])
    expect(files.at(-1)).toMatchObject({ sizeBytes: 3 })
    expect(Math.abs(files.at(-1)!.mtimeMs - Date.now())).toBeLessThan(60_000)
  })

  it('skips tools, secrets, lock files, binaries and what is too large, and says why', async () => {
    write({
      'node_modules/a/index.js': '',
      'lib/.venv2/pyvenv.cfg': '',
      'lib/.venv2/x.py': '',
      'src/__pycache__/a.pyc': '',
      '.env.local': '',
      '.env.example': 'A=1',
      'keys/server.pem': '',
      'package-lock.json': '{}',
      'logo.PNG': '',
      'app.min.js': '',
      'rows.csv': '',
      'big.ts': 'x'.repeat(1001),
      'ok.ts': '',
    })
    symlinkSync(path.join(folder, 'ok.ts'), path.join(folder, 'link.ts'))
    symlinkSync(folder, path.join(folder, 'loop'))
    const { paths, skipped } = await scan()
    expect(paths).toEqual(['.env.example', 'ok.ts'])
    expect(skipped).toEqual({
      'node_modules/': 'tool-folder',
      'lib/.venv2/': 'tool-folder',
      'src/__pycache__/': 'tool-folder',
      '.env.local': 'secret',
      'keys/server.pem': 'secret',
      'package-lock.json': 'lock-file',
      'logo.PNG': 'binary',
      'app.min.js': 'generated',
      'rows.csv': 'data',
      'big.ts': 'too-large',
      'link.ts': 'link',
      loop: 'link',
    })
    for (const file of ['node_modules/a/index.js', 'lib/.venv2/x.py', '.env.local', 'logo.PNG', '../x.ts', '']) {
      expect(isIndexable(folder, file, OPTIONS)).toBe(false)
    }
  })

  it('leaves out what the exclude globs name', async () => {
    write({
      'a.gen.ts': '',
      'src/b.gen.ts': '',
      'docs/x.md': '',
      'src/docs/y.md': '',
      'out/a/b.ts': '',
      'src/c.ts': '',
    })
    const { paths, skipped } = await scan({ exclude: ['*.gen.ts', '/docs/', 'out/**', ' '] })
    expect(paths).toEqual(['src/c.ts', 'src/docs/y.md'])
    expect(skipped['out/']).toBe('excluded')
  })

  it('needs no repository around it and looks at nothing above it', async () => {
    write({ '.gitignore': '*', '.hidden/inner/a.ts': '' })
    folder = path.join(folder, '.hidden/inner')
    expect((await scan()).paths).toEqual(['a.ts'])
  })

  it('reads ignore files only where told to', async () => {
    write({
      '.gitignore': 'a.ts',
      '.lateralignore': 'b.ts\n!a.ts',
      'a.ts': '',
      'b.ts': '',
      '.git/info/exclude': 'c.ts',
      'c.ts': '',
    })
    expect((await scan()).paths).toEqual(['.gitignore', '.lateralignore', 'a.ts'])
    expect((await scan({ useIgnoreFiles: false })).paths).toContain('c.ts')
  })

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'goes on past a folder it may not read',
    async () => {
      write({ 'shut/a.ts': '', 'b.ts': '' })
      chmodSync(path.join(folder, 'shut'), 0)
      const { paths, skipped } = await scan()
      chmodSync(path.join(folder, 'shut'), 0o700)
      expect(paths).toEqual(['b.ts'])
      expect(skipped['shut/']).toBe('unreadable')
    },
  )

  it.skipIf(process.platform === 'win32')(
    'reads no ignore file that is none, waits for none, and says so',
    async () => {
      for (const { name, reason, put } of strangeFiles()) {
        for (const file of ['.gitignore', 'sub/.lateralignore', '.git/info/exclude']) {
          write({ 'a.ts': '', 'sub/b.ts': '' })
          put(path.join(folder, file))
          const { paths, skipped } = await scan()
          expect([name, ...paths]).toEqual([name, 'a.ts', 'sub/b.ts'])
          if (reason) expect([name, skipped[file]]).toEqual([name, reason])
          rmSync(path.join(folder, file), { recursive: true })
        }
      }
    },
  )

  it('lists nothing behind a folder that is exchanged for a link during the scan', async () => {
    const outside = mkdtempSync(path.join(tmpdir(), 'lateral-scan-'))
    write({ 'secret.ts': '', 'sub/secret.ts': '' }, outside)
    write({ 'src/sub/a.ts': '', 'b.ts': '' })
    const worker = new Worker(EXCHANGE, { eval: true, workerData: { folder, outside } })
    await new Promise((resolve) => worker.once('message', resolve))
    for (let i = 0; i < 200; i++) {
      const { files, skipped } = await scanFolder(folder, OPTIONS)
      expect([...files, ...skipped].filter((each) => each.path.includes('secret'))).toEqual([])
    }
    await worker.terminate()
    rmSync(outside, { recursive: true })
  })

  it('tells a folder that is not there from an empty one', async () => {
    expect((await scan()).paths).toEqual([])
    await expect(scanFolder(path.join(folder, 'no'), OPTIONS)).rejects.toMatchObject({ code: 'E_FOLDER' })
  })

  it.each([
    ['an ignore file', { '.gitignore': `${'a/**/'.repeat(12)}b` }, []],
    ['stars in an ignore file', { '.gitignore': `${'*a'.repeat(30)}\n*b` }, []],
    ['the setting', {}, [`${'a/**/'.repeat(12)}b`, '*a'.repeat(30), '{a,b}'.repeat(60)]],
  ])('gets past patterns that have no end elsewhere: %s', async (_, ignoreFile, exclude) => {
    const deep = `${'a/'.repeat(120)}${'a'.repeat(60)}c`
    write({ ...ignoreFile, [deep]: '', [`${'a/'.repeat(30)}b`]: '' })
    expect((await scan({ exclude })).paths).toContain(deep)
    expect((await scan({ exclude })).skipped[`${'a/'.repeat(30)}b`]).toBe(exclude.length ? 'excluded' : 'ignored')
  })

  it('lets others in, and stops, while patterns take their time', async () => {
    const star = (i: number) =>
      `*${Array.from(i.toString(2).padStart(12, '0'), (bit) => (bit === '1' ? 'a*' : 'b*')).join('')}c`
    const names = Array.from(
      { length: 400 },
      (_, i) => `${(i * 7919).toString(2).replaceAll('0', 'ab').padEnd(200, 'ba')}`,
    )
    write({ '.gitignore': Array.from({ length: 1000 }, (_, i) => star(i)).join('\n') })
    for (const name of names) writeFileSync(path.join(folder, name), '')
    let nTurns = 0
    const others = setInterval(() => nTurns++, 1)
    await scan()
    clearInterval(others)
    expect(nTurns).toBeGreaterThan(5)
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 1)
    const stopped = scanFolder(folder, { ...OPTIONS, signal: controller.signal })
    await expect(stopped).rejects.toMatchObject({ name: 'CancelledError' })
  })

  it('stops when asked to', async () => {
    write({ 'a.ts': '' })
    const signal = AbortSignal.abort()
    await expect(scanFolder(folder, { ...OPTIONS, signal })).rejects.toMatchObject({ name: 'CancelledError' })
  })
})

const EXCHANGE = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  const { folder, outside } = workerData
  parentPort.postMessage('started')
  for (;;) {
    renameSync(folder + '/src', folder + '/.git')
    symlinkSync(outside, folder + '/src')
    unlinkSync(folder + '/src')
    renameSync(folder + '/.git', folder + '/src')
  }
`

describe.runIf(process.platform === 'linux')('names that are no UTF-8', () => {
  const put = (name: Buffer) => writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'x = 1\n')
  const latin1 = (name: string) => Buffer.from(name, 'latin1')

  // Node cannot name what it is to remove.
  afterEach(() => execFileSync('rm', ['-rf', folder]))

  it('are left out and named so, once each, and no file is listed twice', async () => {
    for (const name of ['caf\xe9.ts', 'caf\xe8.ts', 'b\xff.ts']) put(latin1(name))
    put(Buffer.from('caf\ufffd.ts'))
    put(Buffer.from('ok.ts'))
    mkdirSync(Buffer.concat([Buffer.from(`${folder}/`), latin1('dir\xe9')]))
    put(latin1('dir\xe9/inner.ts'))
    const { files, skipped } = await scanFolder(folder, { useIgnoreFiles: true, exclude: [] })
    expect(files.map((file) => file.path)).toEqual(['caf\ufffd.ts', 'ok.ts'])
    expect(skipped).toEqual([
      { path: 'b\ufffd.ts', reason: 'name-not-utf8' },
      { path: 'dir\ufffd/', reason: 'name-not-utf8' },
    ])
  })
})

/** Git itself is the reference: files that `git ls-files` would offer to add. */
describe('ignore files', () => {
  const hasGit = (() => {
    try {
      execFileSync('git', ['--version'])
      return true
    } catch {
      return false
    }
  })()

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'core.excludesFile=', '-c', 'init.defaultBranch=main', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })

  async function checkAgainstGit(files: Record<string, string>): Promise<void> {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder)
    git('init', '-q')
    write(files)
    const expected = git('ls-files', '-z', '--others', '--exclude-standard').split('\0').filter(Boolean).sort()
    expect((await scan()).paths).toEqual(expected)
  }

  const trees: [string, Record<string, string>][] = [
    [
      'negation',
      { '.gitignore': '*.log\n!keep.txt.log\n*.ts\n!a.ts', 'a.ts': '', 'b.ts': '', 'x/a.ts': '', 'x/c.ts': '' },
    ],
    ['directories only', { '.gitignore': 'build/', build: '', 'src/build/a.ts': '', 'b.ts': '' }],
    [
      'anchored patterns',
      { '.gitignore': '/out\nsrc/*.ts', 'out/a.ts': '', 'lib/out/a.ts': '', 'src/a.ts': '', 'x/src/a.ts': '' },
    ],
    [
      'deeper files win',
      { '.gitignore': '*.md', 'docs/.gitignore': '!*.md', 'docs/a.md': '', 'docs/b/c.md': '', 'd.md': '' },
    ],
    [
      'nothing returns from an ignored directory',
      { '.gitignore': 'a/\n!a/b.ts', 'a/b.ts': '', 'a/.gitignore': '!b.ts' },
    ],
    [
      'a deeper file brings a directory back',
      { '.gitignore': 'gen/', 'src/.gitignore': '!gen/', 'src/gen/a.ts': '', 'gen/b.ts': '' },
    ],
    [
      'globs',
      {
        '.gitignore': '**/tmp/*.ts\nlib/**/x.ts\n?.py\n[ab].go',
        'q/tmp/a.ts': '',
        'lib/c/d/x.ts': '',
        'a.py': '',
        'ab.py': '',
        'a.go': '',
        'c.go': '',
      },
    ],
    ['comments and spaces', { '.gitignore': '# a.ts\n\\#b.ts\n  \nc.ts   \n', 'a.ts': '', '#b.ts': '', 'c.ts': '' }],
  ]
  it.skipIf(!hasGit).each(trees)('are read as git reads them: %s', (_, files) => checkAgainstGit(files))

  it.skipIf(!hasGit)('are read as git reads them, whatever the patterns', async () => {
    const name = fc.constantFrom('a', 'b', 'c.ts', 'd.md')
    const file = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `${parts.join('/')}/f.ts`)
    const pattern = fc
      .tuple(
        fc.constantFrom('', '!'),
        fc.constantFrom('', '/', '**/'),
        fc.array(name, { minLength: 1, maxLength: 2 }),
        fc.constantFrom('', '/', '/*', '/**'),
      )
      .map(([not, anchor, parts, end]) => not + anchor + parts.join('/') + end)
    const patterns = fc.array(fc.oneof(pattern, fc.constantFrom('*', '*.ts', '!*.ts', '*/')), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), patterns, patterns, async (files, top, deep) => {
        const tree = Object.fromEntries(files.map((one) => [one, '']))
        await checkAgainstGit({ ...tree, '.gitignore': top.join('\n'), 'a/.gitignore': deep.join('\n') })
      }),
      { numRuns: 60 },
    )
  })
})
