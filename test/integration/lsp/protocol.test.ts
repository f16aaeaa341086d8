import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { ErrorCodes } from 'vscode-languageserver/node'
import { type Answer, RawClient } from './rawClient.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace | undefined
let client: RawClient
afterEach(() => {
  client?.kill()
  workspace?.remove()
  workspace = undefined
})

async function started(): Promise<RawClient> {
  workspace = temporaryWorkspace({ isEmpty: true })
  client = new RawClient()
  await client.initialize(workspace.folder, workspace.storageDirectory)
  return client
}

/** 0 where the system does not tell. */
function peakMemoryMb(pid: number): number {
  if (process.platform !== 'linux') return 0
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1000
}

const codeOf = ({ error }: Answer) => error?.code

describe('a request out of its time', () => {
  it('before initialize is ServerNotInitialized, whatever it asks', async () => {
    client = new RawClient()
    for (const method of ['lateral/search', 'textDocument/hover', 'shutdown', 'no/such/method'])
      expect(codeOf(await client.request(method, { query: 'x' })), method).toBe(ErrorCodes.ServerNotInitialized)
    client.notify('textDocument/didOpen', { textDocument: {} })
    client.notify('initialized', {})
    expect(codeOf(await client.request('lateral/status', {}))).toBe(ErrorCodes.ServerNotInitialized)
  })

  it('is InvalidRequest where it is a second initialize, and the first stays', async () => {
    await started()
    expect(codeOf(await client.request('initialize', { capabilities: {} }))).toBe(ErrorCodes.InvalidRequest)
    expect((await client.request('lateral/status', {})).result.folders).toHaveLength(1)
  })

  it('after shutdown is InvalidRequest, and exit ends with 0', async () => {
    await started()
    expect(await client.request('shutdown')).toMatchObject({ result: null })
    for (const method of ['lateral/search', 'shutdown', 'initialize'])
      expect(codeOf(await client.request(method, { query: 'x' })), method).toBe(ErrorCodes.InvalidRequest)
    client.notify('exit')
    expect(await client.exited()).toBe(0)
  })

  it('exit without shutdown ends with 1, at any time', async () => {
    client = new RawClient()
    client.notify('exit')
    expect(await client.exited()).toBe(1)
  })
})

describe('parameters', () => {
  const METHODS = [
    'lateral/search',
    'lateral/explain',
    'lateral/related',
    'lateral/models/plan',
    'lateral/models/download',
    'lateral/models/import',
    'lateral/models/remove',
    'textDocument/hover',
  ]

  it('by position, or none where there must be some, are InvalidParams', async () => {
    await started()
    for (const method of METHODS)
      for (const params of [undefined, null, [], [{ query: 'x' }], 'text', 7, true, {}])
        expect(codeOf(await client.request(method, params)), `${method} ${JSON.stringify(params)}`).toBe(
          ErrorCodes.InvalidParams,
        )
    for (const method of ['lateral/status', 'lateral/tune', 'lateral/index/build', 'lateral/models/list'])
      expect(codeOf(await client.request(method, [])), method).toBe(ErrorCodes.InvalidParams)
    for (const params of [undefined, null, {}])
      expect((await client.request('lateral/status', params)).result.folders).toHaveLength(1)
  })

  it('of initialize are checked, and it may be tried again', async () => {
    client = new RawClient()
    for (const params of [undefined, [], 'x', {}, { capabilities: 7 }, { capabilities: {}, workspaceFolders: [7] }])
      expect(codeOf(await client.request('initialize', params)), JSON.stringify(params)).toBe(ErrorCodes.InvalidParams)
    for (const initializationOptions of [[]])
      expect(await client.request('initialize', { capabilities: {}, initializationOptions })).toHaveProperty('result')
  })

  it('of a long query are E_QUERY, with the column where it is too long', async () => {
    await started()
    const { error } = await client.request('lateral/search', { query: 'x'.repeat(1_000_000) })
    expect(error).toMatchObject({ code: ErrorCodes.InvalidParams, data: { code: 'E_QUERY', column: 10_001 } })
  })
})

