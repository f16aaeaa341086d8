import { mkdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Arena, ORDINARY } from '../arena.ts'
import { type OpenedTree, type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

type Place = (arena: Arena, relative: string) => void

const NODES: Record<string, Place> = {
  fifo: (a, file) => void a.fifo(file),
  zero: (a, file) => void a.device(file, 1, 5),
  socket: (a, file) => void a.socket(file),
  folder: (a, file) => void a.mkdir(`${file}/in`),
  full: (a, file) => void a.device(file, 1, 7),
}

/** Those that only root makes. */
const DEVICES: ReadonlySet<string> = new Set(['zero', 'full'])

const devices = (name: string, build: (arena: Arena) => void, options?: TreeOptions) =>
  tree('devices', name, build, options)

const slug = (file: string) => file.replaceAll(/\W+/g, '-').replace(/^-/, '')

/** Where each file of git's, and each of ours, may be anything but a file. */
function inPlace(node: string, file: string, options: TreeOptions = {}): HostileCase {
  return devices(
    `${node}-as-${slug(file)}`,
    (a) => {
      if (file.startsWith('.git/')) {
        a.repository()
        rmSync(a.at(file), { force: true, recursive: true })
      }
      NODES[node]!(a, file)
    },
    { queries: ['is:changed'], needsRoot: DEVICES.has(node), ...options },
  )
}

const standing: HostileCase[] = [
  inPlace('fifo', '.gitignore', { isQuick: true, cli: true }),
  inPlace('fifo', '.lateralignore', { cli: true }),
  inPlace('fifo', 'sub/.gitignore'),
  inPlace('fifo', '.git', { cli: true }),
  inPlace('fifo', '.git/config', { isQuick: true, cli: true }),
  inPlace('fifo', '.git/info/exclude'),
  inPlace('fifo', '.git/HEAD', { cli: true }),
  inPlace('fifo', '.git/index'),
  inPlace('fifo', '.git/commondir'),
  inPlace('fifo', 'source.ts', { cli: true }),
  inPlace('fifo', 'README.md'),
  inPlace('fifo', 'sub/pyvenv.cfg'),
  inPlace('zero', '.gitignore', { isQuick: true, cli: true }),
  inPlace('zero', '.lateralignore'),
  inPlace('zero', '.git/config'),
  inPlace('zero', '.git/info/exclude'),
  inPlace('zero', '.git/HEAD'),
  inPlace('zero', '.git/commondir'),
  inPlace('zero', '.git'),
  inPlace('zero', 'source.ts', { cli: true }),
  inPlace('socket', '.gitignore', { cli: true }),
  inPlace('socket', '.git/HEAD'),
  inPlace('socket', 'source.ts'),
  inPlace('folder', '.gitignore', { cli: true }),
  inPlace('folder', '.lateralignore'),
  inPlace('folder', '.git/config'),
  inPlace('folder', '.git/HEAD'),
  inPlace('folder', 'source.ts'),
  inPlace('full', '.gitignore'),
]

const VICTIM = '/** The keel of the victim. */\nexport function victimKeel() {\n  return 1\n}\n'

async function swapFor(node: string, { arena, host, uri, search }: OpenedTree): Promise<void> {
  unlinkSync(arena.at('victim.ts'))
  NODES[node]!(arena, 'victim.ts')
  const ask = async () => {
    for (const query of ['keel of the victim', '"victimKeel"', '/victim\\w+/', 'like:victim.ts:2', 'is:open'])
      await search(query)
    await host.request('lateral/explain', { query: 'keel', uri: uri('victim.ts'), startLine: 1, endLine: 4 })
    await host.request('lateral/related', { uri: uri('victim.ts'), line: 1 })
  }
  await ask()
  host.changed(arena.at('victim.ts'))
  await sleep(400)
  await ask()
}

const swaps: HostileCase[] = ['fifo', 'zero', 'socket', 'folder'].map((node) =>
  devices(`file-swapped-for-${node}`, (a) => void a.write('victim.ts', VICTIM), {
    isQuick: node === 'fifo',
    needsRoot: DEVICES.has(node),
    after: (opened) => swapFor(node, opened),
  }),
)

const later: HostileCase[] = [
  devices('ignore-file-becomes-a-fifo', (a) => void a.write('.gitignore', 'none\n'), {
    async after({ arena, host, search }) {
      unlinkSync(arena.at('.gitignore'))
      arena.fifo('.gitignore')
      arena.write('late.ts', VICTIM)
      host.changed(arena.at('.gitignore'), arena.at('late.ts'))
      await sleep(1200)
      await search('"victimKeel"')
    },
  }),
  devices('open-document-of-a-fifo', (a) => void a.fifo('pipe.ts'), {
    async after({ host, uri, search }) {
      const textDocument = { uri: uri('pipe.ts'), languageId: 'typescript', version: 1, text: VICTIM }
      host.notify('textDocument/didOpen', { textDocument })
      for (const query of ['is:open', 'is:unsaved', '"victimKeel"']) await search(query)
      host.notify('textDocument/didSave', { textDocument })
      await sleep(400)
      host.notify('textDocument/didClose', { textDocument })
      await search('victim keel')
    },
  }),
  devices(
    'many-fifos',
    (a) => {
      for (let i = 0; i < 200; i++) a.fifo(`pipes/p${i}.ts`)
      for (let i = 0; i < 20; i++) a.fifo(`d${i}/.gitignore`)
    },
    { cli: true },
  ),
  devices(
    'root-is-a-fifo',
    (a) => {
      rmSync(a.tree, { recursive: true })
      a.fifo('')
    },
    { mayLose: true, cli: true },
  ),
]

/** The command line on something that is no file where it wants one. */
function command(name: string, run: (arena: Arena) => Promise<unknown>, needsRoot = false): HostileCase {
  const act = async (arena: Arena) => void (await run(arena))
  return { kind: 'devices', name: `devices/${name}`, isQuick: false, needsRoot, run: act }
}

const places: HostileCase[] = [
  ...['fifo', 'zero'].map((node) =>
    command(
      `storage-is-a-${node}`,
      (a) => {
        NODES[node]!(a, '../storage')
        return a.cli(['search', 'ledger', a.tree])
      },
      DEVICES.has(node),
    ),
  ),
  command('indexes-folder-is-a-fifo', (a) => {
    NODES.fifo!(a, '../storage/indexes')
    return a.cli(['search', 'ledger', a.tree])
  }),
  command('models-folder-is-a-fifo', (a) => {
    NODES.fifo!(a, '../storage/models')
    return a.cli(['models', 'list'])
  }),
  command('model-is-a-fifo', (a) => {
    a.fifo('../model/onnx_config.json')
    a.fifo('../model/tokenizer.json')
    a.fifo('../model/model_int8.onnx')
    return a.cli(['search', 'ledger', a.tree, '--model-dir', path.join(a.folder, 'model')])
  }),
  command('imported-folder-with-fifos', (a) => {
    for (const name of ['onnx_config.json', 'tokenizer.json', 'model_int8.onnx']) a.fifo(`../model/${name}`)
    return a.cli(['models', 'import', path.join(a.folder, 'model'), '--id', 'me/piped'])
  }),
  command('imported-fifo', (a) => a.cli(['models', 'import', a.fifo('../model.zip'), '--id', 'me/piped'])),
  command('imported-zero', (a) => a.cli(['models', 'import', a.device('../model.tar', 1, 5), '--id', 'me/zero']), true),
  command('authorities-from-a-fifo', (a) =>
    a.cli(['models', 'download', 'none/such', '--ca-file', a.fifo('../ca.pem'), '--yes']),
  ),
  command('related-to-a-fifo', async (a) => {
    await a.cli(['search', ORDINARY, a.tree])
    const file = a.fifo('pipe.ts')
    return a.cli(['related', `${file}:1`, a.tree])
  }),
  command('own-watcher-meets-a-fifo', async (a) => {
    // Without a client that watches the server looks at every entry itself.
    for (const name of ['watched/a.ts', '.gitignore']) a.fifo(name)
    mkdirSync(path.join(a.folder, 'out'))
    writeFileSync(path.join(a.folder, 'out/list'), '')
    return a.cli(['index', a.tree])
  }),
]

export const deviceCases: HostileCase[] = [...standing, ...swaps, ...later, ...places]
