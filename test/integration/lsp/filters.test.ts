import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ErrorCodes } from 'vscode-languageserver/node'
import { LspClient, toUri } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
beforeAll(async () => {
  workspace = temporaryWorkspace({ isEmpty: true })
  for (const name of ['web', 'api']) {
    mkdirSync(path.join(workspace.folder, name))
    workspace.write(`${name}/${name}Again.ts`, `export function ${name}Again() {\n  return hangUp(dial)\n}\n`)
    workspace.write(`${name}/retry.ts`, `export function ${name}Retry() {\n  return connect('${name}', backoff)\n}\n`)
  }
  const folders = ['web', 'api'].map((name) => path.join(workspace.folder, name))
  client = await LspClient.start({ folders, storageDirectory: workspace.storageDirectory })
  await client.untilPhase('ready')
})
afterAll(async () => {
  await client?.stop()
  workspace?.remove()
})

describe('a search of several folders', () => {
  const names = async (query: string) => (await client.names(query)).sort()

  it('narrows to those that are named', async () => {
    expect(await names('retry kind:function "connect"')).toEqual(['apiRetry', 'webRetry'])
    expect(await names('folder:web retry "connect"')).toEqual(['webRetry'])
    expect(await names('-folder:web retry "connect"')).toEqual(['apiRetry'])
    await expect(client.search('retry repo:nowhere')).rejects.toMatchObject({
      message: expect.stringContaining('"nowhere" at column 12'),
      data: { code: 'E_QUERY' },
    })
  })

  it('finds what is like a place, in the folder that has it', async () => {
    expect(await client.names('like:webAgain.ts:2')).toEqual(['webRetry'])
    expect(await client.names('like:retry.ts folder:api')).toEqual(['apiAgain'])
    await expect(client.search('more like:gone.ts')).rejects.toMatchObject({
      code: ErrorCodes.InvalidParams,
      data: { code: 'E_LIKE', column: 11 },
    })
  })

  it('knows open and unsaved files', async () => {
    const file = path.join(workspace.folder, 'web/webAgain.ts')
    await client.open(file, readFileSync(file, 'utf8'))
    expect(await names('is:open')).toEqual(['webAgain'])
    expect(await names('is:unsaved')).toEqual([])
    expect(await names('dial -is:open')).not.toContain('webAgain')
  })

  it('looks for texts and expressions in unsaved text, too', async () => {
    expect(await names('"return connect"')).toEqual(['apiRetry', 'webRetry'])
    expect(await names("/connect\\('web'/")).toEqual(['webRetry'])
    expect(await client.search('retry -"connect" file:retry.ts')).toMatchObject({ hits: [] })
    const file = path.join(workspace.folder, 'api/retry.ts')
    await client.open(file, "export function apiRetry() {\n  return connect('web', backoff)\n}\n")
    expect(await names("/connect\\('web'/")).toEqual(['apiRetry', 'webRetry'])
  })

  it('refuses an expression that never ends, and answers the next query', async () => {
    writeFileSync(path.join(workspace.folder, 'web/retry.ts'), `export const long = '${'a'.repeat(60)}!'\n`)
    await client.connection.sendNotification('textDocument/didSave', {
      textDocument: { uri: toUri(path.join(workspace.folder, 'web/retry.ts')) },
    })
    await expect(client.search("folder:web /long = '(a|aa)+;/")).rejects.toMatchObject({ data: { code: 'E_QUERY' } })
    expect(await names('folder:api retry "connect"')).toEqual(['apiRetry'])
  })

  it.skipIf(spawnSync('git', ['--version']).status !== 0)('asks git where there is a repository', async () => {
    await expect(client.search('retry is:changed')).rejects.toMatchObject({ data: { code: 'E_GIT' } })
    execFileSync('git', ['init', '--quiet'], { cwd: path.join(workspace.folder, 'api') })
    await new Promise((resolve) => setTimeout(resolve, 2100))
    expect(await client.search('retry is:changed file:retry.ts')).toMatchObject({ hits: [{ name: 'apiRetry' }] })
  })
})
