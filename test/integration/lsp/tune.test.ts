import { afterEach, describe, expect, it } from 'vitest'
import { CancellationTokenSource, LSPErrorCodes } from 'vscode-languageserver/node'
import { TuneRequest } from '../../../server/src/contract/requests.ts'
import { manyUnits } from '../../support/manyUnits.ts'
import { LspClient, toUri, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client?.stop()
  workspace?.remove()
})

async function start(nUnits: number): Promise<void> {
  workspace = temporaryWorkspace({ isEmpty: true })
  for (const [name, text] of Object.entries(manyUnits(nUnits))) workspace.write(name, text)
  const { folder, storageDirectory } = workspace
  const settings = { search: { nIvfProbe: 7 } }
  client = await LspClient.start({ folders: [folder], storageDirectory, settings })
  await client.untilPhase('ready', 60_000)
}

const progress = (token: unknown) =>
  client
    .sent('$/progress')
    .filter((sent) => sent.token === token)
    .map(({ value }) => value)

describe('lateral/tune', () => {
  it('measures, tells how far it is, and can be withdrawn', async () => {
    await start(1100)
    const reply = await client.request(TuneRequest, { nQueries: 4, workDoneToken: 'mine' })
    expect(reply).toMatchObject({
      uri: toUri(workspace.folder),
      name: 'workspace',
      nQueries: 4,
      current: { nIvfProbe: 7, nFullScores: 4096 },
    })
    expect(reply.measured).toContainEqual(expect.objectContaining(reply.current))
    expect(reply.measured).toContainEqual(expect.objectContaining(reply.recommended))
    const own = progress('mine')
    expect(own[0]).toMatchObject({ kind: 'begin', percentage: 0 })
    expect(own.map(({ percentage }) => percentage).slice(1, -1)).toEqual([0, 25, 50, 75, 100])
    expect(own.at(-1)).toMatchObject({ kind: 'end' })

    const cancellation = new CancellationTokenSource()
    const params = { nQueries: 1000, workDoneToken: 'other' }
    const answer = client.connection.sendRequest(TuneRequest.method, params, cancellation.token)
    answer.catch(() => {})
    await until('the first question', 10_000, async () => progress('other')[1])
    cancellation.cancel()
    await expect(answer).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
    await until('its end', 2000, async () => progress('other').find(({ kind }) => kind === 'end'))

    // Without a token of the client the server asks for a display, whose button withdraws the request.
    const nBefore = client.sent('$/progress').length
    const shown = client.request(TuneRequest, { nQueries: 1000 })
    shown.catch(() => {})
    const begun = await until('a display', 10_000, async () =>
      client
        .sent('$/progress')
        .slice(nBefore)
        .find(({ value }) => value.kind === 'report'),
    )
    expect(progress(begun.token)[0]).toMatchObject({ kind: 'begin', cancellable: true })
    await client.connection.sendNotification('window/workDoneProgress/cancel', { token: begun.token })
    await expect(shown).rejects.toMatchObject({ code: LSPErrorCodes.RequestCancelled })
    expect((await client.search('anything')).indexedFraction).toBe(1)
  }, 90_000)

  it('says why there is nothing to measure', async () => {
    await start(3)
    expect(await client.request(TuneRequest, {})).toMatchObject({
      measured: [],
      skipped: expect.stringMatching(/exact/),
    })
    await expect(client.request(TuneRequest, { folder: 'file:///elsewhere' })).rejects.toMatchObject({
      data: { code: 'E_INDEX_MISSING' },
    })
    await expect(client.request(TuneRequest, { nQueries: 0 })).rejects.toMatchObject({ data: { code: 'E_USAGE' } })
  })
})