describe('a message that is none', () => {
  it('is answered with the error that JSON-RPC has for it, and the next is read', async () => {
    await started()
    const bad: [string, number][] = [
      ['{"jsonrpc": "2.0", "id": 1, "method"', ErrorCodes.ParseError],
      ['', ErrorCodes.ParseError],
      ['\u0000', ErrorCodes.ParseError],
      ['null', ErrorCodes.InvalidRequest],
      ['7', ErrorCodes.InvalidRequest],
      ['[{"jsonrpc": "2.0", "id": 1, "method": "lateral/status"}]', ErrorCodes.InvalidRequest],
      ['{}', ErrorCodes.InvalidRequest],
      ['{"id": {}, "method": "lateral/status"}', ErrorCodes.InvalidRequest],
      ['{"id": 5, "method": 5}', ErrorCodes.InvalidRequest],
    ]
    for (const [body, code] of bad) {
      const answer = client.answer(({ error }) => error !== undefined)
      client.send(body)
      expect(codeOf(await answer), body).toBe(code)
    }
    client.notify('$/cancelRequest')
    client.notify('$/cancelRequest', [1])
    client.send({ jsonrpc: '2.0', id: 99, result: null })
    client.send({ jsonrpc: '2.0', id: null, error: { code: 1, message: 'x' } })
    expect(codeOf(await client.request('no/such/method', {}))).toBe(ErrorCodes.MethodNotFound)
    expect(codeOf(await client.request('no/such/method', [1, 2]))).toBe(ErrorCodes.MethodNotFound)
    expect((await client.request('lateral/status', {})).result.folders).toHaveLength(1)
  })

  it('may come in pieces, and several at once', async () => {
    await started()
    const frame = (id: number) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'lateral/status', params: {} })
      return `Content-Type: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    }
    const answers = [501, 502, 503].map((id) => client.answer((each) => each.id === id))
    const bytes = frame(501) + frame(502) + frame(503)
    for (let at = 0; at < bytes.length; at += 7) {
      client.write(bytes.slice(at, at + 7))
      if (at % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    for (const answer of answers) expect((await answer).result.folders).toHaveLength(1)
  })

  it.each([
    ['Content-Length: many\r\n\r\n{}'],
    ['Content-Length: -5\r\n\r\n{}'],
    ['Something: else\r\n\r\n{}'],
    ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ['x'.repeat(10_000)],
  ])('with a header that cannot be read ends the server with 1 and a reason: %#', async (bytes) => {
    client = new RawClient()
    const answer = client.answer(({ error }) => error !== undefined)
    client.write(bytes)
    expect((await answer).error).toMatchObject({
      code: ErrorCodes.ParseError,
      message: expect.stringMatching(/header/),
    })
    expect(await client.exited()).toBe(1)
    expect(client.errorOutput).toBe('')
  })

  it('that is too long is passed over, with the memory of no more than a piece of it', async () => {
    await started()
    const before = (await client.request('lateral/status', {})).result
    const peakBefore = peakMemoryMb(client.process.pid!)
    const answer = client.answer(({ error }) => error !== undefined, 30_000)
    const nMegabytes = 300
    client.write(`Content-Length: ${nMegabytes * 1_000_000}\r\n\r\n`)
    const megabyte = Buffer.alloc(1_000_000, 'x')
    for (let i = 0; i < nMegabytes; i++) {
      if (!client.process.stdin.write(megabyte))
        await new Promise((resolve) => client.process.stdin.once('drain', resolve))
    }
    expect((await answer).error).toMatchObject({
      code: ErrorCodes.InvalidRequest,
      message: expect.stringMatching(/long/),
    })
    expect((await client.request('lateral/status', {})).result.folders).toHaveLength(before.folders.length)
    expect(peakMemoryMb(client.process.pid!) - peakBefore).toBeLessThan(150)
  })
})
