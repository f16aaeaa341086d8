import { describe, expect, it } from 'vitest'
import { CancellationTokenSource, ErrorCodes, LSPErrorCodes, type ResponseError } from 'vscode-languageserver/node'
import { CancelledError } from '../../../server/src/base/errors.ts'
import { createLog, nullLog } from '../../../server/src/base/log.ts'
import { diskFull, queryError } from '../../../server/src/contract/errorCodes.ts'
import { guard } from '../../../server/src/lsp/dispatch.ts'
import { indexControlParams, relatedParams, searchParams } from '../../../server/src/lsp/params.ts'

const source = () => new CancellationTokenSource()

async function failure(run: (signal: AbortSignal) => Promise<unknown>, log = nullLog) {
  const error = await guard('lateral/test', log, source().token, run).then(
    () => undefined,
    (thrown: ResponseError) => thrown,
  )
  return error?.toJson()
}

describe('a guarded request', () => {
  it('keeps code and advice of an expected failure', async () => {
    const failed = await failure(() => Promise.reject(diskFull('/index')))
    expect(failed).toMatchObject({
      code: LSPErrorCodes.RequestFailed,
      data: { code: 'E_DISK_FULL', advice: diskFull('').advice },
    })
    expect(await failure(() => Promise.reject(queryError('Bad.', 4)))).toMatchObject({
      code: ErrorCodes.InvalidParams,
      data: { code: 'E_QUERY', column: 4 },
    })
  })

  it('logs a bug with its trace and answers without it', async () => {
    const lines: string[] = []
    const log = createLog('error', (_level, line) => lines.push(line))
    const failed = await failure(() => Promise.reject(new TypeError('x is undefined')), log)
    expect(failed).toMatchObject({ code: ErrorCodes.InternalError, data: { code: 'E_INTERNAL' } })
    expect(JSON.stringify(failed)).not.toContain('x is undefined')
    expect(lines.join()).toContain('dispatch.test.ts')
  })

  it('answers a cancelled request at once, though the work has not ended', async () => {
    const { token, cancel } = withCancel()
    const answer = guard('lateral/test', nullLog, token, () => new Promise(() => {}))
    cancel()
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
    expect(await failure(() => Promise.reject(new CancelledError()))).toMatchObject({
      code: LSPErrorCodes.RequestCancelled,
    })
  })

  it('passes cancellation on as an abort signal', async () => {
    const { token, cancel } = withCancel()
    let seen: AbortSignal | undefined
    const answer = guard('lateral/test', nullLog, token, async (signal) => {
      seen = signal
      return new Promise(() => {})
    })
    expect(seen?.aborted).toBe(false)
    cancel()
    expect(seen?.aborted).toBe(true)
    await expect(answer).rejects.toBeDefined()
  })
})

describe('parameters', () => {
  it.each([
    [searchParams, {}],
    [searchParams, { query: 1 }],
    [searchParams, { query: 'a', limit: 0 }],
    [searchParams, { query: 'a', space: 'other' }],
    [searchParams, null],
    [relatedParams, { uri: 'file:///a', line: -1 }],
    [relatedParams, { uri: 'file:///a' }],
    [indexControlParams, { folder: 3 }],
  ])('are refused where they are wrong (%#)', (schema, value) => {
    expect(schema.safeParse(value).success).toBe(false)
  })

  it('may be absent where nothing is required', () => {
    expect(indexControlParams.parse(null)).toEqual({})
    expect(indexControlParams.parse(undefined)).toEqual({})
    expect(searchParams.parse({ query: 'a' })).toEqual({ query: 'a' })
  })
})

function withCancel() {
  const cancellation = source()
  return { token: cancellation.token, cancel: () => cancellation.cancel() }
}
