import path from 'node:path'
import { nullLog } from '../../../server/src/base/log.ts'
import { createEncoder, type PooledEncoder } from '../../../server/src/encode/encoderPool.ts'
import { EncodeStage } from '../../../server/src/ingest/encodeStage.ts'
import type { MissingDoc, SessionFile } from '../../../server/src/ingest/indexPort.ts'
import type { PipelineDeps } from '../../../server/src/ingest/pipeline.ts'
import { bodyText, contextText } from '../../../server/src/ingest/unitText.ts'
import { root } from '../corpus.ts'

/** The part of a build that encodes, as the product has it, with an index that only counts what it is given. */
export interface Stage {
  /** Tokens a second from the first text to the last vector, with encoder processes that are running already. */
  run(files: readonly SessionFile[]): Promise<number>
  dispose(): Promise<void>
}

export async function startStage(modelDirectory: string, threads: number): Promise<Stage> {
  const encoder = await createEncoder({
    modelDirectory,
    processFile: path.join(root, 'server/dist/encoderProcess.js'),
    threads,
    log: nullLog,
  })
  return {
    async run(files) {
      await encoder.encodeDocuments(Array.from({ length: WARM_UP_TEXTS }, (_, i) => `const number${i} = ${i}`))
      return tokensPerSecondOf(encoder, files)
    },
    dispose: () => encoder.dispose(),
  }
}

async function tokensPerSecondOf(encoder: PooledEncoder, files: readonly SessionFile[]): Promise<number> {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const deps = {
    index: countingIndex(),
    encoders: { code: encoder, docs: encoder },
    now: () => performance.now(),
  } as unknown as PipelineDeps
  const pending = files.map(({ path: file, units }) => ({ path: file, nUnits: units.length, mtimeMs: 0 }))
  const stage = new EncodeStage(deps, { scan: { useIgnoreFiles: false, exclude: [] } }, () => {})
  const { nTokensEncoded, encodeMs } = await stage.run(pending, (file) => byPath.get(file), false)
  return (nTokensEncoded / encodeMs) * 1000
}

/** Asks for every text once, as an index does that has none yet. */
function countingIndex() {
  const asked = new Set<string>()
  return {
    stats: async () => ({ needsTraining: false }),
    missingDocs: async ({ files }: { files: SessionFile[] }): Promise<MissingDoc[]> =>
      files.flatMap((file) => docsOf(file)).filter(({ text }) => !asked.has(text) && asked.add(text)),
    putVectors: async () => {},
    train: async () => false,
    commit: async () => {},
  }
}

function docsOf(file: SessionFile): MissingDoc[] {
  return file.units.flatMap((unit) => [
    { ...docOf(unit.space, bodyText(unit)), part: 'body' },
    { ...docOf(unit.space, contextText(file.path, unit)), part: 'context' },
  ])
}

/** Equal texts have equal keys, as in an index. */
const docOf = (space: MissingDoc['space'], text: string) => ({ space, key: text, text })

/** Enough for every encoder process to start. */
const WARM_UP_TEXTS = 64
