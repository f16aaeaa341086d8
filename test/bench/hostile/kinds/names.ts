import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from '../arena.ts'
import { checkTerminal, LINE_START } from '../oracles.ts'
import { type OpenedTree, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

/** Names that a file may have on Linux, and that somebody somewhere takes for something else. */
const NAMES: Record<string, string> = {
  escape: 'a\u001b[31mred\u001b[0m.ts',
  'title-of-the-terminal': 'a\u001b]0;owned\u0007.ts',
  'clipboard-of-the-terminal': '\u001b]52;c;ZXZpbA==\u0007.ts',
  'hyperlink-of-the-terminal': '\u001b]8;;http:example.com\u001b\\x.ts',
  bell: 'a\u0007b.ts',
  'line-break': `a\n${LINE_START}.ts`,
  'carriage-return': `safe\r${LINE_START}.ts`,
  tab: 'a\tb.ts',
  backspace: 'evil\b\b\b\bgood.ts',
  delete: 'a\u007fb.ts',
  'c1-control': 'a\u009b31mred.ts',
  'next-line': `a\u0085${LINE_START}.ts`,
  'bidi-override': 'exe\u202est.txt.ts',
  'bidi-isolate': 'a\u2066b\u2069c.ts',
  'bidi-mark': 'a\u200e\u200f\u061cb.ts',
  'line-separator': `a\u2028${LINE_START}.ts`,
  'zero-width': 'a\u200b\u200d\ufeffb.ts',
  'byte-order-mark': '\ufeffa.ts',
  'dots-in-front': '..ordinary2.ts',
  'three-dots': '...ts',
  'dots-and-folder': '..x/..y/inner.ts',
  blank: ' .ts',
  'blank-around': ' a b .ts',
  'dot-behind': 'a.ts.',
  'device-of-windows': 'CON.ts',
  'another-device-of-windows': 'aux.c',
  'drive-of-windows': 'C:evil.ts',
  'stream-of-windows': 'a.ts:stream.ts',
  backslash: 'a\\..\\b.ts',
  'looks-like-an-option': '-rf.ts',
  'looks-like-help': '--help.ts',
  'substituted-by-shells': '$(touch marks)`touch marks`.ts',
  'separates-commands': 'a;touch marks;.ts',
  'percent-encoded': '%2e%2e%2foutside%2fsecret.ts',
  'percent-alone': '100%.ts',
  'query-and-fragment': 'a?b#L10.ts',
  quotes: '"a\'b".ts',
  'html-and-markdown': '<img src=x>[l](command:evil).ts',
  'code-of-markdown': '```x``` | ![a](http:b).ts',
  emoji: '👩‍👩‍👧‍👦🏴.ts',
  'combining-marks': `e${'\u0301'.repeat(80)}.ts`,
  'as-long-as-can-be': `${'n'.repeat(252)}.ts`,
  'wide-as-long-as-can-be': `${'漢'.repeat(84)}.ts`,
  'glob-characters': '[a-z]*{b,c}?!(d).ts',
  'own-syntax': 'file:x "y" /z/.ts'.replace('/z/', '∕z∕'),
  'dotless-and-long-s': 'ıſİ.ts',
  'only-extension': '.ts',
  'number-of-a-line': 'a.ts:10-20  function evil',
  prototype: '__proto__',
  constructor: 'constructor.ts',
}
const QUICK = new Set(['escape', 'line-break', 'bidi-override', 'dots-in-front'])

const CONTENT = '/** The signal flags of the mast. */\nexport function mastSignals() {\n  return 1\n}\n'

/** Searched, hovered over, changed and searched again; then on the command line, whose output people read. */
async function everything({ arena, host, uri, search }: OpenedTree, file: string): Promise<void> {
  const textDocument = { uri: uri(file), languageId: 'typescript', version: 1, text: CONTENT }
  host.notify('textDocument/didOpen', { textDocument: { ...textDocument, uri: uri('ordinary.ts'), text: 'x' } })
  host.notify('textDocument/didOpen', { textDocument })
  const { result } = await host.request('textDocument/hover', { textDocument, position: { line: 1, character: 20 } })
  checkTerminal(Buffer.from(result?.contents?.value ?? ''), 'a hover', arena.report)
  host.notify('textDocument/didClose', { textDocument })
  for (const query of [`like:"${file.replaceAll('"', '')}":2`, `file:"${file.replaceAll('"', '')}"`])
    await search(query)
  if (arena.folder.includes('invalid')) return
  writeFileSync(arena.at(file), CONTENT.replaceAll('mastSignals', 'yardSignals'))
  host.changed(arena.at(file))
  const untilMs = performance.now() + arena.limitMs
  while ((await search('"yardSignals"')).length === 0) {
    if (performance.now() > untilMs) return arena.report('lost_answers', `${JSON.stringify(file)} is never updated`)
    await sleep(100)
  }
}

const files: HostileCase[] = Object.entries(NAMES).map(([name, file]) =>
  tree('names', name, (a) => void a.write(file, CONTENT), {
    isQuick: QUICK.has(name),
    cli: true,
    queries: ['signal flags of the mast', '"mastSignals"'],
    after: (opened) => everything(opened, file),
  }),
)

/** Bytes that are no UTF-8, as names of files and folders. */
const BYTES: Record<string, number[]> = {
  'invalid-bytes': [0x61, 0xff, 0xfe, 0x62],
  'invalid-cut-off': [0x61, 0xe2, 0x82],
  'invalid-surrogate': [0x61, 0xed, 0xa0, 0x80],
  'invalid-overlong': [0xc0, 0xae, 0xc0, 0xae],
  'invalid-latin-1': [0x63, 0x61, 0x66, 0xe9],
}

const bytes: HostileCase[] = Object.entries(BYTES).map(([name, points]) =>
  tree(
    'names',
    name,
    (a) => {
      const below = (...parts: Buffer[]) => Buffer.concat([Buffer.from(`${a.tree}/`), ...parts])
      writeFileSync(below(Buffer.from(points), Buffer.from('.ts')), CONTENT)
      const folder = below(Buffer.from(points))
      mkdirSync(folder)
      writeFileSync(Buffer.concat([folder, Buffer.from('/in.ts')]), CONTENT)
    },
    { cli: true, queries: ['signal flags of the mast'] },
  ),
)

const twins: HostileCase[] = [
  tree(
    'names',
    'twins-by-case',
    (a) => {
      for (const file of ['Twin.ts', 'twin.ts', 'TWIN.ts', 'twin/a.ts', 'Twin/a.ts']) a.write(file, CONTENT)
    },
    { cli: true },
  ),
  tree(
    'names',
    'twins-by-composition',
    (a) => {
      for (const file of ['caf\u00e9.ts', 'cafe\u0301.ts']) a.write(file, CONTENT)
    },
    { cli: true },
  ),
  tree('names', 'folders-of-controls', (a) => void a.write(`x\u001b[2J/y\n${LINE_START}/z\u202e/in.ts`, CONTENT), {
    ...{ cli: true, queries: ['signal flags of the mast'] },
    after: (opened) => everything(opened, `x\u001b[2J/y\n${LINE_START}/z\u202e/in.ts`),
  }),
  tree(
    'names',
    'root-of-controls',
    (a) => {
      mkdirSync(path.join(a.folder, ROOT_NAME))
      writeFileSync(path.join(a.folder, ROOT_NAME, 'ordinary.ts'), ORDINARY_TWIN)
    },
    { root: `r\u001b[31m\n${LINE_START}\u202e`, cli: true },
  ),
]
const ROOT_NAME = `r\u001b[31m\n${LINE_START}\u202e`
const ORDINARY_TWIN = '/** Keeps the ledger of harbour dues. */\nexport function harbourLedger() {\n  return 1\n}\n'

/** What declarations are called, and what their lines say: these reach titles, snippets and hovers. */
const SOURCES: Record<string, [string, string]> = {
  'heading-of-escapes': ['a.md', '# Signal \u001b[31mflags\u001b[0m of the mast\n\nText of the mast.\n'],
  'heading-of-bidi': ['a.md', '# Signal \u202eflags of the mast\u202c\n\nText.\n'],
  'heading-of-c1': ['a.md', '# Signal \u009b31m flags of the mast\n\nText.\n'],
  'heading-of-100-kb': ['a.md', `# Signal flags of the mast ${'x'.repeat(100_000)}\n\nText.\n`],
  'key-of-controls': ['a.json', `{"signal\\u001b flags": {"mast \u007f": 1}, "a\\n${LINE_START}": {"b": 2}}\n`],
  'string-name': ['a.ts', `export const o = { "signal flags\u001b[31m mast"() { return 1 } }\n`],
  'class-of-escapes': [
    'a.py',
    'class \u001b[31mMast:\n    def signal\u001b(self):\n        "signal flags of the mast"\n',
  ],
  'function-name-of-50-kb': ['a.js', `/** Signal flags of the mast. */\nfunction mast${'x'.repeat(50_000)}() {}\n`],
  'line-of-controls': ['a.txt', 'signal flags of the mast \u001b]0;owned\u0007\u009b31m\u202e\u0008\n'],
  'line-of-carriage-returns': ['a.txt', `signal flags of the mast\r${LINE_START} of the mast\rmore\n`],
  'line-of-separators': ['a.txt', `signal flags of the mast\u2028${LINE_START}\u2029x\u0085y\n`],
  'markdown-in-a-name': [
    'a.md',
    '# [signal flags](command:evil) <b>of</b> the `mast` ![x](http://example.com)\n\nText.\n',
  ],
}

const sources: HostileCase[] = Object.entries(SOURCES).map(([name, [file, text]]) =>
  tree('names', `declared-${name}`, (a) => void a.write(file, text), {
    ...{ cli: true, isQuick: name === 'heading-of-escapes', queries: ['signal flags of the mast', '"of the mast"'] },
    async after({ arena, host, uri }) {
      const textDocument = { uri: uri(file), languageId: 'markdown', version: 1, text }
      host.notify('textDocument/didOpen', { textDocument })
      const { result } = await host.request('textDocument/hover', { textDocument, position: { line: 0, character: 4 } })
      checkTerminal(Buffer.from(result?.contents?.value ?? ''), 'a hover', arena.report)
      host.notify('textDocument/didClose', { textDocument })
    },
  }),
)

/** The places where people read a name that they did not choose. */
function shown(name: string, run: (arena: Arena) => Promise<unknown>): HostileCase {
  return { kind: 'names', name: `names/shown-${name}`, isQuick: false, run: async (arena) => void (await run(arena)) }
}

const EVIL = 'evil\u001b[31m\u202e\u009b.ts'
const elsewhere: HostileCase[] = [
  shown('by-related', async (a) => {
    a.write(EVIL, CONTENT)
    return a.cli(['related', `${a.at(EVIL)}:2`, a.tree])
  }),
  shown('when-not-there', (a) => a.cli(['search', 'x', `${a.tree}/none\u001b[31m\u202e`])),
  shown('in-a-query', (a) => a.cli(['search', 'nothing \u001b[31m like:\u001b[31m\u202e:1', a.tree])),
  shown('in-a-command', (a) => a.cli(['no\u001b[31m\u202esuch'])),
  shown('in-an-option', (a) => a.cli(['search', 'x', a.tree, '--no\u001b[31m\u202esuch'])),
  shown('in-a-value', (a) => a.cli(['search', 'x', a.tree, '--limit', '\u001b[31m\u202e\u009b'])),
  shown('in-a-wrong-filter', (a) => a.cli(['search', 'kind:\u001b[31m\u202e\u009b', a.tree])),
  shown('by-explain', async (a) => {
    a.write(EVIL, CONTENT)
    a.write('a.md', SOURCES['heading-of-escapes']![1])
    return a.cli(['search', 'signal flags \u001b[31m mast', a.tree, '--explain'])
  }),
  shown('by-status', async (a) => {
    await a.cli(['index', a.tree, '--storage', path.join(a.folder, 'st\u001b[31m\u202e\u009b')])
    return a.cli(['status', '--all', '--storage', path.join(a.folder, 'st\u001b[31m\u202e\u009b')])
  }),
  shown('by-list-of-indexes', async (a) => {
    mkdirSync(path.join(a.folder, ROOT_NAME))
    writeFileSync(path.join(a.folder, ROOT_NAME, 'a.ts'), CONTENT)
    await a.cli(['index', path.join(a.folder, ROOT_NAME)])
    return a.cli(['status', '--all'])
  }),
]

export const nameCases: HostileCase[] = [...files, ...bytes, ...twins, ...sources, ...elsewhere]
