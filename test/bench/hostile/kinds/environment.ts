import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Arena } from '../arena.ts'
import type { CliOptions } from '../cliRun.ts'
import type { HostileCase } from '../types.ts'
import { Wire } from '../wire.ts'

function environment(name: string, run: (arena: Arena) => Promise<unknown>, isQuick = false): HostileCase {
  return { kind: 'environment', name: `environment/${name}`, isQuick, run: async (arena) => void (await run(arena)) }
}

const QUESTION = 'ledger of harbour dues'
const search = (arena: Arena, options: Partial<CliOptions> = {}) => arena.cli(['search', QUESTION, arena.tree], options)

/** Variables of the environment, and nothing else that is odd. `undefined` takes one away. */
function variables(
  name: string,
  env: (arena: Arena) => NodeJS.ProcessEnv,
  codes: number[] = [0],
  isQuick = false,
): HostileCase {
  return environment(`variable-${name}`, (a) => search(a, { env: env(a), codes }), isQuick)
}

const NAMED = [0, 2, 3]

const ofVariables: HostileCase[] = [
  variables('home-unset', () => ({ HOME: undefined }), [0], true),
  variables('home-empty', () => ({ HOME: '' })),
  variables('home-nowhere', () => ({ HOME: '/nowhere/at/all' })),
  variables('home-relative', () => ({ HOME: '.' })),
  variables('home-is-a-file', (a) => ({ HOME: a.at('ordinary.ts') })),
  variables('home-of-controls', () => ({ HOME: '/x\u001b[31m\n\u202e' })),
  variables('temporary-folder-nowhere', () => ({ TMPDIR: '/nowhere/at/all' }), NAMED, true),
  variables('temporary-folder-is-a-file', (a) => ({ TMPDIR: a.at('ordinary.ts') }), NAMED),
  variables('temporary-folder-empty', () => ({ TMPDIR: '', TMP: '', TEMP: '' })),
  variables('language-of-turkey', () => ({ LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' })),
  variables('language-odd', () => ({ LANG: '../../x\u001b', LC_ALL: 'C', LANGUAGE: '\u0007' })),
  variables('time-zone-odd', () => ({ TZ: ':/etc/passwd' })),
  variables('path-unset', () => ({ PATH: undefined })),
  variables('terminal-odd', () => ({ TERM: '\u001b', COLUMNS: '-1', LINES: 'x', FORCE_COLOR: '3', NO_COLOR: '' })),
  variables('threads-odd', () => ({ UV_THREADPOOL_SIZE: '1', OMP_NUM_THREADS: '100000' })),
  variables('proxies-odd', () => ({
    HTTPS_PROXY: '\u0000'.replace('\0', '::'),
    NO_PROXY: '*',
    HF_ENDPOINT: 'file:///etc/passwd',
    HF_TOKEN: 'x\ny',
  })),
  variables('git-led-elsewhere', (a) => ({ GIT_DIR: a.outside, GIT_WORK_TREE: '/', GIT_CONFIG_GLOBAL: '/dev/zero' })),
  variables('ten-thousand', () =>
    Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`V${i}`, 'x'.repeat(50)])),
  ),
]

/** A git in the searched folder, for those who look for programs where they are. */
const planted: HostileCase[] = ['.', '', './bin', 'TREE'].map((entry) =>
  environment(
    `git-planted-at-${entry.replaceAll(/\W/g, '_') || 'nothing'}`,
    async (a) => {
      a.repository()
      for (const name of ['git', 'node', 'sh', 'uname', 'ldd', 'getconf', 'df', 'bin/git', 'bin/df'])
        a.program(a.at(name))
      writeFileSync(a.at('ordinary.ts'), `${'// x\n'}export function harbourLedger() {}\n`)
      // Where the folder's own place is named in full, git is the user's choice: only the others are not run.
      const isChosen = entry === 'TREE'
      if (isChosen) for (const name of ['git', 'bin/git']) rmSync(a.at(name))
      const env = { PATH: [isChosen ? a.at('bin') : entry, process.env.PATH].join(path.delimiter) }
      await a.cli(['search', 'is:changed ledger', a.tree], { cwd: a.tree, env })
      await a.cli(['status', a.tree], { cwd: a.tree, env })
    },
    entry === '.',
  ),
)

/** Through a shell: what is closed, limited or taken away before the program begins. */
function shell(name: string, script: string, options: Partial<CliOptions> = {}, isQuick = false): HostileCase {
  return environment(
    `shell-${name}`,
    (a) => search(a, { through: ['/bin/sh', '-c', `${script}`, 'sh'], ...options }),
    isQuick,
  )
}

