import { appendFileSync, mkdirSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from '../arena.ts'
import { type OpenedTree, type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

const GB = 2 ** 30
const MB = 2 ** 20
const sparse = (name: string, build: (arena: Arena) => void, options?: TreeOptions) =>
  tree('sparse', name, build, options)

/** Files that rules and git are read from, far larger than any honest one. */
function huge(file: string, nBytes: number, head = '', options: TreeOptions = {}): HostileCase {
  return sparse(
    `${file.replaceAll(/\W+/g, '-').replace(/^-/, '')}-of-${nBytes / GB}-gb`,
    (a) => {
      if (file.startsWith('.git/')) {
        a.repository()
        rmSync(a.at(file), { force: true })
      }
      a.sparse(file, nBytes, head)
    },
    { queries: ['is:changed'], ...options },
  )
}

const standing: HostileCase[] = [
  huge('.gitignore', 1.5 * GB, 'x\n', { isQuick: true, cli: true }),
  huge('.gitignore', 100 * GB, 'x\n'),
  huge('.lateralignore', 1.9 * GB, 'x\n'),
  huge('.git/config', GB, '[core]\n', { cli: true }),
  huge('.git/config', 20 * GB),
  huge('.git/info/exclude', 1.5 * GB),
  huge('.git/HEAD', 1.5 * GB, 'ref: refs/heads/main\n'),
  huge('.git/commondir', 1.5 * GB, '../x'),
  huge('.git', 1.5 * GB, 'gitdir: x'),
  huge('source.ts', 100 * GB, 'export const x = 1\n', { isQuick: true, cli: true }),
  huge('README.md', 1.9 * GB, '# x\n'),
  huge('sub/pyvenv.cfg', 100 * GB),
]

const texts: HostileCase[] = [
  sparse(
    'ignore-file-of-a-million-patterns',
    (a) => {
      a.write('.gitignore', Array.from({ length: 1_000_000 }, (_, i) => `file${i}.txt`).join('\n'))
      for (let i = 0; i < 200; i++) a.write(`some/f${i}.ts`, `export const some${i} = ${i}\n`)
    },
    { cli: true },
  ),
  sparse('ignore-file-of-one-line', (a) => void a.write('.gitignore', 'x'.repeat(8 * MB))),
  sparse('ignore-files-everywhere', (a) => {
    for (let i = 0; i < 300; i++) a.write(`d${i}/.gitignore`, '*.log\n'.repeat(5000))
  }),
  sparse('lines-without-end', (a) => void a.write('long.ts', `const x = "${'y'.repeat(MB - 100)}"\n`), {
    readyMs: 60_000,
  }),
  sparse('nothing-but-lines', (a) => void a.write('blank.ts', '\n'.repeat(MB - 1)), { readyMs: 60_000 }),
  sparse('zeros', (a) => void a.write('zeros.ts', Buffer.alloc(MB - 1))),
  sparse('utf-16', (a) => void a.write('wide.ts', Buffer.from(`\ufeff${'const a = 1\n'.repeat(20_000)}`, 'utf16le')), {
    readyMs: 60_000,
  }),
  sparse('half-of-a-bom', (a) => void a.write('half.ts', Buffer.from([0xff])), {}),
  sparse('large-files-allowed', (a) => void a.sparse('wide.ts', 60 * MB, 'const x = 1\n'), {
    settings: { 'index.maxFileSizeKb': 65_536 },
    readyMs: 60_000,
  }),
  sparse(
    'a-whole-book-allowed',
    (a) => {
      a.write('book.md', Array.from({ length: 40_000 }, (_, i) => `Line ${i} of a book about the sea.`).join('\n'))
    },
    { settings: { 'index.maxFileSizeKb': 65_536 }, readyMs: 120_000 },
  ),
  sparse(
    'ten-thousand-empty-files',
    (a) => {
      mkdirSync(a.at('many'), { recursive: true })
      for (let i = 0; i < 10_000; i++) a.write(`many/e${i}.ts`, '')
    },
    { readyMs: 60_000, cli: true },
  ),
  sparse('three-thousand-folders', (a) => {
    for (let i = 0; i < 3000; i++) mkdirSync(path.join(a.tree, `f${i % 50}/g${i}`), { recursive: true })
  }),
  sparse('a-thousand-folders-deep', (a) => void deep(a, 1000), { cli: true, readyMs: 60_000 }),
  sparse('package-json-with-a-hole', (a) => void a.sparse('package.json', 900 * 1024, '{"name": "x"}')),
]

/** Below the longest path that a system call takes, step by step. */
function deep(arena: Arena, depth: number): void {
  const before = process.cwd()
  process.chdir(arena.tree)
  try {
    for (let i = 0; i < depth; i++) {
      mkdirSync('abcdefgh')
      process.chdir('abcdefgh')
    }
    appendFileSync('deepest.ts', 'export const deepest = 1\n')
  } finally {
    process.chdir(before)
  }
}

const VICTIM = '/** The keel of the victim. */\nexport function victimKeel() {\n  return 1\n}\n'

async function grow({ arena, host, uri, search }: OpenedTree, file: string, nBytes: number): Promise<void> {
  truncateSync(arena.at(file), Math.round(nBytes))
  const ask = async () => {
    for (const query of ['keel of the victim', '"victimKeel"', '/victim\\w+/', `like:${file}:2`, 'is:open'])
      await search(query)
    await host.request('lateral/explain', { query: 'keel', uri: uri(file), startLine: 1, endLine: 4 })
  }
  await ask()
  host.changed(arena.at(file))
  await sleep(600)
  await ask()
}

const growing: HostileCase[] = [
  ...[0.4, 1.9, 20].map((size) =>
    sparse(`file-that-grows-to-${size}-gb`, (a) => void a.write('victim.ts', VICTIM), {
      isQuick: size === 1.9,
      after: (opened) => grow(opened, 'victim.ts', size * GB),
    }),
  ),
  sparse('ignore-file-that-grows', (a) => void a.write('.gitignore', 'x\n'), {
    async after({ arena, host, search }) {
      truncateSync(arena.at('.gitignore'), Math.round(1.9 * GB))
      arena.write('late.ts', VICTIM)
      host.changed(arena.at('.gitignore'), arena.at('late.ts'))
      await sleep(1500)
      await search('"victimKeel"')
    },
  }),
  sparse('document-of-20-mb', (a) => void a.write('victim.ts', VICTIM), {
    async after({ host, uri, search }) {
      const text = `${VICTIM}// ${'wave '.repeat(4 * MB)}\n`
      const textDocument = { uri: uri('victim.ts'), languageId: 'typescript', version: 1, text }
      host.notify('textDocument/didOpen', { textDocument })
      for (const query of ['keel of the victim', '"victimKeel"', '/wave wave x/', 'is:unsaved']) await search(query)
      host.notify('textDocument/didClose', { textDocument: { uri: textDocument.uri } })
      await search('keel')
    },
  }),
]

/** Holes in the storage folder: what the index itself is read from. */
function stored(file: (arena: Arena) => string, name: string, nBytes: number): HostileCase {
  return {
    kind: 'sparse',
    name: `sparse/stored-${name}`,
    isQuick: false,
    async run(arena) {
      await arena.cli(['index', arena.tree])
      truncateSync(file(arena), Math.round(nBytes))
      await arena.cli(['search', 'harbour', arena.tree])
      await arena.cli(['status', arena.tree])
    },
  }
}

const storage: HostileCase[] = [
  stored((a) => path.join(a.index(), 'folder.json'), 'folder-json', 1.9 * GB),
  stored((a) => path.join(a.index(), 'models.json'), 'models-json', 1.9 * GB),
  stored((a) => path.join(a.index(), 'lexical/manifest.json'), 'manifest', 1.9 * GB),
  stored((a) => path.join(a.index(), 'catalog.sqlite'), 'catalog', 50 * GB),
]

export const sparseCases: HostileCase[] = [...standing, ...texts, ...growing, ...storage]
