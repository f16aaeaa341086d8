import { AppError } from '../base/errors.ts'

/** The closed set of things that can go wrong for a user. Each factory gives the code, what happened and what to do. */
export const ERROR_CODES = [
  'E_USAGE',
  'E_QUERY',
  'E_FOLDER',
  'E_MODEL_MISSING',
  'E_MODEL_INVALID',
  'E_ORT_LOAD',
  'E_ENCODER_LOST',
  'E_INDEX_FORMAT',
  'E_INDEX_CORRUPT',
  'E_INDEX_MISSING',
  'E_LOCKED',
  'E_DISK_FULL',
  'E_NODE_FEATURE',
  'E_INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

type Failure = AppError<ErrorCode>
const failure = (code: ErrorCode, message: string, advice: string, cause?: unknown): Failure =>
  new AppError(code, message, advice, cause === undefined ? undefined : { cause })

export const usageError = (message: string): Failure =>
  failure('E_USAGE', message, 'Run "lateral --help" for the commands and their options.')

export const queryError = (message: string): Failure =>
  failure('E_QUERY', message, 'Correct the filter, or put the text in double quotes to search for it as it stands.')

export const folderUnreadable = (folder: string, cause?: unknown): Failure =>
  failure('E_FOLDER', `Cannot read the folder ${folder}.`, 'Check that it exists and that you may read it.', cause)

export const modelMissing = (folder: string, file: string): Failure =>
  failure(
    'E_MODEL_MISSING',
    `The model folder ${folder} has no ${file}.`,
    'Reinstall the extension, or choose another model.',
  )

export const modelInvalid = (file: string, problem: string, cause?: unknown): Failure =>
  failure(
    'E_MODEL_INVALID',
    `The model file ${file} cannot be used: ${problem}.`,
    'Export the model again, or choose another one.',
    cause,
  )

export const ortLoadFailed = (cause: unknown): Failure =>
  failure(
    'E_ORT_LOAD',
    `ONNX Runtime could not be loaded: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Install the package for your platform.',
    cause,
  )

export const encoderLost = (reason: string): Failure =>
  failure(
    'E_ENCODER_LOST',
    `An encoder process ended and did not come back (${reason}).`,
    'See the log, then run "Lateral: Rebuild Index".',
  )

export const indexFormatNewer = (found: number, supported: number): Failure =>
  failure(
    'E_INDEX_FORMAT',
    `The index was written in format ${found}; this version reads up to ${supported}.`,
    'Update Lateral, or clear the index to build it again.',
  )

export const indexCorrupt = (file: string, problem: string): Failure =>
  failure(
    'E_INDEX_CORRUPT',
    `The index file ${file} is damaged: ${problem}.`,
    'Run "lateral index" to rebuild what is damaged.',
  )

export const indexMissing = (folder: string): Failure =>
  failure('E_INDEX_MISSING', `${folder} has no index yet.`, 'Run "lateral index" on it first.')

export const indexLocked = (owner: string): Failure =>
  failure('E_LOCKED', `The index is being written by another process (${owner}).`, 'Wait for it to end, or stop it.')

export const diskFull = (where: string, cause?: unknown): Failure =>
  failure(
    'E_DISK_FULL',
    `The disk is full: ${where} could not be written.`,
    'Free some space and index again; nothing written so far is lost.',
    cause,
  )

export const nodeFeatureMissing = (feature: string): Failure =>
  failure('E_NODE_FEATURE', `This Node (${process.version}) has no ${feature}.`, 'Install Node 20 or newer.')
