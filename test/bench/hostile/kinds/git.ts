import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { type Arena, ORDINARY_TEXT } from '../arena.ts'
import { CANARY } from '../oracles.ts'
import { type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

const QUESTIONS = ['is:changed', 'is:staged ledger', '-is:changed']

/** A repository that is asked for what has changed, and whose rules are read. What git is led to may be outside. */
function git(name: string, build: (arena: Arena) => void, options: TreeOptions = {}): HostileCase {
  return tree(
    'git',
    name,
    (a) => {
      a.mayReadOutside = true
      build(a)
      if (existsSync(a.at('ordinary.ts'))) touchOrdinary(a)
    },
    { queries: QUESTIONS, ...options },
  )
}

/** Something for filters and monitors to be asked about: another text of the same size, which git has to read. */
export function touchOrdinary(arena: Arena): void {
  writeFileSync(arena.at('ordinary.ts'), ORDINARY_TEXT.replace('dues', 'fees'))
  const later = new Date(Date.now() + 5000)
  utimesSync(arena.at('ordinary.ts'), later, later)
}

const config = (a: Arena, text: string) => appendFileSync(a.at('.git/config'), `\n${text}\n`)
const plant = (a: Arena, name = 'planted') => a.program(path.join(a.folder, 'bin', name))

/** Settings that name a program which git would start. */
const PROGRAMS: Record<string, (program: string) => string> = {
  fsmonitor: (p) => `[core]\n fsmonitor = ${p}`,
  'fsmonitor-of-version-2': (p) => `[core]\n fsmonitor = "${p} x"\n fsmonitorHookVersion = 2`,
  'filter-clean': (p) => `[filter "evil"]\n clean = ${p}\n smudge = ${p}`,
  'filter-process': (p) => `[filter "evil"]\n process = ${p}\n required = true`,
  'filter-of-odd-name': (p) => `[filter "e v=i\\"l"]\n clean = ${p}\n[filter "evil"]\n clean = ${p}`,
  'filter-in-other-case': (p) => `[FILTER "evil"]\n CLEAN = ${p}\n[Filter "evil"]\n Process = ${p}`,
  'diff-textconv': (p) => `[diff "evil"]\n textconv = ${p}\n command = ${p}\n[diff]\n external = ${p}`,
  'merge-driver': (p) => `[merge "evil"]\n driver = ${p}`,
  'hooks-elsewhere': (p) => `[core]\n hooksPath = ${path.dirname(p)}`,
  'ssh-and-proxy': (p) =>
    `[core]\n sshCommand = ${p}\n gitProxy = ${p}\n askPass = ${p}\n pager = ${p}\n editor = ${p}`,
  aliases: (p) => `[alias]\n status = !${p}\n config = !${p}\n rev-parse = !${p}`,
  pagers: (p) => `[pager]\n status = ${p}\n config = ${p}\n[core]\n pager = ${p}`,
  credentials: (p) => `[credential]\n helper = !${p}`,
  signatures: (p) => `[gpg]\n program = ${p}\n[log]\n showSignature = true\n[status]\n showStash = true`,
  'upload-pack': (p) =>
    `[remote "origin"]\n url = ext::${p}\n uploadpack = ${p}\n promisor = true\n partialclonefilter = blob:none\n[extensions]\n partialClone = origin`,
  'submodule-update': (p) => `[submodule "s"]\n url = ext::${p}\n update = !${p}\n active = true`,
  'trace-into-files': (p) =>
    `[trace2]\n eventTarget = ${path.dirname(p)}/../marks/trace\n normalTarget = ${path.dirname(p)}/../marks/trace`,
}

const ATTRIBUTES = '* filter=evil diff=evil merge=evil text\n'
const QUICK = new Set(['fsmonitor', 'filter-process'])

const programs: HostileCase[] = Object.entries(PROGRAMS).map(([name, settings]) =>
  git(
    name,
    (a) => {
      a.repository()
      a.write('.gitattributes', ATTRIBUTES)
      for (const hook of HOOKS) a.program(path.join(a.folder, 'bin', hook))
      config(a, settings(plant(a)))
    },
    { cli: true, isQuick: QUICK.has(name) },
  ),
)
const HOOKS = [
  'post-index-change',
  'fsmonitor-watchman',
  'query-watchman',
  'pre-commit',
  'reference-transaction',
  'post-checkout',
]

const led: HostileCase[] = [
  git('hooks-of-all-names', (a) => {
    a.repository()
    for (const hook of HOOKS) a.program(a.at(`.git/hooks/${hook}`))
    config(a, '[core]\n fsmonitor = true\n untrackedCache = true')
  }),
  git(
    'program-in-an-included-file',
    (a) => {
      a.repository()
      a.write('.gitattributes', ATTRIBUTES)
      a.write('more.config', `[core]\n fsmonitor = ${plant(a)}\n[filter "evil"]\n clean = ${plant(a)}\n`)
      config(a, '[include]\n path = ../more.config\n[includeIf "gitdir:**"]\n path = ../more.config')
    },
    { cli: true },
  ),
  git(
    'program-in-a-worktree-setting',
    (a) => {
      a.repository()
      a.write('.gitattributes', ATTRIBUTES)
      config(a, '[extensions]\n worktreeConfig = true\n[core]\n repositoryFormatVersion = 1')
      a.write('.git/config.worktree', `[core]\n fsmonitor = ${plant(a)}\n[filter "evil"]\n clean = ${plant(a)}\n`)
    },
    { cli: true },
  ),
  git('attributes-elsewhere', (a) => {
    a.repository()
    a.write('.git/info/attributes', ATTRIBUTES)
    config(
      a,
      `[filter "evil"]\n clean = ${plant(a)}\n[core]\n attributesFile = ${a.writeOutside('attributes', ATTRIBUTES)}`,
    )
  }),
  git(
    'work-tree-elsewhere',
    (a) => {
      a.repository()
      config(a, `[core]\n worktree = ${a.outside}`)
    },
    { cli: true },
  ),
  git('excludes-elsewhere', (a) => {
    a.repository()
    config(a, `[core]\n excludesFile = ${a.writeOutside('excludes', `${CANARY}\n`)}`)
  }),
  git('objects-elsewhere', (a) => {
    a.repository()
    renameSync(a.at('.git/objects'), path.join(a.outside, 'objects'))
    mkdirSync(a.at('.git/objects/info'), { recursive: true })
    writeFileSync(
      a.at('.git/objects/info/alternates'),
      `${path.join(a.outside, 'objects')}\n/dev/zero\n../../../../etc\n`,
    )
  }),
  git(
    'submodule-with-programs',
    (a) => {
      a.repository()
      mkdirSync(a.at('sub'), { recursive: true })
      a.write('sub/inner.ts', 'export const inner = 1\n')
      for (const args of [
        ['init', '-q'],
        ['add', '.'],
        ['commit', '-q', '-m', 'x'],
      ])
        a.git('-C', 'sub', ...args)
      a.git('add', 'sub')
      appendFileSync(
        a.at('sub/.git/config'),
        `\n[core]\n fsmonitor = ${plant(a)}\n[filter "evil"]\n clean = ${plant(a)}\n`,
      )
      a.write('sub/.gitattributes', ATTRIBUTES)
      appendFileSync(a.at('sub/inner.ts'), '// more\n')
      a.write('.gitmodules', `[submodule "sub"]\n path = sub\n url = ./sub\n update = !${plant(a)}\n ignore = none\n`)
      config(
        a,
        `[submodule "sub"]\n url = ./sub\n ignore = none\n[diff]\n ignoreSubmodules = none\n[status]\n submoduleSummary = true`,
      )
    },
    { cli: true },
  ),
  git(
    'bare-repository-inside',
    (a) => {
      a.repository()
      a.git('init', '-q', '--bare', 'bare')
      appendFileSync(
        a.at('bare/config'),
        `\n[core]\n fsmonitor = ${plant(a)}\n worktree = ${a.tree}/bare\n bare = false\n`,
      )
      a.write('bare/inside/ordinary.ts', ORDINARY_TEXT)
    },
    { root: 'tree/bare', mayLose: true, cli: true },
  ),
  git('index-of-garbage', (a) => {
    a.repository()
    a.write('.git/index', Buffer.alloc(100_000, 0x44))
  }),
  git('index-that-is-split', (a) => {
    a.repository()
    a.git('update-index', '--split-index')
    for (const name of readdirSync(a.at('.git'))) if (name.startsWith('sharedindex')) rmSync(a.at(`.git/${name}`))
  }),
  git('monitor-of-the-system', (a) => {
    a.repository()
    config(a, '[core]\n fsmonitor = true\n[fsmonitor]\n allowRemote = true')
  }),
  git('owner-is-another', (a) => {
    a.repository()
    cpSync(a.at('.git'), a.at('.git2'), { recursive: true })
    config(a, `[safe]\n directory = *\n[core]\n fsmonitor = ${plant(a)}`)
  }),
]

/** `.git` that is a file, and what it may lead to. */
const files: HostileCase[] = [
  git(
    'file-that-leads-outside',
    (a) => {
      a.repository()
      renameSync(a.at('.git'), path.join(a.outside, 'repository'))
      appendFileSync(
        path.join(a.outside, 'repository/config'),
        `\n[core]\n fsmonitor = ${plant(a)}\n worktree = ${a.tree}\n`,
      )
      a.write('.git', `gitdir: ${a.outside}/repository\n`)
    },
    { cli: true, isQuick: true },
  ),
  git('file-that-leads-to-itself', (a) => void a.write('.git', 'gitdir: .git\n'), { cli: true }),
  git('file-that-leads-in-a-circle', (a) => {
    a.write('.git', 'gitdir: x/.git\n')
    a.write('x/.git', 'gitdir: ../.git\n')
  }),
  git('file-that-leads-nowhere', (a) => void a.write('.git', 'gitdir: /nowhere/at/all\n')),
  git('file-that-leads-to-a-file', (a) => void a.write('.git', `gitdir: ${a.outside}/secret.ts\n`)),
  git('file-that-leads-to-devices', (a) => void a.write('.git', 'gitdir: /dev\n')),
  git('file-that-leads-to-processes', (a) => void a.write('.git', 'gitdir: /proc/self\n')),
  git('file-of-controls', (a) => void a.write('.git', `gitdir: \u001b[31m\0\u202e${'x'.repeat(5000)}\n`)),
  git('file-of-many-lines', (a) => void a.write('.git', 'gitdir: x\n'.repeat(100_000))),
  git('file-of-garbage', (a) => void a.write('.git', Buffer.alloc(100_000, 0xfe))),
  git('common-folder-in-a-circle', (a) => {
    a.repository()
    a.write('.git/commondir', '../.git\n')
  }),
  git('common-folder-of-devices', (a) => {
    a.repository()
    a.write('.git/commondir', '/dev\n')
  }),
  git('common-folder-outside', (a) => {
    a.repository()
    a.writeOutside('common/config', `[remote "origin"]\n url = https://example.com/${CANARY}\n`)
    a.write('.git/commondir', `${a.outside}/common\n`)
  }),
]

/** Settings that are long, deep or odd. */
const TEXTS: Record<string, () => string> = {
  'settings-of-20-mb': () => '[remote "x"]\n url = https://example.com/x.git\n'.repeat(450_000),
  'settings-of-one-line': () => `[remote "x"]\n url = ${'x'.repeat(4_000_000)}`,
  'settings-of-blanks': () => `[remote "x"]\n url =${' '.repeat(200_000)}x y`,
  'settings-of-quotes': () => `[remote "${'\\"'.repeat(100_000)}"]\n url = "${'\\"'.repeat(100_000)}`,
  'settings-unclosed': () => '[remote "x\n url = [[[[\n'.repeat(1000),
  'settings-of-zeros': () => '\0'.repeat(100_000),
  'settings-that-include-themselves': () => '[include]\n path = config\n',
  'remote-of-bad-escapes': () => '[remote "x"]\n url = file:///%zz%\n url = file://%\n url = %\n',
  'remote-of-other-hosts': () => '[remote "x"]\n url = file://host/x\n url = \\\\host\\share\n url = //host/share\n',
  'remote-of-devices': () => '[remote "x"]\n url = /dev/zero\n url = file:///dev/random\n url = /proc/self\n',
  'remote-of-itself': () => '[remote "x"]\n url = .\n url = ./\n url = ../tree\n url = ../tree/.git\n',
  'remote-of-controls': () => '[remote "x"]\n url = ext::\u001b[31m\u202e\n url = \u0000\n',
  'remotes-in-numbers': () => Array.from({ length: 20_000 }, (_, i) => `[remote "r${i}"]\n url = ../r${i}\n`).join(''),
  'colons-and-slashes': () =>
    `[remote "x"]\n url = ${':/'.repeat(20_000)}\n url = ${'a@'.repeat(20_000)}b\n url = ${'/'.repeat(50_000)}\n`,
  'sections-deep': () => `[${'a.'.repeat(50_000)}b]\n x = y\n`,
}

const texts: HostileCase[] = Object.entries(TEXTS).map(([name, text]) =>
  git(
    name,
    (a) => {
      a.repository()
      config(a, text())
    },
    { cli: name === 'remote-of-bad-escapes', isQuick: name === 'remote-of-bad-escapes' },
  ),
)

/** A chain of clones, each with the last as its remote: who follows it must stop somewhere. */
const chains: HostileCase[] = [
  git('remotes-in-a-circle', (a) => {
    a.repository()
    config(a, `[remote "o"]\n url = ${a.folder}/other`)
    mkdirSync(path.join(a.folder, 'other'))
    cpSync(a.at('.git'), path.join(a.folder, 'other/.git'), { recursive: true })
    writeFileSync(path.join(a.folder, 'other/.git/config'), `[remote "o"]\n url = ${a.tree}\n`)
  }),
  git('remotes-that-fan-out', (a) => {
    // Each of ten names the same ten: without memory that is ten to the depth of looks.
    a.repository()
    for (let i = 0; i < 10; i++) {
      const names = Array.from({ length: 10 }, (_, k) => `[remote "r${k}"]\n url = ${a.folder}/fan${k}\n`).join('')
      mkdirSync(path.join(a.folder, `fan${i}/.git`), { recursive: true })
      writeFileSync(path.join(a.folder, `fan${i}/.git/config`), names)
      config(a, `[remote "r${i}"]\n url = ${a.folder}/fan${i}`)
    }
  }),
  git('head-of-garbage', (a) => {
    a.repository()
    a.write('.git/HEAD', Buffer.alloc(100_000, 0xfe))
  }),
  git('head-that-points-out', (a) => {
    a.repository()
    a.write('.git/HEAD', `ref: ../../../outside/${CANARY}\n`)
  }),
  git('references-in-a-circle', (a) => {
    a.repository()
    const head = readFileSync(a.at('.git/HEAD'), 'utf8').trim().replace('ref: ', '')
    a.write(`.git/${head}`, 'ref: HEAD\n')
  }),
]

export const gitCases: HostileCase[] = [...programs, ...led, ...files, ...texts, ...chains]
