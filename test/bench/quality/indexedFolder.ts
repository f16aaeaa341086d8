import { realpathSync } from 'node:fs'
import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { defaultSettings, type Settings } from '../../../server/src/contract/settings.schema.ts'
import type { Encoder } from '../../../server/src/encode/encoder.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { createEngine, indexDirectory } from '../../../server/src/engine/engine.ts'
import { IndexSession } from '../../../server/src/engine/indexSession.ts'
import type { BuildProgress, EngineFolder } from '../../../server/src/engine/types.ts'
import { parseQuery } from '../../../server/src/search/query.ts'
import { type Measured, measure } from '../../../server/src/search/rank.ts'
import { root } from '../corpus.ts'

/** Opens folders one after another and finds the candidates of questions, all in this process. */
export interface Indexes {
  /** Brings the folder's index up to date, opens it, and answers every question in one go. */
  candidates(folder: string, queries: readonly string[]): Promise<FolderCandidates>
  dispose(): Promise<void>
}

export interface FolderCandidates {
  nUnits: number
  /** Stored vectors, and the bytes of their files. */
  nTokens: number
  vectorBytes: number
  /** Parallel to the questions; undefined for one that is no query. */
  queries: (QueryCandidates | undefined)[]
}

export interface QueryCandidates {
  text: string
  /** By both lists, by the one of meaning, and by the one of words; from one encoded question. */
  both: Measured
  semantic: Measured
  lexical: Measured
}

export async function openIndexes(options: {
  storage: string
  model: string
  poolFactor?: Settings['index.poolFactor']
}): Promise<Indexes> {
  const { poolFactor = defaultSettings['index.poolFactor'] } = options
  const modelDirectory = path.resolve(root, 'models', options.model)
  const models = { 'model.code': modelDirectory, 'model.docs': modelDirectory }
  const settings: Settings = { ...defaultSettings, ...models, 'index.poolFactor': poolFactor }
  const bundleDirectory = path.join(root, 'server/dist')
  const engine = await createEngine({
    storageDirectory: options.storage,
    modelsDirectory: path.join(root, 'models'),
    log: nullLog,
    bundleDirectory,
  })
  const encoder = await createInProcessEncoder({ modelDirectory, poolFactor })
  const { id, fingerprint, dim } = encoder.model
  const model = { id, fingerprint, dim }
  return {
    async candidates(folder, queries) {
      const opened = await engine.openFolder(folder, settings)
      try {
        await build(opened)
      } finally {
        await opened.close()
      }
      const session = new IndexSession(nullLog)
      const directory = indexDirectory(options.storage, realpathSync(folder))
      const { nUnits, nTokens, vectorBytes } = session.open({
        directory,
        kernelDirectory: bundleDirectory,
        models: { code: model, docs: model },
      })
      try {
        const found: FolderCandidates['queries'] = []
        for (const query of queries) found.push(await candidatesOf(session, encoder, query))
        return { nUnits, nTokens, vectorBytes, queries: found }
      } finally {
        session.close()
      }
    },
    async dispose() {
      await encoder.dispose()
      await engine.dispose()
    },
  }
}

async function build(folder: EngineFolder): Promise<void> {
  const name = path.basename(folder.folder)
  let shownMs = Date.now()
  const onProgress = ({ phase, nUnitsDone, nUnits }: BuildProgress) => {
    if (Date.now() - shownMs < SHOW_EVERY_MS) return
    shownMs = Date.now()
    console.error(`  ${name}: ${phase}, ${nUnitsDone} of ${nUnits} units`)
  }
  await folder.build({ onProgress })
  // Where the folder was indexed with another model before, that one answers until then.
  await folder.upgrade({ onProgress })
}

async function candidatesOf(
  session: IndexSession,
  encoder: Encoder,
  query: string,
): Promise<QueryCandidates | undefined> {
  let text: string
  try {
    text = parseQuery(query).text
  } catch {
    return undefined
  }
  const rows = await encoder.encodeQuery(text)
  const { 'search.nIvfProbe': nIvfProbe, 'search.nFullScores': nFullScores } = defaultSettings
  const found = session.candidates({
    query,
    limit: LIMIT,
    mode: 'all',
    nIvfProbe,
    nFullScores,
    rows: { code: rows, docs: rows },
  })
  return {
    text,
    both: measure(found),
    semantic: measure({ ...found, lexical: [] }),
    lexical: measure({ ...found, semantic: [] }),
  }
}

/** As many as a list of results has; the numbers of candidates follow from it. */
export const LIMIT = defaultSettings['search.maxResults']
const SHOW_EVERY_MS = 3_000
