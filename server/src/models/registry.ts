import { usageError } from '../contract/errorCodes.ts'
import type { Space } from '../contract/units.ts'
import { isModelId } from './modelId.ts'
import type { ModelFile } from './types.ts'

/** A model of the hub that Lateral knows by name. What is not written here is asked of the hub, never guessed. */
export interface KnownModel {
  id: string
  repository: string
  spaces: Space[]
  summary: string
  /** Length of a vector, where it has been read from the model's own files. */
  dim?: number
  /** Together fixed by a release of Lateral; absent, the user's first yes fixes them (see models/README.md). */
  pinned?: { revision: string; files: ModelFile[] }
}

/** The files that encoding needs. Others of a repository are left where they are. */
export const REQUIRED_FILES = ['onnx_config.json', 'tokenizer.json', 'model_int8.onnx'] as const

/** Where exporters put weights that are too large for the graph's own file: PyTorch's name for it, Optimum's name. */
export const weightsBeside = (graph: string): string[] => [`${graph}.data`, `${graph}_data`]

/**
 * The known model of this id; for any other `owner/name` a nameless entry that takes the same files from that
 * repository. Throws E_USAGE for what cannot be a repository.
 */
export function knownModel(id: string): KnownModel {
  const known = KNOWN_MODELS.find((model) => model.id === id)
  if (known) return known
  if (!isModelId(id) || !id.includes('/'))
    throw usageError(`There is no model ${JSON.stringify(id)} to download: name one of the list, or owner/name.`)
  return { id, repository: id, spaces: ['code', 'docs'], summary: 'not on the list' }
}

const known = (id: string, space: Space, summary: string, dim?: number): KnownModel => ({
  id,
  repository: id,
  spaces: [space],
  summary,
  ...(dim !== undefined && { dim }),
})

export const KNOWN_MODELS: readonly KnownModel[] = [
  known('lightonai/LateOn-Code', 'code', 'best for code', 128),
  known('lightonai/LateOn-Code-edge', 'code', 'light, for code'),
  known('lightonai/GTE-ModernColBERT-v1', 'docs', 'best for documentation', 128),
  known('lightonai/mxbai-edge-colbert-v0-32m-onnx', 'docs', 'light, for documentation', 64),
  known('lightonai/answerai-colbert-small-v1-onnx', 'docs', 'light, for documentation', 96),
]
