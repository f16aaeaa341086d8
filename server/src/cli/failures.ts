import { AppError, isCancelled } from '../base/errors.ts'
import { type ErrorCode, installationBroken } from '../contract/errorCodes.ts'
import { traceLines } from '../contract/printable.ts'
import { EXIT } from './command.ts'
import type { CliIo } from './io.ts'

/** Tells people what happened and what to do; a trace only with LATERAL_DEBUG=1. Returns the exit code. */
export function reportFailure(given: unknown, io: CliIo): number {
  const error = named(given)
  if (isCancelled(error)) {
    io.err('Stopped. What was indexed is kept: the next run continues from here.')
    return EXIT.interrupted
  }
  if (io.env.LATERAL_DEBUG === '1' && error instanceof Error && error.stack) io.err(...traceLines(error.stack))
  if (error instanceof AppError) {
    io.err(error.message)
    io.err(error.advice)
    return INPUT_ERRORS.has(error.code) ? EXIT.usage : EXIT.internal
  }
  io.err(`Internal error: ${error instanceof Error ? error.message : String(error)}`)
  io.err('Run it again with LATERAL_DEBUG=1 for the details, and please report them.')
  return EXIT.internal
}

/** A file of ours that is not there is no bug, wherever it was missed. */
function named(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof AppError) return error
  const problem = NOT_LOADED.exec(error.message)?.[0]
  return problem === undefined ? error : installationBroken(problem, error)
}

const NOT_LOADED = /Cannot find (?:module|package) \S+/

/** Codes that mean: change what you asked for. The others are the machine's or ours. */
const INPUT_ERRORS: ReadonlySet<string> = new Set<ErrorCode>([
  'E_USAGE',
  'E_QUERY',
  'E_GIT',
  'E_LIKE',
  'E_FOLDER',
  'E_STORAGE',
  'E_INDEX_MISSING',
  'E_MODEL_MISSING',
  'E_MODEL_INVALID',
  'E_MODEL_IN_USE',
  'E_DOWNLOAD_DENIED',
  'E_DOWNLOAD_NOT_FOUND',
])
