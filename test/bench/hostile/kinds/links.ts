import { renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Arena, ORDINARY_TEXT } from '../arena.ts'
import { CANARY, LURE, OUTSIDE_TEXT } from '../oracles.ts'
import { type OpenedTree, type TreeOptions, tree } from '../treeCase.ts'
import type { HostileCase } from '../types.ts'

const links = (name: string, build: (arena: Arena) => void, options?: TreeOptions) =>
  tree('links', name, build, options)

/** Files that rules and git are read from: a link there leads out of the folder as one among the sources does. */
const RULE_FILES = ['.gitignore', '.lateralignore', 'sub/.gitignore', '.git/config', '.git/info/exclude', '.git/HEAD']

const standing: HostileCase[] = [
  links('file-outside', (a) => void a.link('leak.ts', path.join(a.outside, 'secret.ts')), { isQuick: true, cli: true }),
  links('file-outside-relative', (a) => void a.link('sub/leak.ts', '../../outside/secret.ts')),
  links('folder-outside', (a) => void a.link('leak', a.outside), { cli: true }),
  links('folder-outside-named-src', (a) => void a.link('src', '../outside')),
  links('readme-outside', (a) => void a.link('README.md', path.join(a.outside, 'secret.ts'))),
  links('chain-to-outside', (a) => {
    a.link('l0.ts', path.join(a.outside, 'secret.ts'))
    for (let i = 1; i < 30; i++) a.link(`l${i}.ts`, `l${i - 1}.ts`)
  }),
  links('chain-through-outside-and-back', (a) => {
    symlinkSync(a.at('ordinary.ts'), path.join(a.outside, 'back.ts'))
    a.link('there.ts', path.join(a.outside, 'back.ts'))
  }),
  links('loop-of-one', (a) => void a.link('self.ts', 'self.ts'), { cli: true }),
  links('loop-of-two', (a) => void [a.link('one.ts', 'two.ts'), a.link('two.ts', 'one.ts')]),
  links('loop-to-parent', (a) => void a.link('deep/er/up', '..')),
  links('loop-to-root-of-tree', (a) => void a.link('a/b/c/top', a.tree)),
  links('root-of-system', (a) => void a.link('everything', '/')),
  links('dangling', (a) => void [a.link('gone.ts', 'nothing.ts'), a.link('.lateralignore', '/nowhere/at/all')]),
  links('long-target', (a) => void a.link('long.ts', `${'x/'.repeat(2000)}y.ts`)),
  links('target-with-controls', (a) => void a.link('odd.ts', 'line\nbreak\u001b[31m.ts')),
  links('zero-device', (a) => void [a.link('zero.ts', '/dev/zero'), a.link('sub/.gitignore', '/dev/zero')]),
  links('own-process', (a) => {
    a.link('environ.ts', '/proc/self/environ')
    a.link('stdin.ts', '/proc/self/fd/0')
    a.link('memory.ts', '/proc/self/mem')
  }),
  links('random-device-as-ignore-file', (a) => void a.link('.gitignore', '/dev/urandom'), { isQuick: true, cli: true }),
  // Git follows links to its own folder and files, and so may we; what they say must stay where it is.
  links('git-folder-outside', (a) => {
    a.mayReadOutside = true
    a.writeOutside('git/config', `[remote "origin"]\n url = https://example.com/${CANARY}.git\n`)
    a.writeOutside('git/info/exclude', `${CANARY}.ts\n`)
    a.link('.git', path.join(a.outside, 'git'))
  }),
  ...RULE_FILES.map((file) =>
    links(`rule-file-outside-${file.replaceAll(/\W+/g, '-')}`, (a) => {
      const isGits = file.startsWith('.git/')
      if (isGits) a.repository()
      a.mayReadOutside = isGits
      const target = a.writeOutside('rules', isGits ? `# ${CANARY}\n` : 'ordinary.ts\n')
      rmSync(a.at(file), { force: true })
      a.link(file, target)
    }),
  ),
  ...RULE_FILES.slice(0, 2).map((file) =>
    links(`rule-file-in-a-loop-${file.slice(1)}`, (a) => void a.link(file, file), { cli: true }),
  ),
]

const roots: HostileCase[] = [
  links('root-is-a-link', (a) => symlinkSync(a.tree, path.join(a.folder, 'way')), {
    ...{ root: 'way', cli: true, isQuick: true },
  }),
  links(
    'root-below-a-link',
    (a) => {
      a.write('inner/ordinary.ts', ORDINARY_TEXT)
      symlinkSync(a.tree, path.join(a.folder, 'way'))
    },
    { root: 'way/inner' },
  ),
  links('root-in-a-loop', (a) => symlinkSync('way', path.join(a.folder, 'way')), {
    ...{ root: 'way', cli: true, mayLose: true },
  }),
  links('root-is-dangling', (a) => symlinkSync('/nowhere/at/all', path.join(a.folder, 'way')), {
    ...{ root: 'way', cli: true, mayLose: true },
  }),
  links('root-leads-to-a-file', (a) => symlinkSync(a.at('ordinary.ts'), path.join(a.folder, 'way')), {
    ...{ root: 'way', mayLose: true },
  }),
]

