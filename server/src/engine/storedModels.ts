import path from 'node:path'
import * as z from 'zod'
import { readPlainFileSync, writeFileAtomicSync } from '../base/fsx.ts'
import type { Settings } from '../contract/settings.schema.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'

const modelSchema = z.object({
  /** As a setting names it. */
  name: z.string(),
  id: z.string(),
  fingerprint: z.string(),
  dim: z.number().int(),
})

export const MODELS_VERSION = 1 // 1: first

const schema = z.object({
  formatVersion: z.literal(MODELS_VERSION),
  poolFactor: z.literal([1, 2, 3, 4]),
  models: z.object({ code: modelSchema, docs: modelSchema }),
})

/** The models that every unit of an index had vectors of, when that was last so. */
export type StoredModels = z.infer<typeof schema>

/** What an index says of itself; undefined where it was never complete, or says nothing that is understood. */
export function readStoredModels(directory: string): StoredModels | undefined {
  try {
    return schema.parse(JSON.parse(readPlainFileSync(path.join(directory, FILE)).toString('utf8')))
  } catch {
    return undefined
  }
}

/** Replaces what the index says, where that differs. */
export function writeStoredModels(directory: string, stored: StoredModels): void {
  const text = `${JSON.stringify(stored, null, 1)}\n`
  const before = readStoredModels(directory)
  if (JSON.stringify(before) === JSON.stringify(stored)) return
  writeFileAtomicSync(path.join(directory, FILE), text, { overFolder: true })
}

/** The models that a folder was opened with. */
export function storedModels(settings: Settings, encoders: Record<Space, Encoder>): StoredModels {
  const modelOf = (space: Space) => {
    const { id, fingerprint, dim } = encoders[space].model
    return { name: settings[`model.${space}`], id, fingerprint, dim }
  }
  const models = { code: modelOf('code'), docs: modelOf('docs') }
  return { formatVersion: MODELS_VERSION, poolFactor: settings['index.poolFactor'], models }
}

const FILE = 'models.json'
