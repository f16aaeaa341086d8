import { AppError } from '../base/errors.ts'

/** The closed set of things that can go wrong for a user. Each factory gives the code, what happened and what to do. */
export const ERROR_CODES = [
  'E_USAGE',
  'E_QUERY',
  'E_GIT',
  'E_LIKE',
  'E_FOLDER',
  'E_MODEL_MISSING',
  'E_MODEL_INVALID',
  'E_MODEL_CHECKSUM',
  'E_MODEL_IN_USE',
  'E_DOWNLOAD_NETWORK',
  'E_DOWNLOAD_PROXY',
  'E_DOWNLOAD_TLS',
  'E_DOWNLOAD_DENIED',
  'E_DOWNLOAD_NOT_FOUND',
  'E_DOWNLOAD_SERVER',
  'E_ORT_LOAD',
  'E_ENCODER_LOST',
  'E_INDEX_FORMAT',
  'E_INDEX_CORRUPT',
  'E_INDEX_MISSING',
  'E_INDEX_LOST',
  'E_LOCKED',
  'E_DISK_FULL',
  'E_STORAGE',
  'E_NODE_FEATURE',
  'E_INSTALLATION',
  'E_OUTPUT',
  'E_INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

type Failure = AppError<ErrorCode>
const failure = (code: ErrorCode, message: string, advice: string, cause?: unknown): Failure =>
  new AppError(code, message, advice, cause === undefined ? undefined : { cause })

export const usageError = (message: string): Failure =>
  failure('E_USAGE', message, 'Run "lateral --help" for the commands and their options.')

/** About a place in a query, which the message names too. */
const atColumn = (code: ErrorCode, column: number, message: string, advice: string): Failure =>
  new AppError(code, message, advice, { column })

export const queryError = (message: string, column: number): Failure =>
  atColumn(
    'E_QUERY',
    column,
    message,
    'Correct the filter, or put the text in double quotes to search for it as it stands.',
  )

export const queryTooLong = (maxLength: number): Failure =>
  atColumn(
    'E_QUERY',
    maxLength + 1,
    `The query is longer than ${maxLength} characters.`,
    'Shorten it to what the code does, or to a line of the text that it holds.',
  )

export const regexTooSlow = (column: number): Failure =>
  atColumn(
    'E_QUERY',
    column,
    `The regular expression at column ${column} took too long on one file and was stopped.`,
    'Make it simpler: a repetition inside of a repetition, such as (a+)+, can take for ever.',
  )

export const globTooComplex = (column: number): Failure =>
  atColumn(
    'E_QUERY',
    column,
    `The glob at column ${column} takes too long to compare with all paths.`,
    'Make it shorter, or several filters of it: "file:a,b" means either.',
  )

export const gitUnavailable = (column: number, problem: string): Failure =>
  atColumn(
    'E_GIT',
    column,
    `The filter at column ${column} asks git, but ${problem}.`,
    'Leave the filter out, or search a folder in a git repository on a machine with git.',
  )

export const likeNotFound = (column: number, problem: string): Failure =>
  atColumn(
    'E_LIKE',
    column,
    `The place at column ${column} is not in the index: ${problem}.`,
    'Write like:path:line, like:path#Name or like:path#L10-L40, with a path that starts at the folder.',
  )

export const folderUnreadable = (folder: string, cause?: unknown): Failure =>
  failure('E_FOLDER', `Cannot read the folder ${folder}.`, 'Check that it exists and that you may read it.', cause)

export const currentFolderGone = (cause?: unknown): Failure =>
  failure('E_FOLDER', 'The current folder does not exist any more.', 'Change to another folder first.', cause)

export const folderNotMounted = (folder: string): Failure =>
  failure(
    'E_FOLDER',
    `The folder ${folder} is empty, and not on the disk on which it was indexed.`,
    'Mount that disk again; if the folder is to be empty, run "lateral clear" on it.',
  )

export const folderUnwritable = (folder: string, cause?: unknown): Failure =>
  failure('E_FOLDER', `Cannot write to the folder ${folder}.`, 'Check that you may write there.', cause)

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

export const modelNotInstalled = (id: string): Failure =>
  failure(
    'E_MODEL_MISSING',
    `The model ${id} is not installed.`,
    `Run "lateral models download ${id}", or choose another model.`,
  )

export const modelChecksum = (file: string, problem: string): Failure =>
  failure(
    'E_MODEL_CHECKSUM',
    `${file} is not the file that was agreed on: ${problem}.`,
    'Download the model again; if it happens twice, something between here and the server changes files.',
  )

export const modelInUse = (id: string, users: string): Failure =>
  failure(
    'E_MODEL_IN_USE',
    `The model ${id} is in use by ${users}.`,
    'Choose another model there first, or remove it all the same with "--force".',
  )

export const downloadNetwork = (host: string, problem: string, cause?: unknown): Failure =>
  failure(
    'E_DOWNLOAD_NETWORK',
    `The connection to ${host} failed: ${problem}.`,
    'Check the network and run the command again: it continues where it stopped.',
    cause,
  )

export const downloadProxy = (proxy: string, problem: string, cause?: unknown): Failure =>
  failure(
    'E_DOWNLOAD_PROXY',
    `The proxy ${proxy} cannot be used: ${problem}.`,
    'Check HTTPS_PROXY or the setting "http.proxy", with user name and password where it wants them.',
    cause,
  )

export const downloadTls = (host: string, problem: string, cause?: unknown): Failure =>
  failure(
    'E_DOWNLOAD_TLS',
    `The certificate of ${host} is not trusted: ${problem}.`,
    'If your network has a certificate authority of its own, name its PEM file in NODE_EXTRA_CA_CERTS.',
    cause,
  )

export const downloadDenied = (host: string, problem: string): Failure =>
  failure(
    'E_DOWNLOAD_DENIED',
    `${host} does not give this file away: ${problem}.`,
    "Accept the model's terms on its page if it has any, and put an access token in HF_TOKEN.",
  )

export const downloadNotFound = (url: string): Failure =>
  failure(
    'E_DOWNLOAD_NOT_FOUND',
    `There is no ${url}.`,
    'Check the name and the revision of the model; one that needs permission can look absent without HF_TOKEN.',
  )

export const downloadServer = (host: string, problem: string): Failure =>
  failure('E_DOWNLOAD_SERVER', `${host} cannot serve the file now: ${problem}.`, 'Try again later.')

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

export const indexLost = (reason: string): Failure =>
  failure(
    'E_INDEX_LOST',
    `The thread of the index ended and did not come back (${reason}).`,
    'See the log; "Lateral: Rebuild Index" makes the index again if it happens twice.',
  )

export const indexLocked = (owner: string): Failure =>
  failure('E_LOCKED', `The index is being written by another process (${owner}).`, 'Wait for it to end, or stop it.')

export const diskFull = (where: string, cause?: unknown): Failure =>
  failure(
    'E_DISK_FULL',
    `The disk is full: ${where} could not be written.`,
    'Free some space and run it again; nothing written so far is lost.',
    cause,
  )

/** The folder of an index, where it is gone, may not be written, or is no folder. */
export const storageUnusable = (where: string, problem: string, cause?: unknown): Failure =>
  failure(
    'E_STORAGE',
    `The index in ${where} cannot be written: ${problem}.`,
    'Check that folder and its disk, or keep indexes elsewhere: "--storage DIR", or the setting "lateral.index.location".',
    cause,
  )

export const diskTooSmall = (where: string, needed: string, free: string): Failure =>
  failure('E_DISK_FULL', `${where} needs ${needed} and has ${free} free.`, 'Free some space and run the command again.')

export const nodeFeatureMissing = (feature: string): Failure =>
  failure('E_NODE_FEATURE', `This Node (${process.version}) has no ${feature}.`, 'Install Node 20 or newer.')

export const installationBroken = (problem: string, cause?: unknown): Failure =>
  failure(
    'E_INSTALLATION',
    `A part of Lateral cannot be loaded: ${problem}.`,
    'Install Lateral again, for this platform and with all that belongs to it.',
    cause,
  )

export const outputLost = (cause: Error): Failure =>
  failure('E_OUTPUT', `Standard output cannot be written: ${cause.message}.`, 'Look where it goes.', cause)