const shells: HostileCase[] = [
  shell('input-closed', 'exec "$@" <&-', { codes: [0] }, true),
  shell('output-closed', 'exec "$@" >&-'),
  shell('messages-closed', 'exec "$@" 2>&-', { codes: [0] }),
  shell('everything-closed', 'exec "$@" <&- >&- 2>&-'),
  shell('output-full', 'exec "$@" >/dev/full', {}, true),
  shell('messages-full', 'exec "$@" 2>/dev/full'),
  shell('output-not-read', '"$@" | head -c 0'),
  shell('messages-not-read', 'exec "$@" 2>&1 >/dev/null | head -c 0'),
  shell('input-without-end', 'exec "$@" </dev/zero', { codes: [0] }),
  shell('twenty-files', 'ulimit -n 24; exec "$@"'),
  shell('sixty-files', 'ulimit -n 64; exec "$@"'),
  shell('small-files', 'ulimit -f 8; exec "$@"'),
  shell('no-core-and-little-stack', 'ulimit -c 0; ulimit -s 1024; exec "$@"'),
  shell('everything-for-everybody', 'umask 000; exec "$@"', { codes: [0] }),
  shell('nothing-for-anybody', 'umask 777; exec "$@"'),
  shell('hang-up-ignored', 'trap \'\' HUP PIPE; exec "$@"', { codes: [0] }),
  shell('folder-gone', 'd=$(mktemp -d); cd "$d"; rmdir "$d"; exec "$@"', {}, true),
  shell('folder-renamed', 'd=$(mktemp -d); cd "$d"; mv "$d" "$d-x"; "$@"; r=$?; rmdir "$d-x"; exit $r', { codes: [0] }),
]

/** A user who may not do what root may. */
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--']
function asNobody(
  name: string,
  prepare: (arena: Arena) => unknown,
  args?: (arena: Arena) => string[],
  options: Partial<CliOptions> = {},
): HostileCase {
  const run = async (a: Arena) => {
    await prepare(a)
    opened(a.folder)
    await a.cli(args?.(a) ?? ['search', QUESTION, a.tree], { through: AS_NOBODY, cwd: '/', ...options })
  }
  return { kind: 'environment', name: `environment/unprivileged-${name}`, isQuick: false, needsRoot: true, run }
}
/** The way to the arena, for a user who owns none of it. */
function opened(folder: string): void {
  for (const each of [path.dirname(folder), folder]) chmodSync(each, 0o755)
}
const readOnly = (directory: string): void => {
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(directory, name)
    chmodSync(file, statSync(file).isDirectory() ? 0o555 : 0o444)
  }
  chmodSync(directory, 0o555)
}

const unprivileged: HostileCase[] = [
  asNobody('storage-cannot-be-made', () => {}, undefined, { codes: [2, 3] }),
  asNobody(
    'storage-is-empty-and-read-only',
    (a) => {
      mkdirSync(a.storage)
      chmodSync(a.storage, 0o555)
    },
    undefined,
    { codes: [2] },
  ),
  asNobody('index-is-read-only', async (a) => {
    await search(a)
    readOnly(a.storage)
  }),
  asNobody(
    'index-is-read-only-and-not-updated',
    async (a) => {
      await search(a)
      readOnly(a.storage)
    },
    (a) => ['search', QUESTION, a.tree, '--no-update'],
    { codes: [0] },
  ),
  asNobody(
    'status-of-a-read-only-index',
    async (a) => {
      await search(a)
      readOnly(a.storage)
    },
    (a) => ['status', a.tree],
    { codes: [0] },
  ),
  asNobody('index-cannot-be-read', async (a) => {
    await search(a)
    chmodSync(a.storage, 0)
  }),
  asNobody(
    'tree-cannot-be-read',
    (a) => {
      mkdirSync(a.storage)
      chmodSync(a.storage, 0o777)
      chmodSync(a.tree, 0)
    },
    undefined,
    { codes: [2] },
  ),
  asNobody(
    'files-cannot-be-read',
    (a) => {
      mkdirSync(a.storage)
      chmodSync(a.storage, 0o777)
      for (const name of ['.gitignore', '.lateralignore', 'hidden.ts', 'closed/in.ts'])
        chmodSync(a.write(name, '*.md\n'), 0)
      chmodSync(a.at('closed'), 0)
    },
    undefined,
    { codes: [0] },
  ),
  asNobody(
    'list-of-indexes-cannot-be-read',
    async (a) => {
      await search(a)
      chmodSync(path.join(a.storage, 'indexes'), 0)
    },
    () => ['status', '--all'],
  ),
]

