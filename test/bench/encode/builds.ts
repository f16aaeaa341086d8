import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { defaultSettings, type Settings } from '../../../server/src/contract/settings.schema.ts'
import { createEngine } from '../../../server/src/engine/engine.ts'
import type { BuildReport, Engine } from '../../../server/src/engine/types.ts'
import { root } from '../corpus.ts'

/** Real builds with one model: engine, index thread, chunker and encoder processes as the product has them. */
export interface Builds {
  /** Indexes the folder from nothing, with encoder processes that are running already. */
  build(folder: string): Promise<BuildReport>
  dispose(): Promise<void>
}

export async function startBuilds(modelDirectory: string, threads: number): Promise<Builds> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'lateral-bench-builds-'))
  const engine = await createEngine({
    storageDirectory: path.join(work, 'indexes'),
    modelsDirectory: path.join(root, 'models'),
    bundleDirectory: path.join(root, 'server/dist'),
    log: nullLog,
  })
  const settings: Settings = {
    ...defaultSettings,
    'model.code': modelDirectory,
    'model.docs': modelDirectory,
    'index.threads': threads,
    // Rows are counted, and they shall be tokens.
    'index.poolFactor': 1,
  }
  const warmUp = await mkdtemp(path.join(work, 'warm-up-'))
  for (let i = 0; i < WARM_UP_FILES; i++) {
    await writeFile(path.join(warmUp, `${i}.ts`), `export function number${i}() {\n  return ${i}\n}\n`)
  }
  return {
    async build(folder) {
      await buildFolder(engine, warmUp, settings)
      return buildFolder(engine, folder, settings)
    },
    async dispose() {
      await engine.dispose()
      await rm(work, { recursive: true, force: true })
    },
  }
}

async function buildFolder(engine: Engine, folder: string, settings: Settings): Promise<BuildReport> {
  const opened = await engine.openFolder(folder, settings)
  try {
    const report = await opened.build()
    await opened.clear()
    return report
  } finally {
    await opened.close()
  }
}

/** Texts enough for every encoder process to start. */
const WARM_UP_FILES = 64
