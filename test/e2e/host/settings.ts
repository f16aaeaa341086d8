import assert from 'node:assert/strict'
import * as vscode from 'vscode'
import { names, search, status, until, untilReady } from './support.ts'

const change = (name: string, value: unknown) =>
  vscode.workspace.getConfiguration('lateral').update(name, value, vscode.ConfigurationTarget.Workspace)

describe('settings', () => {
  before(untilReady)

  it('limit the results as soon as they change', async () => {
    await change('search.maxResults', 5)
    await until('five results', 3000, async () => (await search('file')).hits.length === 5)
    await change('search.maxResults', undefined)
  })

  it('fall back where they make no sense', async () => {
    await change('search.maxResults', 'many')
    assert.ok((await search('file')).hits.length > 0)
    await change('search.maxResults', undefined)
  })

  it('turn everything off and on again', async () => {
    await change('enabled', false)
    await until('the server to go', 5000, async () =>
      status().then(
        () => false,
        () => true,
      ),
    )
    await change('enabled', undefined)
    await until('the server', 5000, async () =>
      status().then(
        () => true,
        () => false,
      ),
    )
    await untilReady()
    assert.ok((await names('shippingCost')).includes('shippingCost'))
  })
})