/** What a search finds after `swap`, by words, text and expression; the canary in any answer is seen elsewhere. */
async function swapped(opened: OpenedTree, swap: (arena: Arena) => void): Promise<void> {
  const { arena } = opened
  swap(arena)
  arena.seal()
  await askAll(opened)
  opened.host.changed(arena.at('victim.ts'), arena.at('sub/victim.ts'))
  await sleep(400)
  await askAll(opened)
}

async function askAll({ host, folder, uri, search }: OpenedTree): Promise<void> {
  for (const query of ['keel of the victim', '"victimKeel"', '/function \\w+/', LURE, `"${LURE}"`, `/${LURE}/`])
    await search(query)
  for (const file of ['victim.ts', 'sub/victim.ts']) {
    await search(`like:${file}:1`)
    await host.request('lateral/related', { uri: uri(file), line: 1 })
    await host.request('lateral/explain', { query: 'victim keel', uri: uri(file), startLine: 1, endLine: 4 })
  }
  await host.statusOf(folder)
}

const VICTIM = '/** The keel of the victim. */\nexport function victimKeel() {\n  return 1\n}\n'
const withVictims = (arena: Arena) => {
  arena.write('victim.ts', VICTIM)
  arena.write('sub/victim.ts', VICTIM.replaceAll('victim', 'lowerVictim'))
  arena.writeOutside('victim.ts', OUTSIDE_TEXT)
}

const swaps: HostileCase[] = [
  links('file-swapped-for-a-link', withVictims, {
    isQuick: true,
    after: (opened) =>
      swapped(opened, (a) => {
        unlinkSync(a.at('victim.ts'))
        a.link('victim.ts', path.join(a.outside, 'secret.ts'))
      }),
  }),
  links('folder-swapped-for-a-link', withVictims, {
    isQuick: true,
    after: (opened) =>
      swapped(opened, (a) => {
        renameSync(a.at('sub'), path.join(a.folder, 'was-sub'))
        a.link('sub', a.outside)
      }),
  }),
  links('file-swapped-for-a-chain', withVictims, {
    after: (opened) =>
      swapped(opened, (a) => {
        a.link('hop.ts', path.join(a.outside, 'secret.ts'))
        unlinkSync(a.at('victim.ts'))
        a.link('victim.ts', 'hop.ts')
      }),
  }),
  links('file-swapped-for-a-loop', withVictims, {
    after: (opened) =>
      swapped(opened, (a) => {
        unlinkSync(a.at('victim.ts'))
        a.link('victim.ts', 'victim.ts')
      }),
  }),
  links('file-swapped-to-and-fro', withVictims, {
    async after(opened) {
      const { arena } = opened
      arena.mayReadOutside = false
      arena.seal()
      const victim = arena.at('victim.ts')
      const untilMs = performance.now() + 3000
      const turning = (async () => {
        for (let i = 0; performance.now() < untilMs; i++) {
          const next = `${victim}.next`
          if (i % 2) writeFileSync(next, VICTIM)
          else symlinkSync(path.join(arena.outside, 'secret.ts'), next)
          renameSync(next, victim)
          if (i % 20 === 0) opened.host.changed(victim)
          await sleep(i % 7)
        }
      })()
      while (performance.now() < untilMs) await askAll(opened)
      await turning
    },
  }),
  links('ignore-file-swapped-for-a-link', withVictims, {
    after: (opened) =>
      swapped(opened, (a) => {
        a.link('.gitignore', a.writeOutside('rules', '*.ts\n'))
        a.seal()
        opened.host.changed(a.at('.gitignore'))
      }),
  }),
  // Whoever may do this may name any folder as the root: only that nothing breaks is asked.
  links('root-swapped-for-a-link', withVictims, {
    mayLose: true,
    after: (opened) =>
      swapped(opened, (a) => {
        renameSync(a.tree, path.join(a.folder, 'was-tree'))
        symlinkSync(path.join(a.folder, 'was-tree'), a.tree)
      }),
  }),
  links('open-document-of-a-link', (a) => void a.link('leak.ts', path.join(a.outside, 'secret.ts')), {
    async after({ host, uri, search }) {
      const textDocument = { uri: uri('leak.ts'), languageId: 'typescript', version: 1, text: VICTIM }
      host.notify('textDocument/didOpen', { textDocument })
      await host.request('textDocument/hover', { textDocument, position: { line: 1, character: 20 } })
      await search('"victimKeel"')
      host.notify('textDocument/didSave', { textDocument })
      host.notify('textDocument/didClose', { textDocument })
      await search(LURE)
    },
  }),
  links('asked-for-what-is-outside', (a) => void a.link('leak', a.outside), {
    async after({ host, uri, search }) {
      for (const file of [
        '../outside/secret.ts',
        'leak/secret.ts',
        '%2e%2e/outside/secret.ts',
        'x/../../outside/secret.ts',
      ]) {
        await search(`like:${file}:1`)
        await host.request('lateral/related', { uri: uri(file), line: 1 })
        const place = { uri: `${uri('')}/${file}`, startLine: 1, endLine: 4 }
        await host.request('lateral/explain', { query: 'anything', ...place })
        await host.request('lateral/related', { uri: place.uri, line: 1 })
      }
    },
  }),
]

export const linkCases: HostileCase[] = [...standing, ...roots, ...swaps]
