import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { FolderStatus, SearchReply } from '../../../server/src/contract/requests.ts'
import { LspClient, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

// Each command is a process of its own.
vi.setConfig({ testTimeout: 90_000 })

const CLI = path.resolve(import.meta.dirname, '../../../server/dist/cli.js')

let workspace: Workspace
const clients: LspClient[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const client of clients.splice(0)) {
    if (client.process.exitCode === null && client.process.signalCode === null) await client.stop()
  }
  workspace.remove()
})

async function server(): Promise<LspClient> {
  const { folder, storageDirectory } = workspace
  const client = await LspClient.start({ folders: [folder], storageDirectory })
  clients.push(client)
  return client
}

/** The command line with a build too long for this test, once it writes. */
async function indexing(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [CLI, 'index', ...where(), '--threads', '1'], { stdio: 'ignore' })
  children.push(child)
  const owner = path.join(workspace.storageDirectory, 'indexes')
  await until('the writer', 10_000, async () => (lockFiles(owner) ? true : undefined))
  return child
}

const where = () => [workspace.folder, '--storage', workspace.storageDirectory]

function lateral(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args, '--storage', workspace.storageDirectory], { stdio: 'pipe' })
  children.push(child)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => (out += chunk))
  child.stderr.on('data', (chunk) => (err += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

const folderOf = async (client: LspClient): Promise<FolderStatus> => (await client.status()).folders[0]!
const phases = (client: LspClient): string[] =>
  client.sent('lateral/statusChanged').map(({ folders }) => folders[0].phase)

describe('a server that starts while the command line indexes', () => {
  it('searches what that has written, takes over when it is killed, and brings the index up to date', async () => {
    workspace = manyFiles(2500)
    const writer = await indexing()
    const client = await server()
    const following = await until('following', 10_000, async () => {
      const state = await folderOf(client)
      return state.phase === 'following' ? state : undefined
    })
    expect(following.writer).toBe(`process ${writer.pid}`)
    expect(following.error).toBeUndefined()
    const reply = await until<SearchReply>('a hit', 20_000, async () => {
      const found = await client.search('padPart3')
      return found.hits.some(({ name }) => name === 'padPart3') ? found : undefined
    })
    expect(reply).toMatchObject({ complete: false })
    expect(reply.indexedFraction).toBeLessThan(1)

    workspace.write('src/late.ts', 'export function lateComer(delay: number): number {\n  return delay + 1\n}\n')
    writer.kill('SIGKILL')
    await client.untilPhase('ready', 60_000)
    expect((await folderOf(client)).writer).toBeUndefined()
    expect(await client.names('lateComer')).toContain('lateComer')
    expect(await client.search('padPart2499')).toMatchObject({ complete: true, indexedFraction: 1 })
    expect(phases(client)).not.toContain('error')
  })
})

describe('the command line beside a server that writes', () => {
  it('answers a search and a status, and is told who writes the index', async () => {
    workspace = temporaryWorkspace()
    const client = await server()
    await client.untilPhase('ready')
    const search = await lateral('search', 'shippingCost', workspace.folder, '--json')
    expect(search).toMatchObject({ code: 0 })
    expect(JSON.parse(search.out)).toMatchObject({ complete: true })
    expect(JSON.parse(search.out).hits[0].name).toBe('shippingCost')
    const status = await lateral('status', workspace.folder, '--json')
    expect(JSON.parse(status.out)).toMatchObject({ phase: 'following', writer: `process ${client.process.pid}` })
    const index = await lateral('index', workspace.folder)
    expect(index.code).toBe(3)
    expect(index.err).toContain(`process ${client.process.pid}`)
  })
})

describe('three servers on one folder', () => {
  it('have one writer; when it is killed another becomes it, and what is saved then is found by both', async () => {
    workspace = temporaryWorkspace()
    const first = await server()
    await first.untilPhase('ready')
    const others = [await server(), await server()]
    for (const client of others) {
      await client.untilPhase('following')
      expect(await client.names('shippingCost')).toContain('shippingCost')
    }
    const exited = once(first.process, 'exit')
    first.process.kill('SIGKILL')
    await exited
    const writer = await until('another writer', 20_000, async () => {
      for (const client of others) if ((await folderOf(client)).phase === 'ready') return client
      return undefined
    })
    const follower = others.find((client) => client !== writer)!
    workspace.write('src/geo.ts', 'export function greatCircleKm(angle: number): number {\n  return 12742 * angle\n}\n')
    for (const client of others) {
      await until('what was saved', 10_000, async () =>
        (await client.names('greatCircleKm')).includes('greatCircleKm') ? true : undefined,
      )
    }
    await until('the new writer to be named', 10_000, async () =>
      (await folderOf(follower)).writer === `process ${writer.process.pid}` ? true : undefined,
    )
    expect(phases(follower)).not.toContain('error')
  })
})

function lockFiles(indexes: string): boolean {
  try {
    return readdirSync(indexes).some((name) => existsSync(path.join(indexes, name, 'writer.pid')))
  } catch {
    return false
  }
}

/** Small files that all differ, so that no vector can be reused. */
function manyFiles(nFiles: number): Workspace {
  const many = temporaryWorkspace({ isEmpty: true })
  for (let i = 0; i < nFiles; i++) {
    many.write(
      `src/part${i % 20}/module${i}.ts`,
      `export function padPart${i}(value: string, width: number): string {
  const missing = Math.max(0, width - value.length - ${i})
  return value + ' '.repeat(missing) + '${(i * 7919).toString(36)}'
}
`,
    )
  }
  return many
}
