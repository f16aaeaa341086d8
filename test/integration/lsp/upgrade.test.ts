import { afterEach, expect, it } from 'vitest'
import type { FolderStatus } from '../../../server/src/contract/requests.ts'
import { tableModel } from '../../support/tableModel.ts'
import { LspClient, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client?.stop()
  workspace?.remove()
})

const LONG_MS = 30_000

it('a model that is chosen takes over behind the searches, and the status says how far it is', async () => {
  workspace = temporaryWorkspace()
  const { folder, storageDirectory } = workspace
  client = await LspClient.start({ folders: [folder], storageDirectory })
  const { nUnits } = (await client.untilPhase('ready', LONG_MS)).folders[0]!

  const model = tableModel()
  await client.changeSettings({ model: { code: model, docs: model } })
  const told = () => client.sent('lateral/statusChanged').flatMap(({ folders }) => folders as FolderStatus[])
  const done = await until('the end of the upgrade', LONG_MS, async () => {
    const { folders } = await client.untilPhase('ready', LONG_MS)
    const isOther = folders[0]!.models.some(({ id }) => id === 'table24')
    return isOther && told().some(({ upgrade }) => upgrade) && !folders[0]!.upgrade ? folders[0] : undefined
  })
  expect(done).toMatchObject({ nUnits, nPendingFiles: 0 })
  const upgrading = told().filter(({ phase }) => phase === 'upgrading')
  expect(upgrading.length).toBeGreaterThan(0)
  expect(upgrading.every(({ upgrade, fraction }) => upgrade?.nUnits === nUnits && fraction === 1)).toBe(true)
}, 60_000)
