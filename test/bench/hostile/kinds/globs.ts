import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from '../arena.ts'
import { type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

/** Patterns that a matcher which goes back never ends with, or that are no good patterns at all. */
const BOMBS: Record<string, string> = {
  'stars-and-folders': `${'a/**/'.repeat(12)}b`,
  'thirty-stars': '*a'.repeat(30),
  'stars-in-a-part': `${'*a*'.repeat(20)}b`,
  'double-stars': `${'**/'.repeat(200)}b`,
  'double-stars-glued': '**'.repeat(500),
  'any-character': `${'*?'.repeat(40)}b`,
  'question-marks': '?'.repeat(5000),
  classes: `${'[a-z]*'.repeat(30)}!`,
  'negated-classes': `${'[!b]*'.repeat(30)}!`,
  'open-bracket': '['.repeat(3000),
  'open-brace': '{'.repeat(3000),
  'nested-braces': `${'{a,'.repeat(200)}b${'}'.repeat(200)}`,
  'product-of-braces': '{a,aa,aaa}'.repeat(20),
  'range-of-numbers': '{1..1000000000}',
  'ranges-of-numbers': '{1..1000}'.repeat(8),
  'repeated-group': `${'+(a|aa|aaa)'.repeat(12)}!`,
  'nested-groups': `${'*('.repeat(60)}a${')'.repeat(60)}`,
  'negated-group': `${'!(a|b)'.repeat(20)}c`,
  'plain-alternation': '(a|aa)+'.repeat(20),
  backslashes: '\\'.repeat(5001),
  slashes: `${'/'.repeat(5000)}a`,
  dots: `${'../'.repeat(300)}outside/*`,
  'posix-classes': `${'[[:alpha:]]*'.repeat(25)}!`,
  'long-pattern': `${'long/'.repeat(14_000)}x`,
  'long-star': `${'a'.repeat(30_000)}*`,
  'controls-and-marks': '\u0001*\u202e*\ufeff*\u0000*',
}

/** Names and folders that the bombs go off at: long, deep, and all alike. */
function field(arena: Arena): void {
  arena.write(`${'a/'.repeat(120)}c.ts`, 'export const deep = 1\n')
  arena.write(`${'a'.repeat(200)}c.ts`, 'export const long = 1\n')
  arena.write(`wide/${'aab'.repeat(60)}.ts`, 'export const wide = 1\n')
}

type Place = { options?: TreeOptions; build?(arena: Arena): void }

const PLACES: Record<string, (glob: string) => Place> = {
  gitignore: (glob) => ({ build: (a) => void a.write('.gitignore', `${glob}\n`) }),
  lateralignore: (glob) => ({ build: (a) => void a.write('.lateralignore', `!x\n${glob}\n`) }),
  exclude: (glob) => ({ options: { settings: { 'index.exclude': [glob] } } }),
  'file-filter': (glob) => ({ options: { queries: [`file:"${glob}" ledger`] } }),
  'dir-filter': (glob) => ({ options: { queries: [`dir:"${glob}" ledger`, `-dir:"${glob}" ledger`] } }),
}

const QUICK = new Set([
  'gitignore-stars-and-folders',
  'exclude-thirty-stars',
  'file-filter-stars-in-a-part',
  'dir-filter-repeated-group',
  'lateralignore-negated-classes',
])
/** Bombs that any matcher of the usual make goes off at, so each place has them on the command line as well. */
const ON_COMMAND_LINE = new Set(['stars-and-folders', 'thirty-stars', 'long-pattern'])

const everywhere: HostileCase[] = Object.entries(PLACES).flatMap(([place, at]) =>
  Object.entries(BOMBS).map(([bomb, glob]) => {
    const name = `${place}-${bomb}`
    const { options = {}, build } = at(glob)
    const cli = ON_COMMAND_LINE.has(bomb)
    const cliArgs = place === 'exclude' ? ['--exclude', glob.replaceAll('\0', '')] : []
    return tree(
      'globs',
      name,
      (a) => {
        field(a)
        build?.(a)
      },
      // A pattern of stars alone may leave out whatever it likes.
      { mayLose: true, isQuick: QUICK.has(name), ...(cli && { cli, cliArgs }), ...options },
    )
  }),
)

/** Bombs in numbers, and such as come later. */
const further: HostileCase[] = [
  tree(
    'globs',
    'a-hundred-thousand-patterns',
    (a) => {
      field(a)
      const lines = Array.from({ length: 100_000 }, (_, i) => (i % 2 ? '!' : '') + '**/x*'.repeat(1 + (i % 3)) + i)
      a.write('.gitignore', lines.join('\n'))
    },
    { cli: true },
  ),
  tree(
    'globs',
    'random-patterns',
    (a) => {
      field(a)
      a.write('.gitignore', Array.from({ length: 2000 }, () => randomGlob(a.random)).join('\n'))
    },
    { mayLose: true, cli: true },
  ),
  tree('globs', 'random-filters', field, {
    async after({ arena, search }) {
      for (let i = 0; i < 60; i++) await search(`${i % 2 ? 'file' : 'dir'}:"${randomGlob(arena.random)}" ledger`)
    },
  }),
  tree('globs', 'two-hundred-filters', field, {
    queries: [
      Array.from({ length: 200 }, (_, i) => `file:*a${'*a'.repeat(8)}${i}`).join(' '),
      `file:{${'*a*,'.repeat(500)}b}`,
    ],
  }),
  tree('globs', 'every-glob-excluded', field, {
    settings: { 'index.exclude': Object.values(BOMBS) },
    mayLose: true,
    cli: true,
    cliArgs: Object.values(BOMBS).flatMap((glob) => ['--exclude', glob.replaceAll('\0', '')]),
  }),
  tree('globs', 'ignore-file-that-comes-later', field, {
    isQuick: true,
    async after({ arena, host, search }) {
      arena.write('.gitignore', `${BOMBS['stars-and-folders']}\n${BOMBS['thirty-stars']}\n`)
      host.changed(arena.at('.gitignore'))
      await sleep(600)
      host.changed(arena.at(`${'a/'.repeat(120)}c.ts`), arena.at('ordinary.ts'))
      await sleep(600)
      await search('ledger')
    },
  }),
  {
    kind: 'globs',
    name: 'globs/stopped-while-it-matches',
    isQuick: true,
    async run(arena) {
      field(arena)
      arena.write('.gitignore', `${BOMBS['stars-and-folders']}\n`)
      await arena.cli(['index', arena.tree, '--exclude', BOMBS['thirty-stars']!], {
        signal: { name: 'SIGTERM', afterMs: 1500 },
      })
    },
  },
]

function randomGlob(random: () => number): string {
  const parts = [
    '*',
    '**',
    'a',
    '/',
    '?',
    '[a-c]',
    '[!a]',
    '{a,b*}',
    '**/',
    '\\*',
    '+(a|b)',
    '!(a)',
    '.',
    '!',
    ' ',
    '#',
  ]
  const length = 1 + Math.floor(random() * 40)
  return Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join('')
}

export const globCases: HostileCase[] = [...everywhere, ...further]
