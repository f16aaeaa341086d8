import {
  type CancellationToken,
  type Connection,
  ErrorCodes,
  LSPErrorCodes,
  ResponseError,
} from 'vscode-languageserver/node'
import type { z } from 'zod'
import { raceAbort, throwIfAborted } from '../base/cancel.ts'
import { AppError, isCancelled } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { printable } from '../contract/printable.ts'
import type { ErrorData, RequestDefinition } from '../contract/requests.ts'
import { firstIssue } from './standardParams.ts'

export interface Handler<Params, Result, Session> {
  readonly definition: RequestDefinition<Params, Result>
  readonly params: z.ZodType<Params>
  run(session: Session, params: Params, signal: AbortSignal): Promise<Result>
}

/** Answers `handler`'s request: parameters checked, cancellation adapted, failures turned into responses, time logged. */
export function serve<Params, Result, Session>(
  connection: Connection,
  log: Log,
  session: Session,
  handler: Handler<Params, Result, Session>,
): void {
  const { method } = handler.definition
  connection.onRequest<unknown, ErrorData>(method, async (raw: unknown, token: CancellationToken) => {
    const parsed = handler.params.safeParse(raw)
    if (!parsed.success) throw invalidParams(parsed.error)
    return guard(method, log, token, (signal) => handler.run(session, parsed.data, signal))
  })
}

/** Runs one request; throws nothing but `ResponseError`, which the connection sends. Cancelled requests end at once. */
export async function guard<Result>(
  method: string,
  log: Log,
  token: CancellationToken,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const started = performance.now()
  const { signal, dispose } = toAbortSignal(token)
  try {
    throwIfAborted(signal)
    // The work may need a while to notice its signal; the client need not wait for that.
    return await raceAbort(run(signal), signal)
  } catch (error) {
    throw toResponseError(error, method, log)
  } finally {
    dispose()
    log.debug(`${method} ${(performance.now() - started).toFixed(0)} ms`)
  }
}

/** LSP's cancellation as the rest of the server knows it. */
export function toAbortSignal(token: CancellationToken): { signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  if (token.isCancellationRequested) controller.abort()
  const registration = token.onCancellationRequested(() => controller.abort())
  return { signal: controller.signal, dispose: () => registration.dispose() }
}

/** Expected failures keep their code and advice; bugs are logged with their trace and answered without it. */
export function toResponseError(error: unknown, method: string, log: Log): ResponseError<ErrorData> {
  if (isCancelled(error)) return new ResponseError(LSPErrorCodes.RequestCancelled, 'Cancelled')
  if (error instanceof AppError) {
    const status = USER_ERRORS.has(error.code) ? ErrorCodes.InvalidParams : LSPErrorCodes.RequestFailed
    const { code, column } = error
    const [message, advice] = [printable(error.message), printable(error.advice)]
    return new ResponseError(status, message, { code, advice, ...(column !== undefined && { column }) })
  }
  log.error(`${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
  return new ResponseError(ErrorCodes.InternalError, `${method} failed.`, {
    code: 'E_INTERNAL',
    advice: 'See the log for the cause.',
  })
}

function invalidParams(error: z.ZodError): ResponseError<ErrorData> {
  return new ResponseError(ErrorCodes.InvalidParams, `Invalid parameters: ${firstIssue(error)}`, {
    code: 'E_USAGE',
    advice: 'Send the parameters as the protocol describes them.',
  })
}

const USER_ERRORS = new Set(['E_USAGE', 'E_QUERY', 'E_GIT', 'E_LIKE'])
