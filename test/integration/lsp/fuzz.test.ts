import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ErrorCodes } from 'vscode-languageserver/node'
import { hostileText } from '../../support/hostileText.ts'
import { RawClient } from './rawClient.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: RawClient
beforeAll(async () => {
  workspace = temporaryWorkspace()
  client = new RawClient()
  await client.initialize(workspace.folder, workspace.storageDirectory)
  while ((await client.request('lateral/status', {})).result.folders[0].phase !== 'ready')
    await new Promise((resolve) => setTimeout(resolve, 50))
})
afterAll(async () => {
  client?.kill()
  workspace?.remove()
})

type Params = { [name: string]: unknown }

const uri = () => `file://${workspace.folder}/src/billing/invoice.ts`
const document = () => ({ uri: uri(), languageId: 'typescript', version: 1, text: 'export function a() {}\n' })
const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 4 } }

/** Good parameters of each method: the fuzz damages them in one place or more. Ids are such that no network is asked. */
const REQUESTS: Record<string, () => Params> = {
  'lateral/search': () => ({ query: 'price', limit: 5, space: 'code', folders: [`file://${workspace.folder}`] }),
  'lateral/explain': () => ({ query: 'price', uri: uri(), startLine: 1, endLine: 9, name: 'grossTotal' }),
  'lateral/related': () => ({ uri: uri(), line: 8, limit: 5 }),
  'lateral/status': () => ({ folder: 1 }),
  'lateral/tune': () => ({ folder: `file://${workspace.folder}`, nQueries: 1, workDoneToken: 'a' }),
  'lateral/index/build': () => ({ folder: `file://${workspace.folder}` }),
  'lateral/index/pause': () => ({ folder: 'file:///nowhere' }),
  'lateral/index/resume': () => ({ folder: `file://${workspace.folder}` }),
  'lateral/models/list': () => ({ x: {} }),
  'lateral/models/plan': () => ({ id: '..', network: { proxy: 'http://127.0.0.1:9', noProxy: ['a'] } }),
  'lateral/models/download': () => ({ id: '..', revision: 'x', workDoneToken: 1, network: { proxy: '' } }),
  'lateral/models/import': () => ({ source: '/nowhere', id: 'a/b' }),
  'lateral/models/remove': () => ({ id: 'no/such', force: true }),
  'textDocument/hover': () => ({ textDocument: { uri: uri() }, position: { line: 7, character: 18 } }),
  'textDocument/willSaveWaitUntil': () => ({ textDocument: { uri: uri() }, reason: 1 }),
}

const NOTIFICATIONS: Record<string, () => Params> = {
  'textDocument/didOpen': () => ({ textDocument: document() }),
  'textDocument/didChange': () => ({
    textDocument: { uri: uri(), version: 2 },
    contentChanges: [{ range, text: 'x' }, { text: 'whole' }],
  }),
  'textDocument/didSave': () => ({ textDocument: { uri: uri() } }),
  'textDocument/willSave': () => ({ textDocument: { uri: uri() }, reason: 1 }),
  'textDocument/didClose': () => ({ textDocument: { uri: uri() } }),
  'workspace/didChangeWatchedFiles': () => ({ changes: [{ uri: uri(), type: 2 }] }),
  'workspace/didChangeConfiguration': () => ({ settings: { lateral: { enabled: true } } }),
  'workspace/didChangeWorkspaceFolders': () => ({ event: { added: [], removed: [] } }),
  'window/workDoneProgress/cancel': () => ({ token: 'a' }),
  '$/progress': () => ({ token: 'a', value: {} }),
  '$/cancelRequest': () => ({ id: 100_000 }),
  '$/setTrace': () => ({ value: 'off' }),
  initialized: () => ({}),
  'no/such/notification': () => ({}),
}

const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...[null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e300, '', '\0', 'x', [], {}, [[]], '/', '..', '../..'],
    ...['file:///%ff', 'file:///a%00b', 'file://host/share', 'untitled:Untitled-1', 'git:/a?b', '1:', '://', 'a b:c'],
    ...[
      '__proto__',
      'constructor',
      'x'.repeat(100_000),
      'kind:nothing',
      'like:gone',
      '/(/',
      '"'.repeat(5000),
      '\ud800',
    ],
  ),
  hostileText,
  fc.jsonValue({ maxDepth: 2 }),
)

