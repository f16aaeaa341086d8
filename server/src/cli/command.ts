import type { ModelLibrary, ModelLibraryOptions } from '../engine/modelLibrary.ts'
import type { Engine, EngineOptions } from '../engine/types.ts'
import type { CliIo } from './io.ts'
import type { OptionName, RawOptions } from './options.ts'

/** `incomplete` only where `--require-complete` asks for it. */
export const EXIT = {
  hits: 0,
  none: 1,
  usage: 2,
  internal: 3,
  incomplete: 4,
  interrupted: 130,
  terminated: 143,
} as const

/** What the process gives to a command. */
export interface CliContext {
  io: CliIo
  createEngine(options: EngineOptions): Engine | Promise<Engine>
  createModelLibrary(options: ModelLibraryOptions): ModelLibrary | Promise<ModelLibrary>
  /** Unless `--storage` says otherwise. */
  storageDirectory: string
  modelsDirectory: string
  signal: AbortSignal
}

export interface Command {
  name: string
  /** One line of the overview. */
  summary: string
  /** Arguments as help shows them. */
  usage: string
  options: OptionName[]
  /** Further lines of the command's own help. */
  details?: string
  /** Resolves to the exit code. Throws AppError for expected failures, CancelledError after Ctrl+C. */
  run(positionals: string[], options: RawOptions, context: CliContext): Promise<number>
}
