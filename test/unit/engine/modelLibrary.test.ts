import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { createLog } from '../../../server/src/base/log.ts'
import { modelFingerprint, readModelFolder } from '../../../server/src/encode/modelFolder.ts'
import { pooledFingerprint } from '../../../server/src/encode/pooling.ts'
import { ModelLibrary, type NetworkOptions } from '../../../server/src/engine/modelLibrary.ts'
import { resolveModel } from '../../../server/src/engine/modelPlaces.ts'
import { storeDirectory } from '../../../server/src/engine/openParts.ts'
import { answerWith, REPOSITORY, REVISION, startFakeHub, startFakeProxy } from '../../support/fakeHub.ts'
import { embeddedModel } from '../../support/modelFolders.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { fakeClock } from '../models/support.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })
const modelsDirectory = path.dirname(embeddedModel)
const model = Object.fromEntries(
  ['onnx_config.json', 'tokenizer.json', 'model_int8.onnx'].map((name) => [
    name,
    readFileSync(path.join(embeddedModel, name)),
  ]),
)

async function start(network: Partial<NetworkOptions> = {}, files = model) {
  const storageDirectory = temporaryFolder()
  const hub = await startFakeHub({ ...files })
  const lines: string[] = []
  const library = new ModelLibrary({
    ...{ modelsDirectory, storageDirectory },
    network: { ...network, env: { HF_ENDPOINT: hub.url, ...network.env } },
    log: createLog('trace', (_level, message) => lines.push(message)),
    clock: fakeClock(),
    free: async () => 1e12,
  })
  const get = async () => library.download(await library.plan(REPOSITORY))
  return { storageDirectory, hub, library, lines, get }
}

