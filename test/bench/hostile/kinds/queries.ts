import { type Arena, ORDINARY } from '../arena.ts'
import { type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

const MB = 2 ** 20

const source = (a: Arena) => {
  a.write('src/dock.ts', 'export class Dock {\n  moor(ship: string) {\n    return ship\n  }\n}\n')
  a.write('README.md', '# Harbour\n\nHow ships are moored.\n\n## Dues\n\nWhat is paid.\n')
}
const one = (name: string, queries: string[], options: TreeOptions = {}) =>
  tree('queries', name, source, { queries, ...options })

const many = (text: string, n: number) => Array.from({ length: n }, () => text).join(' ')

const inServer: HostileCase[] = [
  one('as-long-as-allowed', ['a'.repeat(10_000), many('ab', 3300), '漢'.repeat(10_000), '👍'.repeat(5000)], {
    isQuick: true,
  }),
  one('longer-than-allowed', ['a'.repeat(10_001), many('harbour', 100_000), 'x'.repeat(8 * MB)]),
  one('lone-surrogates', ['\ud800', 'a\udfffb', '"\ud800"', '/\udc00/', `file:"\ud800"`], { isQuick: true }),
  one('zeros-and-controls', ['\0', 'a\0b', '"\0"', 'file:\0', '\u0001\u001b[31m', '\u202e\u2066']),
  one('blank', ['', ' ', '\n\t', '\u3000', '""', '//', '-', '--', ':', 'file:', 'dir:""', '-""']),
  one('unbalanced', ['"', '"""', 'file:"a', '/', '/a', '[', '-/', 'dir:{a', 'like:', 'like:"', "'"]),
  one('filters-alone', [
    'lang:ts',
    'kind:function',
    '-kind:function',
    'is:test',
    '-is:test -is:doc',
    'dir:src',
    '-dir:.',
  ]),
  one('unknown-values', [
    'kind:spaceship',
    'is:evil',
    'lang:klingon',
    'folder:none',
    'kind:',
    'is:changed',
    'is:staged',
  ]),
  one('prototypes', [
    'kind:__proto__',
    'lang:constructor',
    'is:toString',
    'folder:__proto__',
    '__proto__',
    'like:__proto__:1',
  ]),
  one('filters-in-numbers', [
    many('-lang:ts', 900),
    many('file:a*', 1000),
    `lang:${'ts,'.repeat(3000)}ts`,
    many('-dir:x', 1200),
  ]),
  one('commas-and-braces', [
    `file:${','.repeat(5000)}`,
    `file:${'{'.repeat(4000)}`,
    `file:${'{,}'.repeat(2000)}`,
    'dir:,,,',
  ]),
  one('folders-outside', [
    'dir:..',
    'dir:../outside',
    'dir:/',
    'dir:/etc',
    'dir:~',
    'dir:./../..',
    'dir:C:\\',
    'file:/etc/*',
  ]),
  one('like-outside', [
    'like:../outside/secret.ts:1',
    'like:/etc/passwd:1',
    'like:C:\\x:1',
    'like:%2e%2e/x:1',
    'like:~/x:1',
  ]),
  one('like-what-is-odd', [
    'like:ordinary.ts:0',
    'like:ordinary.ts:99999999999999999999',
    'like:ordinary.ts#',
    'like:ordinary.ts#L9-L1',
    'like:ordinary.ts:-1',
    'like:ordinary.ts#\0',
    'like::1',
    'like:src:1',
  ]),
  one('like-in-numbers', [many('like:ordinary.ts:2', 400), `like:${'ordinary.ts:2,'.repeat(600)}`]),
  one('marks-and-joins', [`e${'\u0301'.repeat(9000)}`, '\u200d'.repeat(5000), '\ufeff\ufeff', 'ﷺ'.repeat(3000)]),
  one('numbers-of-words', [
    Array.from({ length: 1600 }, (_, i) => `w${i}`).join(' '),
    many('the', 2500),
    '1 '.repeat(4000),
  ]),
  one('identifiers-of-the-tree', [
    many(ORDINARY, 600),
    `${ORDINARY}${'_x'.repeat(4000)}`,
    'aB'.repeat(4000),
    '_'.repeat(9000),
  ]),
  one('markdown-and-html', [
    '<script>alert(1)</script>',
    '[a](command:b)',
    '{{constructor}}',
    '$' + '{1+1}',
    '%s%n%d',
    "'; DROP TABLE files;--",
  ]),
  one('random', [], {
    async after({ arena, search }) {
      for (let i = 0; i < 80; i++) await search(randomQuery(arena.random))
    },
  }),
]

/** Command lines: each ends with a documented code and a sentence. */
function commands(
  name: string,
  lines: (arena: Arena) => string[][],
  options: { isQuick?: boolean; codes?: number[] } = {},
): HostileCase {
  return {
    kind: 'queries',
    name: `queries/${name}`,
    isQuick: options.isQuick ?? false,
    async run(arena) {
      source(arena)
      for (const line of lines(arena)) await arena.cli(line, options.codes ? { codes: options.codes } : {})
    },
  }
}

const onCommandLine: HostileCase[] = [
  commands('no-such-command', () => [
    [],
    [''],
    ['--'],
    ['-x'],
    ['searchh'],
    ['__proto__'],
    ['constructor'],
    ['help', 'nothing'],
    ['--version'],
  ]),
  commands(
    'limits',
    (a) =>
      ['0', '-1', '1e9', '99999999999999999999', 'NaN', '0x10', '', ' 5', '٣', '10001'].map((n) => [
        'search',
        'x',
        a.tree,
        '--limit',
        n,
      ]),
    { codes: [2] },
  ),
  commands('probes-and-candidates', (a) => [
    ['search', 'ledger', a.tree, '--probes', '65536', '--candidates', '1000000', '--limit', '10000'],
    ['search', 'ledger', a.tree, '--probes', '0'],
    ['search', 'ledger', a.tree, '--candidates', '-5'],
  ]),
  commands(
    'options-of-values',
    (a) => [
      ['search', 'x', a.tree, '--space', 'evil'],
      ['search', 'x', a.tree, '--space', ''],
      ['search', 'x', a.tree, '--pool-factor', '5'],
      ['search', 'x', a.tree, '--threads', '65'],
      ['search', 'x', a.tree, '--accelerator', '../x'],
      ['search', 'x', a.tree, '--model', 'code=docs=x'],
      ['search', 'x', a.tree, '--model', '../../outside'],
      ['search', 'x', a.tree, '--semantic', '--lexical'],
    ],
    { codes: [2] },
  ),
  commands(
    'models-that-are-none',
    (a) => [
      ['search', 'x', a.tree, '--model-dir', '/etc'],
      ['search', 'x', a.tree, '--model-dir', '/nowhere'],
      ['search', 'x', a.tree, '--model-dir', '/dev/null'],
      ['search', 'x', a.tree, '--model-dir', a.outside],
    ],
    { codes: [2] },
  ),
  commands('places-of-related', (a) =>
    [
      '',
      ':',
      ':1',
      'ordinary.ts',
      'ordinary.ts:',
      'ordinary.ts:0',
      'ordinary.ts:1e3',
      '../outside/secret.ts:1',
      '/etc/passwd:1',
      'src:1',
      'none.ts:1',
    ].map((place) => ['related', place, a.tree]),
  ),
  commands('too-many-arguments', (a) => [
    ['search', 'x', a.tree, 'y', 'z'],
    ['status', a.tree, 'y'],
    ['index', a.tree, 'y'],
    ['clear', a.tree, 'y'],
    ['status', '--all', a.tree],
    ['models', 'list', 'x'],
    ['models', 'verify', 'none'],
    ['models', 'remove', '../../x'],
    ['models', 'nothing'],
    ['tune', a.tree, '--queries', '0'],
  ]),
  commands(
    'folders-that-are-none',
    (a) =>
      ['/nowhere', a.at('ordinary.ts'), '', '\u00a0', `${a.tree}/${'x'.repeat(300)}`, 'x/'.repeat(3000)].map(
        (folder) => ['search', 'x', folder],
      ),
    { codes: [2] },
  ),
  commands('explained', (a) => [
    ['search', 'ledger', a.tree, '--explain'],
    ['search', '"harbour"', a.tree, '--explain', '--json'],
    ['search', 'lang:ts', a.tree, '--explain'],
    ['search', 'like:ordinary.ts:2', a.tree, '--explain'],
    ['search', '\u{1F600} \ud7ff', a.tree, '--explain'],
  ]),
  commands(
    'argument-of-120-kb',
    (a) => [
      ['search', 'harbour '.repeat(15_000), a.tree],
      ['search', `"${'a'.repeat(120_000)}"`, a.tree],
      ['search', `/${'a?'.repeat(60_000)}/`, a.tree],
      ['search', `file:${'*a'.repeat(60_000)} x`, a.tree],
      ['search', `like:${'x'.repeat(120_000)}:1`, a.tree],
    ],
    { codes: [0, 1, 2], isQuick: true },
  ),
]

function input(name: string, text: () => string | Buffer, isQuick = false, json = false): HostileCase {
  return {
    kind: 'queries',
    name: `queries/input-${name}`,
    isQuick,
    async run(arena) {
      source(arena)
      await arena.cli(['search', '--stdin', arena.tree, ...(json ? ['--json'] : [])], {
        input: text(),
        codes: [0, 1, 2],
      })
    },
  }
}

const fromInput: HostileCase[] = [
  input('line-of-1-mb', () => `${'harbour '.repeat(MB / 8)}\nledger\n`, true),
  input('text-of-1-mb', () => `"${'a'.repeat(MB)}"\n`),
  input('filters-of-1-mb', () => `${'lang:ts '.repeat(MB / 8)}\n`),
  input('one-word-of-8-mb', () => `${'x'.repeat(8 * MB)}\n`),
  input('no-line-end', () => 'ledger'),
  input('nothing', () => ''),
  input('zeros', () => Buffer.alloc(100_000)),
  input('invalid-bytes', () => Buffer.from([0xff, 0xfe, 0x0a, 0xed, 0xa0, 0x80, 0x0a, 0x80, 0x0d, 0x0a]), false, true),
  input('hundred-lines', () => Array.from({ length: 100 }, (_, i) => `ledger ${i} kind:x${i}`).join('\n'), false, true),
  input('line-ends-of-all-sorts', () => 'ledger\r\nharbour\rdues\u2028x\u0085y\n\n\n'),
]

function randomQuery(random: () => number): string {
  const parts = [
    'ledger',
    'file:',
    'dir:',
    'lang:ts',
    'kind:',
    'is:test',
    'like:',
    '"',
    '/',
    '-',
    ',',
    ' ',
    '*',
    '{',
    '}',
    '(',
    ')',
    '\\',
    ':',
    '#L1',
    'ordinary.ts',
    '\ud83d',
    '\u0000',
    'é',
    '漢',
    '..',
    '~',
    '\n',
    '+',
    '[',
    ']',
    '^',
    '$',
  ]
  const length = 1 + Math.floor(random() * 30)
  return Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join('')
}

export const queryCases: HostileCase[] = [...inServer, ...onCommandLine, ...fromInput]
