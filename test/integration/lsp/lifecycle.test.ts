import { spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import {
  IndexBuildRequest,
  IndexPauseRequest,
  IndexRebuildRequest,
  IndexResumeRequest,
} from '../../../server/src/contract/requests.ts'
import { LspClient, until } from './client.ts'
import { temporaryWorkspace, type Workspace } from './workspace.ts'

let workspace: Workspace | undefined
let client: LspClient | undefined
afterEach(async () => {
  if (client?.process.exitCode === null) client.process.kill()
  workspace?.remove()
})

describe('starting and ending', () => {
  it('answers initialize before it does anything else', async () => {
    workspace = temporaryWorkspace()
    const startedAt = performance.now()
    client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
    // The answer itself takes a few milliseconds; the rest is Node's own start on a machine that may be busy.
    expect(performance.now() - startedAt).toBeLessThan(1500)
  })

  it('never lets a search before the first index look like an empty workspace', async () => {
    workspace = temporaryWorkspace()
    client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
    const running = client
    const found = await until('hits', 10_000, async () => {
      const reply = await running.search('shippingCost')
      if (reply.hits.length === 0) expect(reply.indexedFraction).toBeLessThan(1)
      return reply.hits[0]
    })
    expect(found.name).toBe('shippingCost')
    await running.stop()
  })

  it('ends cleanly on shutdown and exit, also in the middle of a build', async () => {
    workspace = bigWorkspace(200)
    client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
    await until('work', 10_000, async () => (await client!.status()).folders[0]?.phase === 'indexing' || undefined)
    expect(await client.stop()).toBe(0)
    expect(client.strayOutput()).toBe('')
  })

  it('ends when its client is gone', async () => {
    workspace = temporaryWorkspace()
    const parent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    client = await LspClient.start({
      folders: [workspace.folder],
      storageDirectory: workspace.storageDirectory,
      processId: parent.pid!,
    })
    await client.untilPhase('ready')
    const exited = client.exited()
    parent.kill()
    expect(await exited).toBe(1)
  })

  it('ends when its input ends', async () => {
    workspace = temporaryWorkspace()
    client = await LspClient.start({
      folders: [workspace.folder],
      storageDirectory: workspace.storageDirectory,
      processId: null,
    })
    const exited = client.exited()
    client.process.stdin.end()
    expect(await exited).toBe(1)
  })
})

describe('the first questions', () => {
  it('find the server warm, once, and the hits are those that a cold one gives', async () => {
    workspace = temporaryWorkspace()
    client = await LspClient.start({
      folders: [workspace.folder],
      storageDirectory: workspace.storageDirectory,
      settings: { logLevel: 'debug' },
    })
    const running = client
    const told = () => running.sent('window/logMessage').filter(({ message }) => message.includes('warmed up in'))
    await running.untilPhase('ready')
    const cold = await running.search('price including tax')
    await until('a warm server', 20_000, async () => told().length > 0 || undefined)
    const warm = await running.search('price including tax')
    expect(warm.hits).toEqual(cold.hits)

    await running.request(IndexBuildRequest, {})
    await running.untilPhase('ready')
    await running.stop()
    expect(told()).toHaveLength(1)
  })
})

describe('a long build', () => {
  it('shows progress that never falls, pauses on cancel, and goes on', async () => {
    workspace = bigWorkspace(400)
    client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
    const running = client
    const progress = () => running.sent('$/progress').map(({ value }) => value)
    await until('a percentage', 20_000, async () => progress().some(({ percentage }) => percentage > 0) || undefined)
    expect(progress()[0]).toMatchObject({ kind: 'begin', cancellable: true })

    const [{ token }] = running.sent('window/workDoneProgress/create')
    await running.connection.sendNotification('window/workDoneProgress/cancel', { token })
    const paused = await running.untilPhase('paused')
    expect(paused.folders[0]!.fraction).toBeLessThan(1)
    expect((await running.search('padded value')).indexedFraction).toBeLessThan(1)
    await until('the end', 2000, async () => progress().at(-1)?.kind === 'end' || undefined)

    await running.request(IndexResumeRequest, {})
    await running.untilPhase('ready', 60_000)
    for (const { token } of running.sent('window/workDoneProgress/create')) {
      const own = running.sent('$/progress').filter((sent) => sent.token === token)
      const percentages = own.flatMap(({ value }) => value.percentage ?? [])
      expect(percentages).toEqual([...percentages].sort((a, b) => a - b))
      expect(own.at(-1).value.kind).toBe('end')
    }
    const phases = () => running.sent('lateral/statusChanged').map(({ folders }) => folders[0].phase)
    expect(phases()).toContain('indexing')
    await expect.poll(() => phases().at(-1)).toBe('ready')
    await running.stop()
  })

  it('can be paused by request, and rebuilt from nothing', async () => {
    workspace = temporaryWorkspace()
    client = await LspClient.start({ folders: [workspace.folder], storageDirectory: workspace.storageDirectory })
    await client.untilPhase('ready')
    await client.request(IndexPauseRequest, {})
    await client.untilPhase('paused')
    await client.request(IndexResumeRequest, {})
    await client.untilPhase('ready')
    await client.request(IndexRebuildRequest, {})
    await client.request(IndexRebuildRequest, {})
    await client.untilPhase('ready')
    expect(await client.names('shippingCost')).toContain('shippingCost')
    await client.stop()
  })
})

/** Small files that all differ, so that no vector can be reused. */
function bigWorkspace(nFiles: number): Workspace {
  const big = temporaryWorkspace({ isEmpty: true })
  for (let i = 0; i < nFiles; i++) big.write(`src/part${i % 20}/module${i}.ts`, sourceOf(i))
  return big
}

function sourceOf(i: number): string {
  const functions = [0, 1, 2].map(
    (j) => `export function pad${i}x${j}(value: string, width: number): string {
  const missing = Math.max(0, width - value.length - ${i * 3 + j})
  return value + ' '.repeat(missing) + '${(i * 7919 + j * 104729).toString(36)}'
}
`,
  )
  return functions.join('\n')
}
