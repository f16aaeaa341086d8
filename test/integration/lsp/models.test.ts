import path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { CancellationTokenSource, LSPErrorCodes } from 'vscode-languageserver/node'
import {
  ModelDownloadRequest,
  ModelImportRequest,
  ModelListRequest,
  ModelPlanRequest,
  ModelRemoveRequest,
} from '../../../server/src/contract/requests.ts'
import { REPOSITORY, REVISION, stallAfter, startFakeHub } from '../../support/fakeHub.ts'
import { embeddedModel, embeddedModelFiles } from '../../support/modelFolders.ts'
import { LspClient, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client?.stop()
  workspace?.remove()
})

const files = embeddedModelFiles()
const network = { noProxy: ['127.0.0.1'] }
const wanted = { id: REPOSITORY, revision: REVISION, network }
const failure = (code: string) => ({ data: { code } })

async function start() {
  const hub = await startFakeHub(files)
  workspace = temporaryWorkspace()
  const { folder, storageDirectory } = workspace
  client = await LspClient.start({ folders: [folder], storageDirectory, settings: { models: { mirror: hub.url } } })
  return hub
}

describe('lateral/models', () => {
  it('plans, downloads what was planned with progress, and uses it', async () => {
    const hub = await start()
    await expect(client.request(ModelDownloadRequest, wanted)).rejects.toMatchObject(failure('E_USAGE'))
    const plan = await client.request(ModelPlanRequest, { id: REPOSITORY, network })
    expect(plan).toMatchObject({ revision: REVISION, isInstalled: false, endpoint: hub.url, licence: 'apache-2.0' })
    const other = { ...wanted, revision: 'main' }
    await expect(client.request(ModelDownloadRequest, other)).rejects.toMatchObject(failure('E_USAGE'))
    expect(hub.seenOf('/resolve/')).toEqual([])
    const { directory } = await client.request(ModelDownloadRequest, { ...wanted, workDoneToken: 'mine' })
    expect(directory).toBe(path.join(workspace.storageDirectory, 'models/someone--Small-Model'))
    const kinds = client.sent('$/progress').flatMap(({ token, value }) => (token === 'mine' ? [value.kind] : []))
    expect([kinds[0], kinds[1], kinds.at(-1)]).toEqual(['begin', 'report', 'end'])
    const { models } = await client.request(ModelListRequest, {})
    expect(models.find(({ id }) => id === REPOSITORY)).toMatchObject({ state: 'installed' })

    client.settings = { ...client.settings, model: { code: REPOSITORY } }
    await client.connection.sendNotification('workspace/didChangeConfiguration', { settings: null })
    await client.untilPhase('ready', 30_000)
    const removed = client.request(ModelRemoveRequest, { id: REPOSITORY })
    await expect(removed).rejects.toMatchObject(failure('E_MODEL_IN_USE'))
    expect((await client.request(ModelRemoveRequest, { id: REPOSITORY, force: true })).sizeBytes).toBeGreaterThan(10e6)
  })

  it('can be withdrawn, and goes on later', async () => {
    const hub = await start()
    await client.request(ModelPlanRequest, { id: REPOSITORY, network })
    hub.once('/blob/', stallAfter(2_000_000))
    const cancellation = new CancellationTokenSource()
    const answer = client.connection.sendRequest(ModelDownloadRequest.method, wanted, cancellation.token)
    answer.catch(() => {})
    await until('the large file', 10_000, async () => hub.seenOf('/blob/')[0])
    setTimeout(() => cancellation.cancel(), 200)
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
    await client.request(ModelDownloadRequest, wanted)
    expect(hub.seenOf('/blob/')[1]?.headers.range).toMatch(/^bytes=\d{4,}-$/)
  })

  it('imports a model from disk', async () => {
    await start()
    expect(await client.request(ModelImportRequest, { source: embeddedModel, id: 'mine' })).toMatchObject({
      id: 'mine',
    })
    const bad = client.request(ModelImportRequest, { source: workspace.folder, id: 'bad' })
    await expect(bad).rejects.toMatchObject(failure('E_MODEL_MISSING'))
  })
})

describe('lateral/status', () => {
  it('says that the accelerator of the settings does not work, and follows when they change', async () => {
    workspace = temporaryWorkspace()
    const { folder, storageDirectory } = workspace
    // Core ML exists on macOS alone, DirectML on Windows.
    const accelerator = process.platform === 'darwin' ? 'directml' : 'coreml'
    client = await LspClient.start({ folders: [folder], storageDirectory, settings: { model: { accelerator } } })
    const ready = await client.untilPhase('ready')
    expect(ready.folders[0]?.notes).toEqual([expect.stringMatching(/^Models run on the CPU because .+ It needs /)])
    await client.changeSettings({ model: { accelerator: 'cpu' } })
    await until('a status without notes', 15_000, async () => {
      const { folders } = await client.status()
      return folders[0]?.phase === 'ready' && folders[0].notes === undefined ? true : undefined
    })
  })
})
