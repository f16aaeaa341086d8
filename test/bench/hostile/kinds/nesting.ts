import { type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

const N = 100_000
const nest = (open: string, close: string, n: number, inner = '') => `${open.repeat(n)}${inner}${close.repeat(n)}\n`

/** A file of each grammar, and of other ways to find structure, that is nothing but depth. */
const FILES: Record<string, [file: string, text: () => string]> = {
  'powershell-brackets': ['b.ps1', () => '['.repeat(N)],
  'powershell-parentheses': ['p.ps1', () => nest('(', ')', N / 2)],
  'powershell-here-strings': ['h.ps1', () => '@"\n'.repeat(N / 4)],
  'powershell-blocks': ['k.ps1', () => nest('if ($a) { ', '}', 20_000)],
  'typescript-brackets': ['b.ts', () => '['.repeat(N)],
  'typescript-arrows': ['a.ts', () => `${'a => '.repeat(30_000)}1\n`],
  'typescript-types': ['t.ts', () => `type T = ${nest('Array<', '>', 20_000, 'x')}`],
  'typescript-generics-or-less': ['l.ts', () => `${'a < b < '.repeat(20_000)}c\n`],
  'typescript-templates': ['q.ts', () => nest('`${', '}`', 20_000)],
  'typescript-ternaries': ['c.ts', () => `const x = ${'a ? b : '.repeat(20_000)}c\n`],
  'tsx-elements': ['e.tsx', () => `const x = ${nest('<a>', '</a>', 15_000)}`],
  'javascript-parentheses': ['p.js', () => nest('(', ')', N / 2)],
  'javascript-functions': ['f.js', () => nest('function f(){', '}', 8000)],
  'javascript-sum': ['s.js', () => `x = ${'a+'.repeat(50_000)}a\n`],
  'javascript-unary': ['u.js', () => `x = ${'!'.repeat(N)}a\n`],
  'javascript-else-if': ['e.js', () => `${'if (a) { b } else '.repeat(8000)}{}\n`],
  'javascript-slashes': ['r.js', () => '/'.repeat(N)],
  'python-brackets': ['b.py', () => '['.repeat(N)],
  'python-blocks': ['i.py', () => Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}if a:`).join('\n')],
  'python-strings': ['s.py', () => `f"${'{f"'.repeat(20_000)}`],
  'python-lambdas': ['l.py', () => `x = ${'lambda a: '.repeat(10_000)}1\n`],
  'java-braces': ['B.java', () => nest('{', '}', N / 2)],
  'java-classes': ['C.java', () => nest('class A { ', '}', 8000)],
  'java-generics': ['G.java', () => `class G { ${nest('Map<A,', '>', 10_000, 'B')} x; }`],
  'csharp-braces': ['B.cs', () => nest('{', '}', N / 2)],
  'csharp-directives': ['D.cs', () => '#if A\n'.repeat(20_000)],
  'go-parentheses': ['p.go', () => `package a\nvar x = ${nest('(', ')', N / 2)}`],
  'rust-brackets': ['b.rs', () => `fn a() { ${'['.repeat(N)}`],
  'rust-comments': ['c.rs', () => '/*'.repeat(N / 2)],
  'rust-macros': ['m.rs', () => nest('a!{', '}', 20_000)],
  'c-parentheses': ['p.c', () => `int x = ${nest('(', ')', N / 2)}`],
  'c-pointers': ['s.c', () => `int ${'*'.repeat(N)}x;\n`],
  'c-directives': ['d.c', () => '#ifdef A\n'.repeat(10_000)],
  'cpp-templates': ['t.cpp', () => `A${nest('<A', '>', 20_000)} x;`],
  'cpp-raw-strings': ['r.cpp', () => 'R"x('.repeat(20_000)],
  'ruby-brackets': ['b.rb', () => '['.repeat(N)],
  'ruby-here-documents': ['h.rb', () => `${'<<A, '.repeat(2000)}\n`],
  'ruby-strings': ['s.rb', () => nest('"#{', '}"', 20_000)],
  'php-brackets': ['b.php', () => `<?php ${'['.repeat(N)}`],
  'php-tags': ['t.php', () => '<?php ?>'.repeat(12_000)],
  'shell-parentheses': ['p.sh', () => nest('$(', ')', 30_000)],
  'shell-here-documents': ['h.sh', () => 'cat <<A\n'.repeat(12_000)],
  'shell-braces': ['b.sh', () => '{ '.repeat(N / 2)],
  'css-braces': ['b.css', () => nest('a{', '}', 30_000)],
  'css-brackets': ['s.css', () => '['.repeat(N)],
  'scala-braces': ['b.scala', () => nest('{', '}', N / 2)],
  'haskell-blocks': ['b.hs', () => `${'let a = '.repeat(12_000)}\n`],
  'markdown-quotes': ['q.md', () => `${'> '.repeat(50_000)}x\n`],
  'markdown-headings': ['h.md', () => '# a\n'.repeat(25_000)],
  'markdown-emphasis': ['e.md', () => '*a _b '.repeat(16_000)],
  'markdown-links': ['l.md', () => '['.repeat(N)],
  'markdown-fences': ['f.md', () => '```\n~~~\n'.repeat(12_000)],
  'latex-sections': ['s.tex', () => '\\section{a}\n\\begin{b}\n'.repeat(4000)],
  'json-arrays': ['a.json', () => nest('[', ']', N / 2)],
  'json-objects': ['o.json', () => nest('{"a":', '}', 20_000, '1')],
  'json-unclosed': ['u.json', () => '{"a":['.repeat(20_000)],
  'yaml-flow': ['f.yaml', () => '['.repeat(N)],
  'yaml-blocks': ['b.yaml', () => Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  'yaml-anchors': [
    'n.yaml',
    () => Array.from({ length: 40 }, (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`).join('\n'),
  ],
  'toml-tables': ['t.toml', () => `[${'a.'.repeat(40_000)}b]\nx = ${'['.repeat(10_000)}\n`],
  'ini-sections': ['s.ini', () => '[a]\n'.repeat(25_000)],
  'xml-elements': ['e.xml', () => nest('<a>', '</a>', 15_000)],
  'xml-entities': [
    'n.xml',
    () =>
      `<!DOCTYPE a [${Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join('')}]><a>&e30;</a>`,
  ],
  'html-elements': ['e.html', () => '<div>'.repeat(20_000)],
  'every-bracket': ['x.ts', () => '([{<'.repeat(25_000)],
  'every-quote': ['q.py', () => `'"\`'''"""`.repeat(12_000)],
  'many-functions': ['m.js', () => Array.from({ length: 6000 }, (_, i) => `function f${i}() {}`).join('\n')],
}
const QUICK = new Set(['powershell-here-strings', 'typescript-templates', 'json-arrays'])
const ON_COMMAND_LINE = new Set(['powershell-brackets', 'javascript-sum', 'markdown-links', 'rust-comments'])

const one = (name: string, options: TreeOptions = {}): HostileCase => {
  const [file, text] = FILES[name]!
  return tree('nesting', name, (a) => void a.write(file, text()), { readyMs: 60_000, ...options })
}

const alone = Object.keys(FILES).map((name) =>
  one(name, { isQuick: QUICK.has(name), ...(ON_COMMAND_LINE.has(name) && { cli: true }) }),
)

/** An attack that spends many small budgets: each file is within its own. */
const inNumbers = tree(
  'nesting',
  'fifty-files-of-brackets',
  (a) => {
    for (let i = 0; i < 50; i++) a.write(`many/m${i}.ps1`, '['.repeat(5000 + i))
  },
  { readyMs: 120_000, cli: true },
)

const random = tree(
  'nesting',
  'random-bytes-of-every-language',
  (a) => {
    const extensions = [
      'ts',
      'tsx',
      'js',
      'py',
      'java',
      'cs',
      'go',
      'rs',
      'c',
      'cpp',
      'rb',
      'php',
      'sh',
      'ps1',
      'css',
      'md',
      'json',
      'yaml',
      'toml',
    ]
    const parts = [
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '<',
      '>',
      '"',
      "'",
      '`',
      '\n',
      ' ',
      'a',
      '=',
      ';',
      '#',
      '/*',
      '//',
      '\\',
      '$',
      '@',
      ':',
      ',',
      'if',
      'fn',
    ]
    for (const extension of extensions) {
      const text = Array.from({ length: 8000 }, () => parts[Math.floor(a.random() * parts.length)]).join('')
      a.write(`random/r.${extension}`, text)
    }
  },
  { readyMs: 120_000 },
)

export const nestingCases: HostileCase[] = [...alone, inNumbers, random]