/** Where the storage folder is, or leads. */
function storage(name: string, place: (arena: Arena) => string, codes: number[] = NAMED): HostileCase {
  return environment(`storage-${name}`, (a) => a.cli(['search', QUESTION, a.tree, '--storage', place(a)], { codes }))
}

const storages: HostileCase[] = [
  storage('in-the-tree', (a) => a.at('inside'), [0]),
  storage('is-the-tree', (a) => a.tree, [0]),
  storage('is-a-file', (a) => a.at('ordinary.ts')),
  storage('in-a-file', (a) => path.join(a.tree, 'ordinary.ts', 'x')),
  storage('is-null', () => '/dev/null'),
  storage('among-processes', () => '/proc/self/x'),
  storage('among-devices-of-the-system', () => '/sys/x'),
  storage('name-too-long', (a) => path.join(a.folder, 'x'.repeat(300))),
  storage('path-too-long', (a) => path.join(a.folder, ...Array.from({ length: 100 }, () => 'y'.repeat(50)))),
  storage('in-a-loop', (a) => {
    symlinkSync('loop', path.join(a.folder, 'loop'))
    return path.join(a.folder, 'loop')
  }),
  storage('of-odd-letters', (a) => path.join(a.folder, 'st?#%20 ö漢\t')),
]

const SIGNALS: NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGQUIT']
const signals: HostileCase[] = SIGNALS.flatMap((name) =>
  [60, 700].map((afterMs) =>
    environment(
      `${name.toLowerCase()}-after-${afterMs}-ms`,
      (a) => {
        for (let i = 0; i < 300; i++) a.write(`many/m${i}.ts`, `export function many${i}() {\n  return ${i}\n}\n`)
        return a.cli(['index', a.tree], { signal: { name, afterMs } })
      },
      name === 'SIGTERM' && afterMs === 700,
    ),
  ),
)

const together: HostileCase[] = [
  environment('six-at-once', async (a) => {
    await Promise.all(Array.from({ length: 6 }, () => search(a, { limitMs: 3 * a.limitMs })))
  }),
  environment('cleared-while-it-is-made', async (a) => {
    for (let i = 0; i < 200; i++) a.write(`many/m${i}.ts`, `export function many${i}() {\n  return ${i}\n}\n`)
    await Promise.all([
      a.cli(['index', a.tree], { limitMs: 3 * a.limitMs }),
      a.cli(['clear', a.tree]),
      a.cli(['status', a.tree]),
    ])
  }),
  environment('tree-deleted-while-it-is-read', async (a) => {
    for (let i = 0; i < 400; i++) a.write(`many/m${i}.ts`, `export function many${i}() {\n  return ${i}\n}\n`)
    const indexing = a.cli(['index', a.tree])
    setTimeout(() => rmSync(a.tree, { recursive: true, force: true, maxRetries: 5 }), 500)
    await indexing
  }),
  environment('storage-deleted-while-it-is-written', async (a) => {
    for (let i = 0; i < 400; i++) a.write(`many/m${i}.ts`, `export function many${i}() {\n  return ${i}\n}\n`)
    const indexing = a.cli(['index', a.tree])
    setTimeout(() => rmSync(a.storage, { recursive: true, force: true, maxRetries: 5 }), 900)
    await indexing
  }),
  environment('server-without-a-home', async (a) => {
    const wire = new Wire({
      report: a.report,
      limitMs: a.limitMs,
      env: { PATH: process.env.PATH, ORT_DISABLE_TELEMETRY: '1', TMPDIR: '/nowhere/at/all', XDG_DATA_HOME: a.storage },
      cwd: a.tree,
    })
    await wire.request(
      'initialize',
      { processId: process.pid, rootUri: `file://${a.tree}`, capabilities: {} },
      2 * a.limitMs,
    )
    wire.notify('initialized', {})
    await wire.request('lateral/status', {})
    await wire.request('lateral/search', { query: QUESTION })
    await wire.stop()
  }),
  environment('server-whose-client-dies', async (a) => {
    // Named as the client and gone at once: an editor that crashed.
    const client = spawn('sleep', ['2'])
    const wire = new Wire({ report: a.report, limitMs: a.limitMs })
    await wire.request('initialize', { processId: client.pid, rootUri: null, capabilities: {} }, 2 * a.limitMs)
    wire.notify('initialized', {})
    wire.mayEnd = true
    await wire.within(wire.exited, 2 * a.limitMs, 'no end after the client is gone').catch(() => {})
    await wire.terminate()
  }),
]

export const environmentCases: HostileCase[] = [
  ...ofVariables,
  ...planted,
  ...shells,
  ...unprivileged,
  ...storages,
  ...signals,
  ...together,
]
