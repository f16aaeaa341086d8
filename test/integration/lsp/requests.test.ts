import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CancellationTokenSource, ErrorCodes, LSPErrorCodes } from 'vscode-languageserver/node'
import { ExplainRequest, RelatedRequest, SearchRequest } from '../../../server/src/contract/requests.ts'
import { LspClient, toUri } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
beforeAll(async () => {
  workspace = temporaryWorkspace()
  client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
  await client.untilPhase('ready')
})
afterAll(async () => {
  await client?.stop()
  workspace?.remove()
})

const invoice = () => path.join(workspace.folder, 'src/billing/invoice.ts')

describe('initialize', () => {
  it('says who answers and what it can do', () => {
    expect(client.initializeResult).toMatchObject({
      serverInfo: { name: 'lateral' },
      capabilities: {
        positionEncoding: 'utf-16',
        hoverProvider: true,
        experimental: { lateral: { protocolVersion: 1 } },
      },
    })
  })
})

describe('lateral/search', () => {
  it('finds code by meaning, with places as people and as editors read them', async () => {
    const { hits, indexedFraction } = await client.search('price including tax')
    const hit = hits.find(({ name }) => name === 'grossTotal')
    expect(hits.slice(0, 3)).toContain(hit)
    expect(hit).toMatchObject({
      path: 'src/billing/invoice.ts',
      uri: toUri(invoice()),
      folder: 'workspace',
      nameLine: 8,
      kind: 'function',
      language: 'typescript',
    })
    expect(indexedFraction).toBe(1)
  })

  it('puts an exact name first, and sends lexical hits before the answer', async () => {
    const { partial, reply } = await client.searchInParts('verifyPassword')
    expect(reply.hits[0]?.name).toBe('verifyPassword')
    expect(partial.flat().map(({ name }) => name)).toContain('verifyPassword')
    expect(partial.flat()[0]?.uri).toMatch(/^file:/)
  })

  it('obeys limit and filters', async () => {
    expect((await client.request(SearchRequest, { query: 'password', limit: 1 })).hits).toHaveLength(1)
    const { hits } = await client.search('lang:python password')
    expect(hits.every(({ language }) => language === 'python')).toBe(true)
  })

  it('finds nothing in folders that are not open', async () => {
    expect((await client.request(SearchRequest, { query: 'password', folders: ['file:///elsewhere'] })).hits).toEqual(
      [],
    )
  })

  it('ends with RequestCancelled when it is withdrawn', async () => {
    const cancellation = new CancellationTokenSource()
    const answer = client.connection.sendRequest('lateral/search', { query: 'sign in' }, cancellation.token)
    cancellation.cancel()
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
  })

  it.each([{}, { query: 3 }, { query: 'a', limit: -1 }, null, []])('refuses bad parameters: %j', async (params) => {
    await expect(client.connection.sendRequest('lateral/search', params as object)).rejects.toMatchObject({
      code: ErrorCodes.InvalidParams,
      data: { code: 'E_USAGE' },
    })
  })

  it('explains a query it cannot read', async () => {
    await expect(client.search('kind:nonsense text')).rejects.toMatchObject({
      code: ErrorCodes.InvalidParams,
      data: { code: 'E_QUERY', advice: expect.stringMatching(/\.$/) },
    })
  })
})

