import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { downloadProgressText } from '../../../server/src/cli/commands/models.ts'
import { modelSettings } from '../../../server/src/cli/folder.ts'
import type { CliIo } from '../../../server/src/cli/io.ts'
import { ModelLibrary } from '../../../server/src/engine/modelLibrary.ts'
import { answerWith, type FakeHub, REPOSITORY, REVISION, stallAfter, startFakeHub } from '../../support/fakeHub.ts'
import { embeddedModel, embeddedModelFiles } from '../../support/modelFolders.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { fakeClock } from '../models/support.ts'
import { type RunOptions, run } from './harness.ts'

const files = embeddedModelFiles()

async function start() {
  const hub = await startFakeHub(files)
  const storage = temporaryFolder()
  const env = { HF_ENDPOINT: hub.url }
  const models = (argv: string[], { io, ...options }: RunOptions = {}) =>
    run(['models', ...argv, '--storage', storage], {
      ...options,
      io: { env, ...io },
      createModelLibrary: (given) =>
        new ModelLibrary({ ...given, modelsDirectory: path.dirname(embeddedModel), clock: fakeClock() }),
    })
  return { hub, storage, models, directory: path.join(storage, 'models', REPOSITORY.replace('/', '--')) }
}

const bytesSeen = (hub: FakeHub) => hub.seenOf('/resolve/').length

describe('lateral models download', () => {
  it('shows what it would fetch, asks, and fetches after a yes only', async () => {
    const { hub, models, directory } = await start()
    const no = await models(['download', REPOSITORY], { io: { canAsk: true }, stdin: 'no\n' })
    expect(no.code).toBe(1)
    for (const part of [hub.url, REPOSITORY, REVISION, 'apache-2.0', path.dirname(directory), '10.7 MB', 'sha256 '])
      expect(no.err).toContain(part)
    expect(no.err).toContain('Nothing was downloaded.')
    expect(bytesSeen(hub)).toBe(0)
    expect(existsSync(directory)).toBe(false)
    const yes = await models(['download', REPOSITORY], { io: { canAsk: true }, stdin: 'y\n' })
    expect(yes).toMatchObject({ code: 0, out: `${REPOSITORY} is in ${directory}` })
    expect(yes.err).toContain(`--model ${REPOSITORY}`)
    const again = await models(['download', REPOSITORY])
    expect(again).toMatchObject({ code: 0, err: `${REPOSITORY} is installed already.` })
  })

  it('takes the end of the input for a no', async () => {
    const { hub, models } = await start()
    expect((await models(['download', REPOSITORY], { io: { canAsk: true } })).code).toBe(1)
    expect(bytesSeen(hub)).toBe(0)
  })

  it('needs --yes where there is no terminal', async () => {
    const { hub, models } = await start()
    const refused = await models(['download', REPOSITORY], { stdin: 'y\n' })
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('--yes')
    expect(bytesSeen(hub)).toBe(0)
    const { code, out } = await models(['download', REPOSITORY, '--yes', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ id: REPOSITORY, revision: REVISION })
  })

  it('stopped half-way says that nothing is lost', async () => {
    const { hub, models } = await start()
    const stop = new AbortController()
    hub.once('/blob/', (request, response, serve) => {
      stallAfter(1_000_000)(request, response, serve)
      setTimeout(() => stop.abort(), 100)
    })
    const stopped = await models(['download', REPOSITORY, '--yes'], { signal: stop.signal })
    expect(stopped.code).toBe(130)
    expect(stopped.err).toContain('continues from there')
    expect((await models(['download', REPOSITORY, '--yes'])).code).toBe(0)
    expect(hub.seenOf('/blob/')[1]?.headers.range).toBe('bytes=1000000-')
  })

  it('tells failures with their advice', async () => {
    const { hub, models } = await start()
    hub.always('/api/', answerWith(401))
    const denied = await models(['download', REPOSITORY, '--yes'])
    expect(denied.code).toBe(2)
    expect(denied.err).toContain('HF_TOKEN')
    expect((await models(['download', 'embedded'])).code).toBe(2)
    expect((await models(['download'])).err).toContain('needs the name')
  })

  it('shows bytes, rate and time left', () => {
    const progress = { file: 'model_int8.onnx', doneBytes: 12.3e6, totalBytes: 143e6 }
    const rate = { bytesPerSecond: 5.1e6, secondsLeft: 25.2 }
    expect(downloadProgressText({ stage: 'downloading', ...progress, ...rate })).toBe(
      'Downloading model_int8.onnx: 12.3 MB of 143.0 MB, 5.1 MB/s, 26 s left',
    )
    const unknown = { bytesPerSecond: 0, secondsLeft: null }
    expect(downloadProgressText({ stage: 'retrying', ...progress, ...unknown, problem: 'cut.' })).toBe(
      'Trying again: cut.',
    )
  })
})

describe('lateral models', () => {
  it('lists, imports, verifies and removes', async () => {
    const { models, directory } = await start()
    expect((await models([])).out).toMatch(
      /^embedded +built-in +10\.9 MB +code and docs: .*\nlightonai\/LateOn-Code +available/,
    )
    expect((await models(['import', embeddedModel, '--id', REPOSITORY])).code).toBe(0)
    const listed = (await models(['list', '--json'])).out.split('\n').map((line) => JSON.parse(line))
    expect(listed[1]).toMatchObject({ id: REPOSITORY, state: 'installed', directory })
    expect((await models(['verify'])).out.split('\n')).toEqual([
      'embedded: 5 files as they should be',
      `${REPOSITORY}: 5 files as they should be`,
    ])
    writeFileSync(path.join(directory, 'NOTICE'), '')
    const bad = await models(['verify', REPOSITORY])
    expect(bad.code).toBe(1)
    expect(bad.out).toBe(`${REPOSITORY}: ${path.join(directory, 'NOTICE')} is cut short or too long`)
    expect((await models(['remove', REPOSITORY])).out).toBe(`Removed ${REPOSITORY} (10.9 MB).`)
    expect((await models(['remove', REPOSITORY])).code).toBe(2)
    expect((await models(['verify', REPOSITORY])).code).toBe(2)
  })

  it('knows no other actions', async () => {
    const { models } = await start()
    for (const argv of [['constructor'], ['list', 'x'], ['verify', 'a', 'b'], ['import'], ['import', 'no-such-file']])
      expect((await models(argv)).code, argv.join(' ')).toBe(2)
  })
})

describe('--model', () => {
  const check = (model: string[], modelDir?: string) =>
    modelSettings({ model, ...(modelDir && { 'model-dir': modelDir }) }, { cwd: '/home/me' } as CliIo)

  it('chooses installed models, for both spaces or for one', () => {
    expect(check([])).toEqual({})
    expect(check(['a/b'])).toEqual({ 'model.code': 'a/b', 'model.docs': 'a/b' })
    expect(check(['docs=c', 'code=a/b'])).toEqual({ 'model.code': 'a/b', 'model.docs': 'c' })
    const folder = path.resolve('/home/me', 'x')
    expect(check([], 'x')).toEqual({ 'model.code': folder, 'model.docs': folder })
    expect(() => check(['a=b'])).toThrow('--model takes')
    expect(() => check(['a/b'], 'x')).toThrow('exclude each other')
  })
})
