import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { LspClient, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

vi.setConfig({ testTimeout: 90_000 })

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client.stop()
  workspace.remove()
})

async function start(): Promise<void> {
  workspace = temporaryWorkspace()
  const { folder, storageDirectory } = workspace
  client = await LspClient.start({ folders: [folder], storageDirectory, settings: { logLevel: 'info' } })
  await client.untilPhase('ready')
}

/** What the last full build encoded, as the log says. */
const lastBuild = () =>
  client
    .sent('window/logMessage')
    .map(({ message }) => /index up to date .*?(\d+) removed, (\d+) units encoded/.exec(message))
    .filter((match) => match !== null)
    .at(-1)!
    .slice(1, 3)

describe('a workspace folder that is renamed away and comes back', () => {
  it('is named as gone, finds nothing meanwhile, and goes on by itself without encoding anything', async () => {
    await start()
    const away = `${workspace.folder}.away`
    renameSync(workspace.folder, away)
    const gone = await client.untilPhase('error')
    expect(gone.folders[0]!.error).toMatchObject({ code: 'E_FOLDER', advice: expect.stringMatching(/\.$/) })
    expect(await client.search('shippingCost')).toMatchObject({ hits: [], complete: false })
    renameSync(away, workspace.folder)
    await client.untilPhase('ready', 30_000)
    expect(lastBuild()).toEqual(['0', '0'])
    expect(await client.names('shippingCost')).toContain('shippingCost')
    workspace.write('src/geo.ts', 'export function greatCircleKm(angle: number): number {\n  return 12742 * angle\n}\n')
    await until('what is saved then', 20_000, async () =>
      (await client.names('greatCircleKm')).includes('greatCircleKm') ? true : undefined,
    )
  })
})

describe('a workspace folder whose path leads elsewhere', () => {
  it('is the other folder then, with an index of its own', async () => {
    await start()
    const away = `${workspace.folder}.away`
    const other = path.join(path.dirname(workspace.folder), 'other')
    mkdirSync(other)
    renameSync(workspace.folder, away)
    symlinkSync(other, workspace.folder)
    const told = () => client.sent('window/logMessage').map(({ message }) => message as string)
    await until(
      'the other one',
      20_000,
      async () => told().some((text) => /another folder now/.test(text)) || undefined,
    )
    await client.untilPhase('ready', 30_000)
    expect(await client.names('shippingCost')).toEqual([])
    rmSync(workspace.folder)
    renameSync(away, workspace.folder)
    await until('the hit', 30_000, async () =>
      (await client.names('shippingCost')).includes('shippingCost') ? true : undefined,
    )
    await client.untilPhase('ready', 30_000)
    expect(lastBuild()).toEqual(['0', '0'])
  })
})

describe('storage that is deleted under a server', () => {
  it('is made again with the next change', async () => {
    await start()
    rmSync(workspace.storageDirectory, { recursive: true })
    workspace.write('src/geo.ts', 'export function greatCircleKm(angle: number): number {\n  return 12742 * angle\n}\n')
    await until('what is saved then', 30_000, async () =>
      (await client.names('greatCircleKm')).includes('greatCircleKm') ? true : undefined,
    )
    await until('what was there before', 30_000, async () =>
      (await client.names('shippingCost')).includes('shippingCost') ? true : undefined,
    )
    expect(readdirSync(path.join(workspace.storageDirectory, 'indexes'))).toHaveLength(1)
  })
})
