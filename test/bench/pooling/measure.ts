import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { defaultSettings, type Settings } from '../../../server/src/contract/settings.schema.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { poolDocument } from '../../../server/src/encode/pooling.ts'
import { createEngine } from '../../../server/src/engine/engine.ts'
import { root } from '../corpus.ts'
import { evaluate, meanOfRepositories, type SearchedRepository } from '../quality/evaluate.ts'
import { openIndexes } from '../quality/indexedFolder.ts'
import type { JudgedRepository } from '../quality/judgements.ts'
import { ALL, SEMANTIC, SEMANTIC_WITH_SIGNALS } from '../quality/variants.ts'
import { percentile } from '../report.ts'

export type PoolFactor = Settings['index.poolFactor']

export interface Quality {
  all: number
  semanticWithSignals: number
  semantic: number
  /** Of all repositories together. */
  nVectors: number
  vectorBytes: number
}

/** NDCG@10 over judged repositories, indexed with documents pooled by `poolFactor`. */
export async function measureQuality(
  repositories: readonly JudgedRepository[],
  options: { storage: string; model: string; poolFactor: PoolFactor },
): Promise<Quality> {
  const { storage, poolFactor } = options
  const indexes = await openIndexes({ ...options, storage: path.join(storage, `factor-${poolFactor}`) })
  const searched: SearchedRepository[] = []
  let nVectors = 0
  let vectorBytes = 0
  try {
    for (const repository of repositories) {
      const texts = repository.queries.map(({ query }) => query)
      const found = await indexes.candidates(repository.folder, texts)
      searched.push({ ...repository, found: found.queries })
      nVectors += found.nTokens
      vectorBytes += found.vectorBytes
      console.error(`factor ${poolFactor}, ${repository.name}: ${found.nUnits} units, ${found.nTokens} vectors`)
    }
  } finally {
    await indexes.dispose()
  }
  const mean = (variant: typeof ALL) => meanOfRepositories(evaluate(searched, variant))
  const [all, semanticWithSignals, semantic] = [mean(ALL), mean(SEMANTIC_WITH_SIGNALS), mean(SEMANTIC)]
  return { all, semanticWithSignals, semantic, nVectors, vectorBytes }
}

export interface Cost {
  nUnits: number
  nVectors: number
  sizeBytes: number
  buildSeconds: number
  searchP50Ms: number
  searchP95Ms: number
}

/** A build of `folder` from nothing, then every query by meaning; the first tenth warms up and does not count. */
export async function measureCost(
  folder: string,
  queries: readonly string[],
  { model, poolFactor }: { model: string; poolFactor: PoolFactor },
): Promise<Cost> {
  const modelDirectory = path.resolve(root, 'models', model)
  const storageDirectory = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-'))
  const engine = await createEngine({
    storageDirectory,
    modelsDirectory: path.join(root, 'models'),
    log: nullLog,
    bundleDirectory: path.join(root, 'server/dist'),
  })
  try {
    const models = { 'model.code': modelDirectory, 'model.docs': modelDirectory }
    const opened = await engine.openFolder(folder, { ...defaultSettings, ...models, 'index.poolFactor': poolFactor })
    const built = await opened.build()
    const latenciesMs: number[] = []
    for (const [i, query] of queries.entries()) {
      const startedMs = performance.now()
      await opened.search(query, { mode: 'semantic' })
      if (i >= queries.length / 10) latenciesMs.push(performance.now() - startedMs)
    }
    return {
      nUnits: built.nUnits,
      nVectors: built.nTokens,
      sizeBytes: built.sizeBytes,
      buildSeconds: built.elapsedMs / 1000,
      searchP50Ms: percentile(latenciesMs, 0.5),
      searchP95Ms: percentile(latenciesMs, 0.95),
    }
  } finally {
    await engine.dispose()
    await rm(storageDirectory, { recursive: true, force: true })
  }
}

/** Milliseconds for these texts in one thread: of the model, and of pooling by each factor. */
export async function measurePooling(texts: string[], model: string, factors: readonly PoolFactor[]) {
  const encoder = await createInProcessEncoder({ modelDirectory: path.resolve(root, 'models', model) })
  try {
    const startedMs = performance.now()
    const rows = await encoder.encodeDocuments(texts)
    const encodeMs = performance.now() - startedMs
    const poolMs = new Map<PoolFactor, number>()
    for (const factor of factors) {
      const from = performance.now()
      for (const vectors of rows) poolDocument(vectors, factor)
      poolMs.set(factor, performance.now() - from)
    }
    return { encodeMs, poolMs }
  } finally {
    await encoder.dispose()
  }
}
