import path from 'node:path'
import { onTestFinished } from 'vitest'
import { type Log, nullLog } from '../../server/src/base/log.ts'
import type { RpcClient } from '../../server/src/base/rpc.ts'
import { type Chunker, createChunker } from '../../server/src/chunk/chunker.ts'
import type { Space } from '../../server/src/contract/units.ts'
import type { EncodeOptions, Encoder } from '../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../server/src/encode/fakeEncoder.ts'
import { IndexSession } from '../../server/src/engine/indexSession.ts'
import { encodeQuestion } from '../../server/src/engine/queryRows.ts'
import { repositoryIdentity } from '../../server/src/engine/repositoryIdentity.ts'
import type { SessionHit, SessionMethods } from '../../server/src/engine/sessionProtocol.ts'
import { createTurns } from '../../server/src/engine/turns.ts'
import { readOrigin } from '../../server/src/index/siblings.ts'
import {
  type PipelineDeps,
  type PipelineOptions,
  type PipelineReport,
  type UpgradeReport,
  updateIndex,
  upgradeIndex,
} from '../../server/src/ingest/pipeline.ts'
import { temporaryFolder } from './temporaryFolder.ts'

export interface SessionHarness {
  readonly folder: string
  readonly directory: string
  readonly session: IndexSession
  /** The session's calls as they come from another thread: asynchronous. */
  readonly index: RpcClient<SessionMethods>
  /** Texts that were encoded so far. */
  readonly encoded: string[]
  update(options?: Partial<PipelineOptions> & { now?: () => number }): Promise<PipelineReport>
  /** The rest of a change of models. */
  upgrade(options?: Partial<PipelineOptions>): Promise<UpgradeReport>
  search(query: string, mode?: 'all' | 'semantic'): Promise<SessionHit[]>
  /** Units by path, line of the name and name, with their number in each file; sorted. */
  units(): string[]
  reopen(): void
}

export interface HarnessOptions {
  folder?: string
  directory?: string
  log?: Log
  chunker?: Chunker
  /** The device of the disk on which the folder was indexed before; what the index says of it where absent. */
  indexedDevice?: () => number | undefined
  /** Without models; one with 32 dimensions for both spaces where absent. */
  encoders?: Record<Space, Encoder>
  /** Models that those take over from. */
  previous?: Record<Space, Encoder>
  /** Version of the rules by which files are cut. */
  rules?: string
  /** Called before each batch of texts is encoded. */
  beforeEncode?: (texts: string[], options: EncodeOptions) => Promise<void> | void
  /** Called before each call of the index; what it throws is what the call fails with. */
  beforeCall?: (method: keyof SessionMethods) => void
}

/** The real chunker, pipeline and index in this process, with an encoder without a model. */
export async function createHarness(options: HarnessOptions = {}): Promise<SessionHarness> {
  const folder = options.folder ?? temporaryFolder()
  const directory = options.directory ?? path.join(temporaryFolder(), 'index')
  const chunker = options.chunker ?? (await createChunker({ grammarsDirectory: path.join(DIST, 'grammars') }))
  const encoded: string[] = []
  const watched = (fake: Encoder): Encoder => ({
    ...fake,
    async encodeDocuments(texts, encodeOptions) {
      await options.beforeEncode?.(texts, encodeOptions ?? {})
      const vectors = await fake.encodeDocuments(texts, encodeOptions)
      encoded.push(...texts)
      return vectors
    },
  })
  const one = createFakeEncoder()
  const watchedBoth = ({ code, docs }: Record<Space, Encoder>) => ({ code: watched(code), docs: watched(docs) })
  const encoders = watchedBoth(options.encoders ?? { code: one, docs: one })
  const session = new IndexSession(options.log ?? nullLog)
  const modelsOf = ({ code, docs }: Record<Space, Encoder>) => ({ code: modelOf(code), docs: modelOf(docs) })
  const models = modelsOf(encoders)
  const before = options.previous
  const previous = before && { models: modelsOf(before), isKept: false }
  const origin = { folder, repository: repositoryIdentity(folder) }
  const more = { ...(previous && { previous }), ...(options.rules !== undefined && { rules: options.rules }) }
  const open = () => session.open({ directory, kernelDirectory: DIST, models, origin, ...more })
  open()
  onTestFinished(async () => {
    session.close()
    await chunker.dispose()
  })
  const inTurn = createTurns()
  const index = asynchronous(session, options.beforeCall)
  const deps: PipelineDeps = {
    ...{ folder, index, chunker, encoders, log: nullLog, now: Date.now, inTurn },
    indexedDevice: options.indexedDevice ?? (() => readOrigin(directory)?.device),
    previous: () => (session.stats().nUnitsUpgraded === undefined ? undefined : before && watchedBoth(before)),
  }
  const scan = { useIgnoreFiles: true, exclude: [], maxFileSizeBytes: 1024 * 1024 }
  return {
    folder,
    directory,
    session,
    index,
    encoded,
    update: ({ now = Date.now, ...given } = {}) => updateIndex({ ...deps, now }, { scan, ...given }),
    upgrade: (given = {}) => upgradeIndex(deps, { scan, ...given }),
    async search(query, mode = 'all') {
      const rows = await encodeQuestion(encoders, query)
      const asked = { rows, ...(before && { previousRows: await encodeQuestion(before, query) }) }
      return session.search({ query, limit: 20, mode, withSignals: true, nIvfProbe: 8, nFullScores: 4096, ...asked })
    },
    units: () => unitsOf(session),
    reopen: open,
  }
}

const modelOf = ({ model: { id, dim, fingerprint } }: Encoder) => ({ id, dim, fingerprint })

/** What a thread border does: answers later, and copies. */
function asynchronous(session: IndexSession, beforeCall: HarnessOptions['beforeCall']): RpcClient<SessionMethods> {
  const methods = session as unknown as Record<string, (params: unknown) => unknown>
  return new Proxy({} as RpcClient<SessionMethods>, {
    get: (_, name) => async (params: unknown) => {
      await new Promise((resolve) => setImmediate(resolve))
      beforeCall?.(name as keyof SessionMethods)
      return structuredClone(methods[String(name)]!.call(session, structuredClone(params)))
    },
  })
}

function unitsOf(session: IndexSession): string[] {
  const found: string[] = []
  for (const row of session.files({})) {
    for (let line = 1, seen = ''; line <= 500; line++) {
      const unit = session.unitAt({ path: row.path, line })
      const key = unit ? `${unit.nameLine} ${unit.name}` : ''
      if (unit && key !== seen) found.push(`${row.path}:${key}`)
      seen = key
    }
    found.push(`${row.path} ${row.nUnits}`)
  }
  return found.sort()
}

const DIST = path.resolve(import.meta.dirname, '../../server/dist')
