import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { GitState, parseStatus } from '../../../server/src/engine/gitState.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

/** A repository with one commit of `files`. */
function repositoryOf(files: Record<string, string>) {
  const folder = temporaryFolder()
  const identity = ['-c', 'user.name=Me', '-c', 'user.email=me@example.org', '-c', 'commit.gpgsign=false']
  const git = (...args: string[]) => execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'ignore' })
  writeFiles(folder, files)
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '-m', 'First')
  return { folder, git }
}

const stateOf = (folder: string) => new GitState({ folder, now: Date.now }).files(1)
const sorted = async (folder: string) => {
  const { changed, staged } = await stateOf(folder)
  return { changed: [...changed].sort(), staged: [...staged].sort() }
}

const hasGit = spawnSync('git', ['--version']).status === 0

describe.skipIf(!hasGit)('what git says of a folder', () => {
  const files = { 'a.ts': 'one', 'b.ts': 'two, which is long enough', 'sub/c d.ts': 'three', 'sub/ä.ts': 'four' }

  it('is nothing after a commit', async () =>
    expect(await sorted(repositoryOf(files).folder)).toEqual({ changed: [], staged: [] }))

  it('tells changed, staged, renamed and new files apart, also seen from a subfolder', async () => {
    const { folder, git } = repositoryOf(files)
    writeFiles(folder, { 'a.ts': 'edited', 'sub/c d.ts': 'edited', 'sub/new.ts': 'new', 'sub/deep/x.ts': 'x' })
    git('add', 'sub/c d.ts')
    git('mv', 'b.ts', 'sub/moved.ts')
    expect(await sorted(folder)).toEqual({
      changed: ['a.ts', 'sub/c d.ts', 'sub/deep/', 'sub/moved.ts', 'sub/new.ts'],
      staged: ['sub/c d.ts', 'sub/moved.ts'],
    })
    expect(await sorted(path.join(folder, 'sub'))).toEqual({
      changed: ['c d.ts', 'deep/', 'moved.ts', 'new.ts'],
      staged: ['c d.ts', 'moved.ts'],
    })
    expect(await sorted(path.join(folder, 'sub/deep'))).toEqual({ changed: ['/'], staged: [] })
  })

  it('has deleted files, and renames that are not staged as a new file', async () => {
    const { folder } = repositoryOf(files)
    rmSync(path.join(folder, 'a.ts'))
    renameSync(path.join(folder, 'sub/ä.ts'), path.join(folder, 'sub/ö.ts'))
    expect((await sorted(folder)).changed).toEqual(['a.ts', 'sub/ä.ts', 'sub/ö.ts'])
  })

  it('is asked for once in two seconds', async () => {
    const { folder } = repositoryOf(files)
    let nowMs = 0
    const state = new GitState({ folder, now: () => nowMs })
    await state.files(1)
    writeFiles(folder, { 'a.ts': 'edited' })
    nowMs = 1999
    expect((await state.files(1)).changed).toEqual([])
    nowMs = 2000
    expect((await state.files(1)).changed).toEqual(['a.ts'])
  })

  it('starts no program that the repository names', async () => {
    const { folder, git } = repositoryOf({ ...files, '.gitattributes': '*.ts filter=mine\n' })
    const outside = temporaryFolder()
    const program = path.join(outside, 'program')
    writeFileSync(program, `#!/bin/sh\ntouch '${path.join(outside, 'mark')}'\ncat\n`)
    chmodSync(program, 0o755)
    for (const name of ['core.fsmonitor', 'filter.mine.clean', 'filter.mine.process']) git('config', name, program)
    git('config', 'filter.mine.required', 'true')
    // The same size, so that git has to look into it.
    writeFiles(folder, { 'a.ts': 'two' })
    expect((await sorted(folder)).changed).toEqual(['a.ts'])
    expect(existsSync(path.join(outside, 'mark'))).toBe(false)
  })

  it('is refused where a program could not be kept from starting', async () => {
    const { folder, git } = repositoryOf(files)
    git('config', 'filter.a=b.clean', 'cat')
    await expect(stateOf(folder)).rejects.toMatchObject({ message: expect.stringContaining('filter.a=b.clean') })
  })
})