/** `value` with something in it replaced, taken away or added. */
function damaged(value: unknown, path: readonly number[], by: unknown): unknown {
  const [at, ...rest] = path
  if (at === undefined || typeof value !== 'object' || value === null || Object.keys(value).length === 0) return by
  const keys = Object.keys(value)
  const key = keys[at % (keys.length + 1)] ?? 'other'
  const entries = Object.entries(value).filter(([each]) => each !== key)
  const inner = (value as Params)[key]
  if (rest.length > 0 || by !== undefined) entries.push([key, damaged(inner, rest, by)])
  return Array.isArray(value) ? entries.map(([, each]) => each) : Object.fromEntries(entries)
}

const damage = fc.record({
  path: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
  by: fc.option(junk, { nil: undefined }),
})

/** The server is there, answers, and knows its folder. */
async function checkAlive(): Promise<void> {
  const { result } = await client.request('lateral/status', {})
  expect(result.folders.map(({ name }: { name: string }) => name)).toContain('workspace')
  expect((await client.request('lateral/search', { query: 'grossTotal' })).result.hits[0].name).toBe('grossTotal')
}

const bugsLogged = () =>
  client.received
    .filter(({ method }) => method === 'window/logMessage')
    .map(({ params }) => (params as { message: string }).message)
    .filter((message) => / failed(:| with message)|TypeError|Unhandled|RangeError|URIError|queue failed/.test(message))

it('answers every request with a result or a named error, whatever its parameters are', async () => {
  const method = fc.constantFrom(...Object.keys(REQUESTS))
  await fc.assert(
    fc.asyncProperty(method, fc.array(damage, { minLength: 0, maxLength: 2 }), async (method, damages) => {
      const params = damages.reduce<unknown>((good, { path, by }) => damaged(good, path, by), REQUESTS[method]!())
      const answer = await client.request(method, params)
      if (answer.error) {
        expect(answer.error.code, JSON.stringify(answer.error)).not.toBe(ErrorCodes.InternalError)
        expect(answer.error.data, method).toMatchObject({
          code: expect.stringMatching(/^E_/),
          advice: expect.any(String),
        })
      }
    }),
    { numRuns: 400, seed: SEED },
  )
  expect(bugsLogged()).toEqual([])
  await checkAlive()
}, 60_000)

it('lives through every notification', async () => {
  const method = fc.constantFrom(...Object.keys(NOTIFICATIONS))
  await fc.assert(
    fc.asyncProperty(method, fc.array(damage, { minLength: 0, maxLength: 2 }), async (method, damages) => {
      const params = damages.reduce<unknown>((good, { path, by }) => damaged(good, path, by), NOTIFICATIONS[method]!())
      client.notify(method, params)
    }),
    { numRuns: 400, seed: SEED },
  )
  await client.request('lateral/status', {})
  expect(bugsLogged()).toEqual([])
  // What of it was well-formed may have changed a document; the file itself is as it was.
  client.notify('textDocument/didClose', { textDocument: { uri: uri() } })
  await checkAlive()
  expect(readFileSync(new URL(uri()), 'utf8')).toContain('grossTotal')
}, 60_000)

it('lives through documents that were never opened, and positions that are not there', async () => {
  client.notify('textDocument/didChange', { textDocument: { uri: uri(), version: 3 }, contentChanges: [{ text: 'x' }] })
  client.notify('textDocument/didSave', { textDocument: { uri: 'untitled:1' } })
  client.notify('textDocument/didClose', { textDocument: { uri: uri() } })
  client.notify('textDocument/didOpen', { textDocument: document() })
  for (const line of [0, 1, 2, 99, 2 ** 31]) {
    const position = { line, character: 2 ** 31 - 1 }
    const change = { range: { start: position, end: { line: 0, character: 0 } }, text: '' }
    client.notify('textDocument/didChange', { textDocument: { uri: uri(), version: 2 }, contentChanges: [change] })
    expect(await client.request('textDocument/hover', { textDocument: { uri: uri() }, position })).toHaveProperty(
      'result',
    )
    expect(await client.request('lateral/related', { uri: uri(), line })).toHaveProperty('result')
  }
  client.notify('textDocument/didClose', { textDocument: { uri: uri() } })
  expect(bugsLogged()).toEqual([])
  await checkAlive()
})

/** Each run another; fast-check tells it, with the way to the smallest case, where something fails. */
const SEED = Number(process.env.FUZZ_SEED) || Date.now() % 2 ** 31
