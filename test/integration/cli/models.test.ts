import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type FakeHub, REPOSITORY, stallAfter, startFakeHub } from '../../support/fakeHub.ts'
import { embeddedModelFiles } from '../../support/modelFolders.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'

/** The built command line as a process, and a hub on this machine. */
const root = path.resolve(import.meta.dirname, '../../..')
const files = embeddedModelFiles()

async function start() {
  const hub = await startFakeHub(files)
  const storage = temporaryFolder()
  const lateral = (args: string[]) => {
    const cli = path.join(root, 'server/dist/cli.js')
    const env = { ...process.env, HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_secret', NO_PROXY: '*', LATERAL_DEBUG: '1' }
    const child = spawn(process.execPath, [cli, ...args, '--storage', storage], { env, stdio: 'pipe' })
    onTestFinished(() => void child.kill('SIGKILL'))
    return { child, result: resultOf(child) }
  }
  const partial = path.join(storage, 'models/.staging/someone--Small-Model/files/model_int8.onnx.partial')
  return { hub, storage, lateral, partial }
}

function resultOf(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ['', '']
  child.stdout?.on('data', (chunk) => (out += chunk))
  child.stderr?.on('data', (chunk) => (err += chunk))
  child.stdin?.end()
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })))
}

const DOWNLOAD = ['models', 'download', REPOSITORY, '--yes']
const blobs = (hub: FakeHub) => hub.seenOf('/blob/')

describe('lateral models', () => {
  it('downloads a model that search then uses, and tells nobody the token', async () => {
    const { hub, storage, lateral } = await start()
    const { code, err } = await lateral(DOWNLOAD).result
    expect(code).toBe(0)
    expect(err).toContain('127.0.0.1')
    expect(err).not.toContain('hf_secret')
    expect(blobs(hub).map(({ headers }) => headers.authorization)).toEqual([undefined])
    const folder = path.join(storage, 'project')
    writeFiles(folder, { 'retry.py': 'def call_with_backoff(action):\n    """Runs it again after a pause."""\n' })
    const found = await lateral(['search', 'repeat a failed call', folder, '--model', REPOSITORY, '--semantic']).result
    expect(found.out).toContain('call_with_backoff')
    const removed = await lateral(['models', 'remove', REPOSITORY]).result
    expect(removed).toMatchObject({ code: 2, err: expect.stringContaining('the index of project-') })
    const missing = await lateral(['search', 'x', folder, '--model', 'code=no/such']).result
    expect(missing).toMatchObject({ code: 2, err: expect.stringContaining('models download no/such') })
  })

  it('goes on after a kill', async () => {
    const { hub, lateral, partial } = await start()
    hub.once('/blob/', stallAfter(3_000_000))
    const { child, result } = lateral(DOWNLOAD)
    while (!(existsSync(partial) && statSync(partial).size === 3_000_000)) await delay(20)
    child.kill('SIGKILL')
    await result
    expect((await lateral(DOWNLOAD).result).code).toBe(0)
    expect(blobs(hub).map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=3000000-'])
  })

  it('downloads once for two processes at once', async () => {
    const { hub, lateral } = await start()
    hub.once('/blob/', (_request, _response, serve) => void setTimeout(serve, 1500))
    const results = await Promise.all([lateral(DOWNLOAD).result, lateral(DOWNLOAD).result])
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    expect(blobs(hub)).toHaveLength(1)
  })
})