describe.skipIf(!hasGit)('a filter that asks git', () => {
  const failing = (options: { folder?: string; git?: string; timeoutMs?: number }) =>
    expect(new GitState({ folder: realpathSync(tmpdir()), now: Date.now, ...options }).files(7)).rejects

  it('fails with its column where there is no repository', async () => {
    await failing({ folder: temporaryFolder() }).toMatchObject({
      code: 'E_GIT',
      message: 'The filter at column 7 asks git, but the folder is in no git repository.',
    })
  })

  it('fails where there is no git, or one that does not work', async () => {
    await failing({ git: path.join(temporaryFolder(), 'git') }).toMatchObject({
      message: expect.stringMatching(/no git on this machine/),
    })
    const folder = temporaryFolder()
    mkdirSync(path.join(folder, '.git'))
    writeFileSync(path.join(folder, '.git', 'HEAD'), 'nonsense')
    await failing({ folder }).toMatchObject({ code: 'E_GIT' })
  })

  it('fails where git does not answer', async () => {
    const folder = temporaryFolder()
    const git = path.join(folder, 'git')
    writeFileSync(git, '#!/bin/sh\nexec sleep 30\n')
    chmodSync(git, 0o755)
    await failing({ folder, git, timeoutMs: 50 }).toMatchObject({
      message: expect.stringMatching(/did not answer in time/),
    })
  })

  it.skipIf(process.platform === 'win32')('ends all that git has started, whatever it thinks of signals', async () => {
    const folder = temporaryFolder()
    const git = path.join(folder, 'git')
    writeFileSync(
      git,
      `#!/bin/sh\ntrap '' TERM INT HUP\necho $$ >> '${folder}/pids'\nsleep 60 &\necho $! >> '${folder}/pids'\nwait\n`,
    )
    chmodSync(git, 0o755)
    await failing({ folder, git, timeoutMs: 500 }).toMatchObject({ code: 'E_GIT' })
    const pids = readFileSync(path.join(folder, 'pids'), 'utf8').trim().split('\n').map(Number)
    expect(pids.length).toBeGreaterThanOrEqual(2)
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))
  })

  it.skipIf(process.platform === 'win32')('waits for no FIFO, and for what it is about once only', async () => {
    for (const file of [
      '.git/config',
      '.git/index',
      '.git/HEAD',
      '.git/info/exclude',
      '.gitattributes',
      '.git/packed-refs',
    ]) {
      const { folder } = repositoryOf({ 'a.ts': 'one' })
      rmSync(path.join(folder, file), { force: true })
      execFileSync('mkfifo', [path.join(folder, file)])
      const startedMs = performance.now()
      const state = new GitState({ folder, now: Date.now, timeoutMs: 300 })
      await Promise.allSettled([state.files(1), state.files(1)])
      expect([file, performance.now() - startedMs < 2000]).toEqual([file, true])
    }
  })

  it.skipIf(process.platform !== 'linux')('has a limit to its memory', async () => {
    const { folder, git } = repositoryOf({ 'a.ts': 'one' })
    git('config', 'core.attributesFile', '/dev/zero')
    writeFiles(folder, { 'a.ts': 'two' })
    await failing({ folder, timeoutMs: 20_000 }).toMatchObject({ message: expect.stringMatching(/out of memory/i) })
  })

  it('ends when it is withdrawn', async () => {
    const state = new GitState({ folder: realpathSync(tmpdir()), now: Date.now })
    await expect(state.files(1, AbortSignal.abort())).rejects.toMatchObject({ name: 'CancelledError' })
  })
})

/** One that has ended, and that nobody asked how, still has its number. */
function isRunning(pid: number): boolean {
  try {
    if (process.platform === 'linux') return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('parseStatus', () => {
  it.each([
    ['', '', '', ''],
    [' M a', '', 'a', ''],
    ['M  a|MM b|A  c|T  d', '', 'a b c d', 'a b c d'],
    ['?? new/|!! out', '', 'new/', ''],
    ['R  to|from| M x', '', 'to x', 'to'],
    ['UU a|AA b|DD c|AU d|UD e', '', 'a b c d e', ''],
    [' M sub/a| M other/b|R  sub/c|other/d', 'sub/', 'a c', 'c'],
  ])('%s below "%s"', (output, prefix, changed, staged) => {
    const found = parseStatus(output.split('|').join('\0'), prefix)
    expect([found.changed.join(' '), found.staged.join(' ')]).toEqual([changed, staged])
  })
})