describe('lateral/explain', () => {
  it('tells what the score of a hit is made of, and what its words meet', async () => {
    const query = 'price including tax'
    const { hits } = await client.search(query)
    const at = hits.findIndex(({ name }) => name === 'grossTotal')
    const { uri, startLine, endLine, name } = hits[at]!
    const { route, hits: explained } = await client.request(ExplainRequest, { query, uri, startLine, endLine, name })
    expect(route).toMatchObject({ name: 'mixed', reason: 'it has only 3 words' })
    const [hit] = explained
    expect(hit).toMatchObject({ path: 'src/billing/invoice.ts', name: 'grossTotal', rank: at + 1 })
    const added = hit!.signals.filter(({ effect }) => effect === 'adds').reduce((sum, { value }) => sum + value, 0)
    const factor = hit!.signals
      .filter(({ effect }) => effect === 'multiplies')
      .reduce((all, { value }) => all * value, 1)
    expect(hit!.score).toBeCloseTo(added * factor)
    const words = hit!.words.filter(({ word }) => word !== '')
    expect(words.map(({ word }) => word)).toEqual(['price', 'including', 'tax'])
    expect(words.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.001)
    const tax = words.at(-1)!
    expect(tax.tokens[0]!.text.toLowerCase()).toContain('tax')
    expect(tax.tokens[0]!.line).toBeGreaterThanOrEqual(startLine)
  })

  it('says so of a place that the search does not find, and of a file without an index', async () => {
    const place = { uri: toUri(invoice()), startLine: 1, endLine: 1 }
    const { hits } = await client.request(ExplainRequest, { query: 'kind:enum nothing', ...place })
    expect(hits[0]).not.toHaveProperty('rank')
    await expect(
      client.request(ExplainRequest, { query: 'x', ...place, uri: 'file:///gone.ts' }),
    ).rejects.toMatchObject({
      data: { code: 'E_INDEX_MISSING' },
    })
  })
})

describe('lateral/related', () => {
  it('finds other units like the one at a line', async () => {
    const { hits } = await client.request(RelatedRequest, { uri: toUri(invoice()), line: 8, limit: 3 })
    expect(hits.length).toBeGreaterThan(0)
    expect(hits.map(({ name }) => name)).not.toContain('grossTotal')
  })

  it('is empty for files it does not know', async () => {
    for (const uri of ['file:///elsewhere/a.ts', 'untitled:Untitled-1'])
      expect((await client.request(RelatedRequest, { uri, line: 0 })).hits).toEqual([])
  })
})

describe('textDocument/hover', () => {
  it('shows related code on the name of a declaration, and nothing beside it', async () => {
    const uri = await client.open(invoice(), readFileSync(invoice(), 'utf8'))
    const hover = await client.hover(uri, 7, 20)
    expect(hover).toMatchObject({
      contents: { kind: 'markdown', value: expect.stringContaining('**Related code**') },
      range: { start: { line: 7, character: 16 }, end: { line: 7, character: 26 } },
    })
    expect(hover.contents.value.split('\n').length).toBeLessThanOrEqual(5)
    expect(await client.hover(uri, 7, 2)).toBeNull()
    expect(await client.hover(uri, 8, 10)).toBeNull()
    expect(await client.hover(uri, 4000, 0)).toBeNull()
  })

  it('counts characters in UTF-16 units and copes with CRLF', async () => {
    const file = workspace.write(
      'src/unicode.ts',
      'export const x = 1\r\n/* 𝄞𝄞 */ function transpose(notes: string[]) {\r\n  return notes.map((note) => note + "#")\r\n}\r\n',
    )
    const uri = await client.open(file, readFileSync(file, 'utf8'))
    await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri } })
    await expect.poll(() => client.names('transpose notes'), { timeout: 3000 }).toContain('transpose')
    expect(await client.hover(uri, 1, 24)).toMatchObject({
      range: { start: { character: 20 }, end: { character: 29 } },
    })
  })

  it('is off by setting', async () => {
    const uri = toUri(invoice())
    await client.changeSettings({ hover: { enabled: false } })
    await expect.poll(() => client.hover(uri, 7, 20)).toBeNull()
    await client.changeSettings({})
    await expect.poll(() => client.hover(uri, 7, 20)).not.toBeNull()
  })
})

describe('unknown methods', () => {
  it('are refused without harm', async () => {
    await expect(client.connection.sendRequest('lateral/nonsense', {})).rejects.toMatchObject({
      code: ErrorCodes.MethodNotFound,
    })
    expect((await client.status()).folders).toHaveLength(1)
  })
})

describe('standard output', () => {
  it('carries messages and nothing else', () => {
    expect(client.strayOutput()).toBe('')
  })
})
