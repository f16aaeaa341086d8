import { setTimeout as sleep } from 'node:timers/promises'
import type { Arena } from './arena.ts'
import { uriOf } from './host.ts'
import type { HostileCase } from './types.ts'
import { Wire, type WireOptions } from './wire.ts'

export interface Speaking {
  arena: Arena
  wire: Wire
}

export interface SpeakingOptions extends Partial<Pick<WireOptions, 'onRequest' | 'args'>> {
  isQuick?: boolean
  /** Send `initialize` as it should be, and open the tree. */
  isOpen?: boolean
  /** What was sent may be a reason to end, without a trace. */
  mayEnd?: boolean
}

/** A server of its own, that is spoken to badly and must answer as it should afterwards, or end by itself. */
export function spoken(
  name: string,
  speak: (speaking: Speaking) => unknown,
  options: SpeakingOptions = {},
): HostileCase {
  const { isQuick = false, isOpen = true, mayEnd = false, ...wireOptions } = options
  return {
    kind: 'messages',
    name: `messages/${name}`,
    isQuick,
    async run(arena) {
      const wire = new Wire({
        report: arena.report,
        limitMs: arena.limitMs,
        env: { ...process.env, HOME: arena.home, ORT_DISABLE_TELEMETRY: '1' },
        onRequest: (method, params) =>
          method === 'workspace/configuration' ? params.items.map(() => ({ 'index.threads': 1 })) : null,
        ...wireOptions,
      })
      wire.mayEnd = mayEnd
      try {
        if (isOpen) await open(wire, arena)
        await speak({ arena, wire })
        if (mayEnd) await Promise.race([wire.exited, sleep(500)])
        if (!wire.hasEnded && isOpen && !mayEnd) await stillAnswers(wire, arena)
      } finally {
        await (wire.hasEnded || mayEnd || !isOpen ? wire.terminate() : wire.stop())
      }
    },
  }
}

export async function open(wire: Wire, arena: Arena, more: Record<string, unknown> = {}): Promise<void> {
  await wire.request(
    'initialize',
    {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: uriOf(arena.tree), name: 'tree' }],
      initializationOptions: { storageDirectory: arena.storage },
      capabilities: {
        workspace: {
          configuration: true,
          workspaceFolders: true,
          didChangeWatchedFiles: { dynamicRegistration: true },
        },
      },
      ...more,
    },
    2 * arena.limitMs,
  )
  wire.notify('initialized', {})
}

export async function stillAnswers(wire: Wire, arena: Arena): Promise<void> {
  const untilMs = performance.now() + 2 * arena.limitMs
  for (;;) {
    const { result } = await wire.request('lateral/search', { query: 'ledger of harbour dues' })
    if (result?.hits.length > 0) return
    if (performance.now() > untilMs) return arena.report('lost_answers', 'the tree is not found any more')
    await sleep(200)
  }
}
