import * as z from 'zod'

/**
 * Every setting once: name, type, bounds, default, help and scope. `package.json`'s block and README's table are
 * generated from here. `scope` is VS Code's: who may set it and where it applies.
 */
const scope = (value: 'resource' | 'window' | 'machine' | 'machine-overridable') => ({ scope: value })

export const settingsSchema = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Index and search this folder. Off stops all work and watching.')
    .meta(scope('resource')),
  'index.maxFileSizeKb': z
    .number()
    .int()
    .min(16)
    .max(65536)
    .default(1024)
    .describe('Files above this size, in KB, are not indexed.')
    .meta(scope('resource')),
  'index.exclude': z
    .array(z.string())
    .default([])
    .describe('Globs of files to leave out, on top of ignore files.')
    .meta(scope('resource')),
  'index.useIgnoreFiles': z
    .boolean()
    .default(true)
    .describe('Leave out what `.gitignore` and `.lateralignore` files name.')
    .meta(scope('resource')),
  'index.nbits': z
    .literal([1, 2, 4])
    .default(4)
    .describe(
      'Bits for each dimension of a stored token vector. Fewer: a smaller index that finds less. An index keeps its own until it is rebuilt.',
    )
    .meta(scope('resource')),
  'index.poolFactor': z
    .literal([1, 2, 3, 4])
    .default(1)
    .describe(
      'Token vectors of a text that are much alike are merged until one in so many is left. More: a smaller index that finds less. A change encodes everything again.',
    )
    .meta(scope('resource')),
  'index.threads': z
    .number()
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('Encoder processes while indexing. 0: one a core.')
    .meta(scope('machine')),
  'index.memoryLimitMb': z
    .number()
    .int()
    .min(16)
    .max(4096)
    .default(1024)
    .describe(
      'Memory, in MB, that the vectors of a folder may take besides some 3 bytes a token. Those that searches have not wanted for the longest time are read from disk again.',
    )
    .meta(scope('resource')),
  'index.unusedLimitMb': z
    .number()
    .int()
    .min(0)
    .max(65536)
    .default(256)
    .describe(
      'Space, in MB, for text that is in no file right now (other branches, undone edits), so that it need not be encoded again when it is back.',
    )
    .meta(scope('resource')),
  'index.location': z
    .string()
    .default('')
    .describe("Folder for indexes. Empty: the user's data folder, shared with the command line.")
    .meta(scope('machine')),
  'search.nIvfProbe': z
    .number()
    .int()
    .min(1)
    .max(256)
    .default(8)
    .describe('PLAID cells probed for each query token. More finds more and takes longer.')
    .meta(scope('resource')),
  'search.nFullScores': z
    .number()
    .int()
    .min(64)
    .max(65536)
    .default(4096)
    .describe(
      'Candidates that searches look at: of as many, one in four is estimated from its likeliest tokens and one in 29 is scored in full. More finds more and takes longer.',
    )
    .meta(scope('resource')),
  'search.threads': z
    .number()
    .int()
    .min(0)
    .max(16)
    .default(0)
    .describe('Threads that score one search. 0: half of the cores, at most 4.')
    .meta(scope('machine')),
  'search.maxResults': z
    .number()
    .int()
    .min(5)
    .max(500)
    .default(50)
    .describe('Results in a list.')
    .meta(scope('resource')),
  'search.debounceMs': z
    .number()
    .int()
    .min(0)
    .max(2000)
    .default(100)
    .describe('Pause in typing, in ms, after which the quick pick searches.')
    .meta(scope('window')),
  'search.preview': z
    .boolean()
    .default(true)
    .describe('Show the file of the active result while moving in the quick pick.')
    .meta(scope('window')),
  'hover.enabled': z
    .boolean()
    .default(true)
    .describe('Show related code when hovering the name of a declaration.')
    .meta(scope('resource')),
  'model.code': z
    .string()
    .default('embedded')
    .describe('Model for code: `embedded`, the name of an installed one, or a folder with an exported ColBERT model.')
    .meta(scope('machine-overridable')),
  'model.docs': z
    .string()
    .default('embedded')
    .describe(
      'Model for documentation: `embedded`, the name of an installed one, or a folder with an exported ColBERT model.',
    )
    .meta(scope('machine-overridable')),
  'model.accelerator': z
    .enum(['cpu', 'cuda', 'coreml', 'directml', 'wasm'])
    .default('cpu')
    .describe(
      'What runs the models. An accelerator that does not work here is replaced by the CPU, and native code that cannot be loaded by WebAssembly, which is some six times slower; the index status says so.',
    )
    .meta(scope('machine')),
  'models.mirror': z
    .string()
    .default('')
    .describe('Server to download models from. Empty: `HF_ENDPOINT`, or https://huggingface.co.')
    .meta(scope('machine')),
  'models.caFile': z
    .string()
    .default('')
    .describe('PEM file with certificate authorities to trust when downloading models, on top of the usual ones.')
    .meta(scope('machine')),
  logLevel: z
    .enum(['off', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('What the server logs.')
    .meta(scope('window')),
})

export type Settings = z.infer<typeof settingsSchema>
export const defaultSettings: Settings = settingsSchema.parse({})

/**
 * Settings from an editor's nested object (`{ search: { nIvfProbe: 8 } }`) or a flat one. A value out of bounds falls
 * back to its default and is named in `problems`; unknown names are ignored.
 */
export function parseSettings(raw: unknown): { settings: Settings; problems: string[] } {
  const settings = { ...defaultSettings } as Record<string, unknown>
  const problems: string[] = []
  for (const [name, schema] of Object.entries(settingsSchema.shape)) {
    const value = lookUp(raw, name)
    if (value === undefined || value === null) continue
    const parsed = schema.safeParse(value)
    if (parsed.success) settings[name] = parsed.data
    else
      problems.push(
        `lateral.${name}: ${parsed.error.issues[0]?.message ?? 'invalid'}; using ${JSON.stringify(settings[name])}`,
      )
  }
  return { settings: settings as Settings, problems }
}

function lookUp(raw: unknown, name: string): unknown {
  if (typeof raw !== 'object' || raw === null) return undefined
  const flat = (raw as Record<string, unknown>)[name]
  if (flat !== undefined) return flat
  let at: unknown = raw
  for (const part of name.split('.'))
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined
  return at
}
