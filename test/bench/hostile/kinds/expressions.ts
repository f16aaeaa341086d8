import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from '../arena.ts'
import { uriOf } from '../host.ts'
import { type OpenedTree, type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

/** Texts that an expression can go astray in. */
function fields(arena: Arena): void {
  arena.write('runs.ts', `// ${'a'.repeat(4000)}!\nexport const runs = 1\n`)
  arena.write('blanks.ts', `export const blanks = 1 ${' '.repeat(20_000)}!\n`)
  arena.write('words.ts', `// ${'ab ab ba '.repeat(1500)}\nexport const words = 2\n`)
  for (let i = 0; i < 20; i++)
    arena.write(`more/m${i}.ts`, `// ${'a'.repeat(400 + i)}b\nexport const more${i} = ${i}\n`)
}

const QUERIES: Record<string, string> = {
  'nested-plus': '/(a+)+$/',
  'nested-star': '/^(a*)*b$/',
  'nested-thrice': '/((a+)+)+!c/',
  alternation: '/^(a|a)*$/',
  'alternation-of-prefixes': '/(a|aa|aaa|aaaa)+$/',
  'dots-in-a-row': '/.*.*.*.*.*.*.*x$/s',
  'blanks-before-end': '/\\s+$/',
  'blanks-before-letter': '/(\\s*\\s*\\s*)*x/',
  'look-ahead': '/(?=(a+)+c)a/',
  'negative-look-ahead': '/(?!(a+)+c)q/',
  'look-behind': '/(?<=(a+)+)c/',
  'negative-look-behind': '/(?<!(a*)*b)!c/',
  'back-reference': '/(a*)*\\1c/',
  'named-back-reference': '/(?<x>a+)+\\k<x>c/',
  'lazy-repetition': '/(a+?)+?c/',
  'repeated-counts': '/(a{1,30}){1,30}c/',
  'large-counts': '/a{1000}{1000}/',
  'huge-count': '/(ab?){100000}c/',
  'ten-thousand-alternatives': `/${Array.from({ length: 1200 }, (_, i) => `w${i}x`).join('|')}/`,
  'deep-groups': `/${'('.repeat(3000)}a${')'.repeat(3000)}/`,
  'deep-repetition': `/${'('.repeat(40)}a${')*'.repeat(40)}c/`,
  'long-class': `/[${'a-z'.repeat(2000)}]+c/`,
  unicode: '/\\p{L}+\\p{L}+\\p{L}+!c/u',
  'unicode-off': '/\\p{L}{2}\\u{1F600}/',
  empty: '// ledger',
  'empty-group': '/(?:)*/',
  'everything-or-nothing': '/(|a|b|c)*$/',
  'end-before-start': '/$^/',
  'not-an-expression': '/(unclosed/',
  'bad-flags': '/a/zz',
  'too-many-flags': '/a/gimsuygimsuy',
  'bad-escape': '/\\u{110000}/u',
  'bad-group-name': '/(?<1x>a)/',
  'turned-round': '-/(a+)+$/',
  'with-words': 'ledger /(a+)+$/',
  'with-filters': 'lang:ts /(a+)+$/ -"nothing"',
  'expression-of-9000': `/${'a?'.repeat(2200)}${'a'.repeat(2200)}/`,
  'text-of-9000': `"${'a'.repeat(9000)}"`,
  'text-that-nearly-is': `"${'a'.repeat(3999)}c"`,
  'text-unclosed': '"harbour ledger',
  'text-of-controls': '"\u0000\u001b[31m\u202e"',
  'text-of-blanks': `"${' '.repeat(5000)}"`,
  'line-breaks': '"a\nb" /a\\nb/s',
  'many-texts': Array.from({ length: 300 }, (_, i) => `"a${i % 10}"`).join(' '),
  'many-expressions': Array.from({ length: 100 }, () => '/a+b/').join(' '),
  'many-turned-round': Array.from({ length: 100 }, () => '-/(a|b)+c/').join(' '),
}
const QUICK = new Set(['nested-plus', 'look-behind', 'large-counts'])
const ON_COMMAND_LINE = new Set(['nested-plus', 'deep-groups', 'huge-count'])

const one = (name: string, options: TreeOptions) => tree('expressions', name, fields, options)

const alone: HostileCase[] = Object.entries(QUERIES).map(([name, query]) =>
  one(name, { queries: [query], isQuick: QUICK.has(name), ...(ON_COMMAND_LINE.has(name) && { cli: true }) }),
)

const together: HostileCase[] = [
  one('fifteen-at-once', {
    async after({ host, folder, search }) {
      const slow = Array.from({ length: 15 }, (_, i) =>
        host.request('lateral/search', { query: `/(a+)+${i}$/`, folders: [uriOf(folder)] }),
      )
      await search('ledger of harbour dues')
      await Promise.all(slow)
    },
  }),
  one('typed-letter-by-letter', {
    async after({ host, folder, search }) {
      const typed = '/(a+)+(a+)+(a+)+$/'
      for (let i = 2; i <= typed.length; i++) {
        const id = `typed-${i}`
        const params = { query: `${typed.slice(0, i)}/`, folders: [uriOf(folder)] }
        host.wire.send({ jsonrpc: '2.0', id, method: 'lateral/search', params })
        await sleep(30)
        host.notify('$/cancelRequest', { id })
      }
      await search('"harbourLedger"')
    },
  }),
  one('cancelled-while-stuck', {
    isQuick: true,
    async after({ host, folder, search }) {
      const params = { query: '/(a+)+$/', folders: [uriOf(folder)] }
      host.wire.send({ jsonrpc: '2.0', id: 'stuck', method: 'lateral/search', params })
      await sleep(200)
      host.notify('$/cancelRequest', { id: 'stuck' })
      await search('/harbour/')
    },
  }),
  one('closed-while-stuck', {
    async after({ host, folder }) {
      const params = { query: '/(a+)+$/', folders: [uriOf(folder)] }
      host.wire.send({ jsonrpc: '2.0', id: 'closing', method: 'lateral/search', params })
      await sleep(100)
    },
  }),
  one('explained', {
    async after({ host, uri }: OpenedTree) {
      const place = { uri: uri('runs.ts'), startLine: 1, endLine: 2 }
      await host.request('lateral/explain', { query: 'runs /(a+)+$/', ...place })
    },
  }),
  one('random', {
    async after({ arena, search }) {
      for (let i = 0; i < 25; i++) await search(`/${randomExpression(arena.random)}/`)
    },
  }),
  {
    kind: 'expressions',
    name: 'expressions/stopped-while-stuck',
    isQuick: false,
    async run(arena) {
      fields(arena)
      await arena.cli(['index', arena.tree])
      await arena.cli(['search', '/(a+)+$/', arena.tree], { signal: { name: 'SIGTERM', afterMs: 900 } })
    },
  },
  {
    kind: 'expressions',
    name: 'expressions/many-lines-of-input',
    isQuick: false,
    async run(arena) {
      fields(arena)
      const lines = [...Object.values(QUERIES).slice(0, 4), `"${'a'.repeat(2 ** 20)}"`, `/${'(a|b)?'.repeat(100_000)}/`]
      await arena.cli(['search', '--stdin', arena.tree], { input: `${lines.join('\n')}\n`, limitMs: 2 * arena.limitMs })
    },
  },
]

function randomExpression(random: () => number): string {
  const parts = [
    'a',
    'b',
    '.',
    '(a',
    ')',
    '*',
    '+',
    '?',
    '|',
    '[ab]',
    '^',
    '$',
    '(?=a',
    '(?<=a',
    '\\1',
    '{2,9}',
    '\\s',
    '\\w+',
  ]
  const length = 2 + Math.floor(random() * 12)
  return Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join('')
}

export const expressionCases: HostileCase[] = [...alone, ...together]
