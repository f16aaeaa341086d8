/**
 * An expected failure: something the user or the world did, with a code and one sentence of advice.
 * Bugs are plain `Error`s; cancellation is `CancelledError`. Neither is ever an `AppError`.
 * The closed set of codes and their factories live in `contract/errorCodes.ts`.
 */
export class AppError<Code extends string = string> extends Error {
  override readonly name = 'AppError'
  constructor(
    readonly code: Code,
    message: string,
    /** What the user can do next. One sentence, imperative. */
    readonly advice: string,
    options?: ErrorOptions & { column?: number },
  ) {
    super(message, options)
    this.column = options?.column
  }

  /** Where in the text that the user gave, 1-based, for errors about a place in it. */
  readonly column: number | undefined
}

/** A normal outcome, not a failure: the caller withdrew the request. Never logged. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  constructor() {
    super('Cancelled')
  }
}

/** True for our own cancellation and for the `AbortError` of Node's APIs. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && (error.name === 'CancelledError' || error.name === 'AbortError')
}

/** Plain-data form of any error, so that it survives a thread or process border. */
export interface SerializedError {
  name: string
  message: string
  stack?: string
  code?: string
  advice?: string
  column?: number
}

export function serializeError(error: unknown): SerializedError {
  if (error instanceof AppError) {
    const { message, code, advice, column } = error
    return { name: 'AppError', message, code, advice, ...(column !== undefined && { column }) }
  }
  if (error instanceof Error) {
    const code = (error as NodeJS.ErrnoException).code
    return {
      name: error.name,
      message: error.message,
      ...(error.stack && { stack: error.stack }),
      ...(typeof code === 'string' && { code }),
    }
  }
  return { name: 'Error', message: String(error) }
}

export function deserializeError(data: SerializedError): Error {
  if (data.name === 'AppError') {
    const place = data.column === undefined ? {} : { column: data.column }
    return new AppError(data.code ?? 'E_INTERNAL', data.message, data.advice ?? '', place)
  }
  if (data.name === 'CancelledError' || data.name === 'AbortError') return new CancelledError()
  const error = new Error(data.message)
  error.name = data.name
  if (data.stack) error.stack = data.stack
  if (data.code) (error as NodeJS.ErrnoException).code = data.code
  return error
}
