import path from 'node:path'
import { type Arena, ORDINARY } from './arena.ts'
import { type Host, uriOf } from './host.ts'
import { LURE } from './oracles.ts'
import type { HostileCase, Kind } from './types.ts'

export interface TreeOptions {
  isQuick?: boolean
  needsRoot?: boolean
  /** The folder's settings in the server. */
  settings?: Record<string, unknown>
  /** Run the command line over it as well, or alone. */
  cli?: boolean | 'only'
  /** Further arguments of the command line. */
  cliArgs?: string[]
  /** Asked besides the usual questions. */
  queries?: string[]
  /** How long all of it may take to become ready; an answer may never take longer than the limit. */
  readyMs?: number
  /** The folder to open, where it is not the tree; relative to the arena. */
  root?: string
  /** Where the ordinary file may be missing: the folder is refused, or the attack is about that file. */
  mayLose?: boolean
  /** Once it is open and has been searched. */
  after?(opened: OpenedTree): Promise<void>
}

export interface OpenedTree {
  arena: Arena
  host: Host
  folder: string
  uri(relative: string): string
  search(query: string): ReturnType<Host['search']>
}

/**
 * A tree that is laid out, opened in a server that has another folder, searched by words, meaning, text and expression,
 * and closed: the ordinary file must be found, and what is outside must not.
 */
export function tree(
  kind: Kind,
  name: string,
  build: (arena: Arena) => void | Promise<void>,
  options: TreeOptions = {},
): HostileCase {
  return {
    kind,
    name: `${kind}/${name}`,
    isQuick: options.isQuick ?? false,
    ...(options.needsRoot && { needsRoot: true }),
    async run(arena) {
      await build(arena)
      arena.seal()
      if (options.cli !== 'only') await inServer(arena, options)
      if (options.cli) await onCommandLine(arena, options)
    },
  }
}

async function inServer(arena: Arena, options: TreeOptions): Promise<void> {
  const host = await arena.host()
  const folder = path.join(arena.folder, options.root ?? 'tree')
  try {
    await host.openFolder(
      folder,
      options.settings,
      options.readyMs ? Math.max(options.readyMs, arena.limitMs) : arena.limitMs,
    )
    let found = false
    for (const query of [...QUESTIONS, ...(options.queries ?? [])]) {
      const hits = await host.search(folder, query)
      found ||= hits.some(({ name }) => name === ORDINARY)
    }
    if (!found && !options.mayLose) arena.report('lost_answers', 'the ordinary file is not found by the server')
    const opened: OpenedTree = {
      ...{ arena, host, folder },
      uri: (relative) => uriOf(path.join(folder, relative)),
      search: (query) => host.search(folder, query),
    }
    await options.after?.(opened)
  } finally {
    if (host.isWell) await host.closeFolder(folder)
  }
}

async function onCommandLine(arena: Arena, options: TreeOptions): Promise<void> {
  const folder = path.join(arena.folder, options.root ?? 'tree')
  const lines = [...QUESTIONS, ...(options.queries ?? [])].map((query) => query.replaceAll('\n', ' '))
  const args = ['search', '--stdin', folder, '--threads', '1', ...(options.cliArgs ?? [])]
  const limitMs = Math.max(options.readyMs ?? 0, arena.limitMs)
  const { stdout } = await arena.cli(args, { input: `${lines.join('\n')}\n`, limitMs })
  if (!stdout.includes(ORDINARY) && !options.mayLose)
    arena.report('lost_answers', 'the ordinary file is not found by the command line')
}

const QUESTIONS = ['ledger of harbour dues', `"${ORDINARY}"`, '/harbour\\w+\\(/', LURE, `"${LURE}"`]
