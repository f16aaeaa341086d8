import { usageError } from '../contract/errorCodes.ts'
import type { Space } from '../contract/units.ts'

/** Every option once: how it is written, what it means, how its value is read. Commands pick theirs by name. */
export interface OptionSpec {
  short?: string
  /** Name of the value in help; absent for a switch. */
  value?: string
  multiple?: boolean
  help: string
}

export const OPTIONS = {
  limit: { short: 'k', value: 'N', help: 'Hits to show (default 10).' },
  explain: { help: 'Say why each hit is one: what its score is made of, and what the words of the query meet in it.' },
  json: { help: 'Print JSON, one object a line.' },
  space: { value: 'code|docs|all', help: 'What to search (default all).' },
  semantic: { help: 'By meaning only.' },
  lexical: { help: 'By words only.' },
  probes: { value: 'N', help: 'Index cells to look into for each word of the query.' },
  candidates: { value: 'N', help: 'Units to look at: one in four is estimated, one in 29 is scored in full.' },
  queries: { value: 'N', help: 'Questions to measure with (default 50).' },
  stdin: { help: 'Read queries from standard input, one a line.' },
  'no-update': { help: 'Answer from the index as it is; do not look for changed files first.' },
  'require-complete': {
    help: 'Exit with 4 where the answer may lack something: the index is still being built, or files could not be read.',
  },
  threads: { value: 'N', help: 'Encoder processes (default: one a core).' },
  'pool-factor': {
    value: '1..4',
    help: 'Merge token vectors that are alike until one in so many is left (default 1: all are kept).',
  },
  exclude: { value: 'GLOB', multiple: true, help: 'Leave these files out. May be repeated.' },
  model: {
    value: '[SPACE=]ID',
    multiple: true,
    help: 'An installed model to use, for code and docs or for one: code=ID.',
  },
  'model-dir': { value: 'DIR', help: 'An exported ColBERT model to use instead of the built-in one.' },
  accelerator: {
    value: 'NAME',
    help: 'What runs the models: cpu (default), cuda, coreml, directml, or wasm; the CPU where it does not work.',
  },
  all: { help: 'Every index, not one folder.' },
  gone: { help: 'Delete the indexes of all folders that do not exist any more.' },
  privacy: { help: 'What is read, written and opened: folders, programs, network, telemetry.' },
  storage: { value: 'DIR', help: "Where indexes are kept (default: the platform's data folder)." },
  yes: { short: 'y', help: 'Download without asking.' },
  force: { help: 'Remove a model that is in use.' },
  revision: { value: 'REV', help: 'Branch, tag or commit to take instead of the one agreed on before.' },
  id: { value: 'ID', help: 'Name of the imported model (default: that of the folder or archive).' },
  mirror: { value: 'URL', help: 'Server to download from (default: HF_ENDPOINT, or https://huggingface.co).' },
  proxy: { value: 'URL', help: 'Proxy (default: HTTPS_PROXY; NO_PROXY is honoured).' },
  'ca-file': { value: 'FILE', help: 'Certificate authorities to trust as well, in PEM form.' },
  help: { short: 'h', help: 'Show this help.' },
} satisfies Record<string, OptionSpec>

export type OptionName = keyof typeof OPTIONS

/** Of every command that opens an index. */
export const INDEX_OPTIONS = ['model', 'model-dir', 'pool-factor', 'accelerator', 'storage'] as const
/** Of every command that may bring one up to date. */
export const UPDATE_OPTIONS = ['threads', 'exclude', ...INDEX_OPTIONS] as const

/** Option values as `parseArgs` gives them. */
export type RawOptions = { [name in OptionName]?: string | boolean | (string | boolean)[] | undefined }

/** A whole number in bounds, or undefined where the option was not given. Throws E_USAGE. */
export function countOption(raw: RawOptions, name: OptionName, min: number, max: number): number | undefined {
  const text = raw[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (typeof text !== 'string' || !/^\d+$/.test(text) || value < min || value > max)
    throw usageError(`--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(text)}.`)
  return value
}

export function textOption(raw: RawOptions, name: OptionName): string | undefined {
  const value = raw[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') throw usageError(`--${name} needs a value.`)
  return value
}

export function textsOption(raw: RawOptions, name: OptionName): string[] {
  const value = raw[name]
  return Array.isArray(value) ? value.map(String) : []
}

/** Undefined stands for both spaces. */
export function spaceOption(raw: RawOptions): Space | undefined {
  const value = textOption(raw, 'space')
  if (value === undefined || value === 'all') return undefined
  if (value !== 'code' && value !== 'docs')
    throw usageError(`--space is code, docs or all, not ${JSON.stringify(value)}.`)
  return value
}

export function modeOption(raw: RawOptions): 'all' | 'semantic' | 'lexical' {
  if (raw.semantic && raw.lexical)
    throw usageError('--semantic and --lexical exclude each other; leave both out for both.')
  return raw.semantic ? 'semantic' : raw.lexical ? 'lexical' : 'all'
}