describe('the library', () => {
  it('lists what is built in, installed, and to be had', async () => {
    const { library, get } = await start()
    expect((await library.list()).map(({ state }) => state)).toEqual(['built-in', ...Array(5).fill('available')])
    await get()
    const [builtIn, installed] = await library.list()
    expect(builtIn).toMatchObject({ id: 'embedded', spaces: ['code', 'docs'], directory: embeddedModel })
    expect(installed).toMatchObject({ id: REPOSITORY, state: 'installed', licence: 'apache-2.0', revision: REVISION })
    expect(installed?.sizeBytes).toBe(Object.values(model).reduce((sum, { byteLength }) => sum + byteLength, 0))
  })

  it('installs a model that an encoder can then use by its name', async () => {
    const { library, get, storageDirectory } = await start()
    const places = { modelsDirectory, userModelsDirectory: path.join(storageDirectory, 'models') }
    expect(() => resolveModel(REPOSITORY, places)).toThrow(code('E_MODEL_MISSING'))
    const { directory } = await get()
    expect(resolveModel(REPOSITORY, places)).toBe(directory)
    expect(directory.startsWith(library.directory)).toBe(true)
    expect((await readModelFolder(directory)).config.queryLength).toBe(48)
    expect(resolveModel('embedded', places)).toBe(embeddedModel)
    expect(resolveModel(storageDirectory, places)).toBe(storageDirectory)
    for (const id of ['../models/embedded', 'no/such', 'a b'])
      expect(() => resolveModel(id, places)).toThrow(code('E_MODEL_MISSING'))
  })

  it('refuses a model that cannot be read, with the code of its reader', async () => {
    const bad = await start({}, { ...model, 'onnx_config.json': Buffer.from('{"query_length": "long"}') })
    await expect(bad.get()).rejects.toThrow(code('E_MODEL_INVALID'))
    expect(readdirSync(bad.library.directory).filter((name) => !name.startsWith('.'))).toEqual([])
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'onnx_config.json'), '{}')
    await expect(bad.library.import(folder, { id: 'x' })).rejects.toThrow(code('E_MODEL_MISSING'))
  })

  it('holds a model to the checksums of the first yes, until another revision is asked for', async () => {
    const { library, hub, get } = await start()
    await get()
    await library.remove(REPOSITORY)
    const config = Buffer.from(model['onnx_config.json']!.toString().replace('256', '255'))
    hub.files['onnx_config.json'] = config
    const nSeen = hub.seen.length
    const plan = await library.plan(REPOSITORY)
    expect(plan).toMatchObject({ isPinned: true, isInstalled: false, revision: REVISION, licence: 'apache-2.0' })
    expect(hub.seen).toHaveLength(nSeen)
    await expect(library.download(plan)).rejects.toThrow(code('E_MODEL_CHECKSUM'))
    const fresh = await library.plan(REPOSITORY, { revision: 'main' })
    expect(fresh.isPinned).toBe(false)
    await library.download(fresh)
    expect(await library.plan(REPOSITORY)).toMatchObject({ isPinned: true, isInstalled: true })
  })

  it('finds a model that is installed already', async () => {
    const { library, hub, get } = await start()
    await get()
    const nSeen = hub.seen.length
    const plan = await library.plan(REPOSITORY)
    expect(plan.isInstalled).toBe(true)
    await library.download(plan)
    expect(hub.seen).toHaveLength(nSeen)
  })

  it('mends a model that is damaged', async () => {
    const { library, get } = await start()
    const { directory } = await get()
    writeFileSync(path.join(directory, 'tokenizer.json'), '{}')
    const plan = await library.plan(REPOSITORY)
    expect(plan).toMatchObject({ isPinned: true, isInstalled: false })
    await library.download(plan)
    expect(await library.verify(REPOSITORY)).toMatchObject([{ bad: [] }])
  })

  it('sends the token of the environment to the hub, but not in the clear over a network', async () => {
    const token = { HF_TOKEN: 'hf_secret' }
    const safe = await start({ env: token })
    await safe.get()
    expect(safe.hub.seen[0]?.headers.authorization).toBe('Bearer hf_secret')
    expect(safe.lines.join('\n')).not.toContain('hf_secret')
    const proxy = await startFakeProxy(undefined, safe.hub.url)
    const other = await start({ env: { ...token, HF_ENDPOINT: 'http://hub.example' }, proxy: proxy.url })
    await other.library.plan(REPOSITORY)
    expect(proxy.tunnels).toEqual(['hub.example:80'])
    expect(safe.hub.seen.at(-1)?.headers.authorization).toBeUndefined()
  })

  it('takes a mirror instead of the hub', async () => {
    const { hub } = await start()
    const mirrored = await start({ mirror: `${hub.url}/` })
    expect((await mirrored.library.plan(REPOSITORY)).endpoint).toBe(hub.url)
    expect(mirrored.hub.seen).toEqual([])
  })

  it('tries again before it gives up on the hub', async () => {
    const { hub, library } = await start()
    hub.once('/api/', answerWith(503))
    const problems: string[] = []
    await library.plan(REPOSITORY, { onRetry: (problem) => problems.push(problem) })
    expect(problems).toEqual([expect.stringContaining('503')])
  })

  it('imports what another one installed, by its name', async () => {
    const { library, get } = await start()
    const { directory } = await get()
    const other = await start()
    expect(await other.library.import(directory)).toMatchObject({ id: REPOSITORY, source: 'import' })
    expect(await library.verify(REPOSITORY)).toMatchObject([{ bad: [] }])
    await expect(library.import(directory, { id: '../x' })).rejects.toThrow(code('E_USAGE'))
  })

  it('verifies one model or all', async () => {
    const { library, get } = await start()
    const { directory } = await get()
    expect((await library.verify()).map(({ id, bad }) => [id, bad])).toEqual([
      ['embedded', []],
      [REPOSITORY, []],
    ])
    writeFileSync(path.join(directory, 'tokenizer.json'), '{}')
    expect((await library.verify(REPOSITORY))[0]?.bad).toEqual([{ path: 'tokenizer.json', problem: 'wrong-size' }])
    await expect(library.verify('no/such')).rejects.toThrow(code('E_MODEL_MISSING'))
  })

  it('removes no model that settings or an index use, unless told so twice', async () => {
    const { library, get, storageDirectory } = await start()
    const { directory } = await get()
    await expect(library.remove(REPOSITORY, { inSettings: [REPOSITORY] })).rejects.toThrow(code('E_MODEL_IN_USE'))
    const fingerprint = await modelFingerprint(await readModelFolder(directory))
    mkdirSync(storeDirectory(path.join(storageDirectory, 'indexes/project-abc'), fingerprint), { recursive: true })
    const pooled = pooledFingerprint(fingerprint, 3)
    mkdirSync(storeDirectory(path.join(storageDirectory, 'indexes/project-def'), pooled), { recursive: true })
    await expect(library.remove(REPOSITORY)).rejects.toThrow(/project-abc, project-def/)
    expect(await library.remove(REPOSITORY, { force: true })).toBeGreaterThan(10e6)
    await expect(library.remove(REPOSITORY)).rejects.toThrow(code('E_MODEL_MISSING'))
    await expect(library.remove('embedded')).rejects.toThrow(code('E_MODEL_MISSING'))
  })
})
