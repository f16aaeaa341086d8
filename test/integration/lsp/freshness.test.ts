import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { LspClient, toUri, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

/** The product's promise: what is saved can be found this soon. */
const SEARCHABLE_MS = 2000
const HAVERSINE =
  'export function greatCircleKm(angle: number): number {\n  return 12742 * Math.asin(Math.sqrt(angle))\n}\n'

let workspace: Workspace
let client: LspClient
afterEach(async () => {
  await client.stop()
  workspace.remove()
})

async function start(options: { watches: boolean; settings?: Record<string, unknown> }): Promise<void> {
  workspace = temporaryWorkspace()
  const { folder, storageDirectory } = workspace
  client = await LspClient.start({ folders: [folder], storageDirectory, ...options })
}

const finds = (query: string, name: string) =>
  until(`"${name}"`, SEARCHABLE_MS, async () => (await client.names(query)).includes(name) || undefined)
const losesIt = (query: string, name: string) =>
  until(`"${name}" to go`, SEARCHABLE_MS, async () => !(await client.names(query)).includes(name) || undefined)

describe('with a client that watches files', () => {
  it('asks for a watch of each folder, and finds what the client reports', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const watchers = client
      .sent('client/registerCapability')
      .flatMap(({ registrations }) => registrations)
      .filter(({ method }) => method === 'workspace/didChangeWatchedFiles')
      .flatMap(({ registerOptions }) => registerOptions.watchers)
    expect(watchers).toEqual([{ globPattern: { baseUri: toUri(workspace.folder), pattern: '**/*' } }])

    const file = workspace.write('src/geo.ts', HAVERSINE)
    const report = (type: number) =>
      client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: toUri(file), type }] })
    await report(1)
    await finds('greatCircleKm', 'greatCircleKm')
    rmSync(file)
    await report(3)
    await losesIt('greatCircleKm', 'greatCircleKm')
  })

  it('follows files and folders whose names begin with two dots', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const names = ['..drafts.ts', '..old/geo.ts', '...'].map((name, i) => [name, `greatCircleKm${i}`] as const)
    for (const [name, unit] of names) {
      const file = workspace.write(name, HAVERSINE.replace('greatCircleKm', unit))
      const changes = [{ uri: toUri(file), type: 1 }]
      await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes })
      if (name !== '...') await finds(unit, unit)
    }
  })

  it('takes what lay in a deleted folder out, though only the folder is reported', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const directory = `${workspace.folder}/src/billing`
    rmSync(directory, { recursive: true })
    const changes = [{ uri: toUri(directory), type: 3 }]
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes })
    await losesIt('shippingCost', 'shippingCost')
  })

  it('follows an ignore file', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const file = workspace.write('.gitignore', 'billing/\n')
    const changes = [{ uri: toUri(file), type: 1 }]
    await client.connection.sendNotification('workspace/didChangeWatchedFiles', { changes })
    await losesIt('shippingCost', 'shippingCost')
  })

  it('follows the setting that leaves files out', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    await client.changeSettings({ index: { exclude: ['**/billing/**'] } })
    await losesIt('shippingCost', 'shippingCost')
    await client.changeSettings({})
    await finds('shippingCost', 'shippingCost')
  })

  it('finds what was saved, without any report', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const file = workspace.write('src/geo.ts', HAVERSINE)
    const uri = await client.open(file, HAVERSINE)
    await client.connection.sendNotification('textDocument/didSave', { textDocument: { uri } })
    await finds('greatCircleKm', 'greatCircleKm')
  })
})

describe('with a client that does not watch files', () => {
  it('watches by itself: new, changed and deleted files', async () => {
    await start({ watches: false })
    await client.untilPhase('ready')
    expect(client.sent('client/registerCapability').map(({ registrations }) => registrations[0].method)).toEqual([
      'workspace/didChangeConfiguration',
    ])
    const file = workspace.write('src/geo.ts', HAVERSINE)
    await finds('greatCircleKm', 'greatCircleKm')
    writeFileSync(file, HAVERSINE.replaceAll('greatCircleKm', 'orthodromeKm'))
    await finds('orthodromeKm', 'orthodromeKm')
    rmSync(file)
    await losesIt('orthodromeKm', 'orthodromeKm')
  })
})

describe('open documents', () => {
  it('are believed before the disk: deleted code is not found even before saving', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    expect(await client.names('shippingCost')).toContain('shippingCost')
    const file = `${workspace.folder}/src/billing/shipping.ts`
    const uri = await client.open(file, readFileSync(file, 'utf8'))
    await client.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version: 2 },
      contentChanges: [{ text: 'export const nothing = 1\n' }],
    })
    expect(await client.names('shippingCost')).not.toContain('shippingCost')
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } })
    expect(await client.names('shippingCost')).toContain('shippingCost')
  })
})

describe('the setting `enabled`', () => {
  it('closes and opens the folder, and leaves no watch', async () => {
    await start({ watches: true, settings: { enabled: false } })
    await client.untilPhase('off')
    expect(await client.names('shippingCost')).toEqual([])
    const watches = () =>
      client
        .sent('client/registerCapability')
        .filter(({ registrations }) => registrations[0].method.includes('Watched'))
    expect(watches()).toEqual([])

    await client.changeSettings({ enabled: true })
    await client.untilPhase('ready')
    expect(await client.names('shippingCost')).toContain('shippingCost')
    expect(watches()).toHaveLength(1)

    await client.changeSettings({ enabled: false })
    await client.untilPhase('off')
    expect(client.sent('client/unregisterCapability')).toHaveLength(1)
  })
})

describe('workspace folders', () => {
  it('come and go, each with its own status', async () => {
    await start({ watches: true })
    await client.untilPhase('ready')
    const other = temporaryWorkspace({ isEmpty: true })
    other.write('geo.ts', HAVERSINE)
    const folder = { uri: toUri(other.folder), name: 'other' }
    const change = (event: object) =>
      client.connection.sendNotification('workspace/didChangeWorkspaceFolders', { event })
    await change({ added: [folder], removed: [] })
    await finds('greatCircleKm', 'greatCircleKm')
    expect((await client.status()).folders.map(({ name }) => name)).toEqual(['workspace', 'other'])
    await change({ added: [], removed: [folder] })
    await losesIt('greatCircleKm', 'greatCircleKm')
    expect((await client.status()).folders).toHaveLength(1)
    other.remove()
  })
})
