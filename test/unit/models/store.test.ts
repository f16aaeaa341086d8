import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { withModelLock } from '../../../server/src/models/install.ts'
import { folderNameOf, isModelId } from '../../../server/src/models/modelId.ts'
import { ModelStore } from '../../../server/src/models/modelStore.ts'
import { KNOWN_MODELS, knownModel } from '../../../server/src/models/registry.ts'
import { verifyFiles } from '../../../server/src/models/verify.ts'
import { REPOSITORY } from '../../support/fakeHub.ts'
import { temporaryFolder } from '../../support/temporaryFolder.ts'
import { bench, fakeClock } from './support.ts'

const code = (expected: string) => expect.objectContaining({ code: expected })

describe('the name of a model', () => {
  it('is a name, or owner/name, and never climbs out of a folder', () => {
    for (const id of ['embedded', 'lightonai/LateOn-Code', 'a/b.c_d', 'x']) expect(isModelId(id), id).toBe(true)
    for (const id of ['', '.', '..', 'a/..', '../a', '/a', 'a/', 'a/b/c', 'a--b', '.hidden', 'a b', 'C:\\a', 'a\\b'])
      expect(isModelId(id), id).toBe(false)
  })

  it('has a folder of its own', () => {
    expect(folderNameOf('lightonai/LateOn-Code')).toBe('lightonai--LateOn-Code')
    expect(() => folderNameOf('../x')).toThrow(code('E_USAGE'))
  })
})

describe('known models', () => {
  it('have names that differ, and a space', () => {
    expect(new Set(KNOWN_MODELS.map(({ id }) => folderNameOf(id))).size).toBe(KNOWN_MODELS.length)
    for (const { spaces } of KNOWN_MODELS) expect(spaces.length).toBeGreaterThan(0)
  })

  it('may be any repository of the hub', () => {
    expect(knownModel('someone/else')).toMatchObject({ repository: 'someone/else', spaces: ['code', 'docs'] })
    for (const id of ['embedded', '../x/y', 'https://a.b/c']) expect(() => knownModel(id)).toThrow(code('E_USAGE'))
  })
})

describe('the store', () => {
  it('lists installed models only', async () => {
    const b = await bench()
    expect(await b.store.list()).toEqual([])
    const model = await b.get()
    mkdirSync(path.join(b.store.directory, 'foreign'))
    mkdirSync(path.join(b.store.directory, 'broken'))
    writeFileSync(path.join(b.store.directory, 'broken/lateral-model.json'), '{')
    expect(await b.store.list()).toEqual([model])
    expect(await b.store.find('foreign')).toBeUndefined()
  })

  it('removes a model but remembers its checksums', async () => {
    const b = await bench()
    const { files } = await b.get()
    expect(await b.store.remove(REPOSITORY)).toBe(50_033)
    expect(existsSync(b.store.directoryOf(REPOSITORY))).toBe(false)
    expect(await b.store.list()).toEqual([])
    expect((await b.store.pin(REPOSITORY))?.files).toEqual(files)
    await expect(b.store.remove(REPOSITORY)).rejects.toThrow(code('E_MODEL_MISSING'))
  })

  it('does not believe a pin that names a file elsewhere', async () => {
    const { store, get } = await bench()
    await get()
    const pin = await store.pin(REPOSITORY)
    await store.setPin(REPOSITORY, { ...pin!, files: [{ path: '../x', sizeBytes: 1, sha256: 'a'.repeat(64) }] })
    expect(await store.pin(REPOSITORY)).toBeUndefined()
  })
})

describe('verifying', () => {
  it('names the bad files and what is wrong with them', async () => {
    const b = await bench()
    const { directory, files } = await b.get()
    expect(await verifyFiles(directory, files)).toEqual([])
    const content = Buffer.from(b.hub.files['model_int8.onnx']!)
    content[7]! ^= 1
    writeFileSync(path.join(directory, 'model_int8.onnx'), content)
    writeFileSync(path.join(directory, 'onnx_config.json'), '')
    rmSync(path.join(directory, 'tokenizer.json'))
    expect(await verifyFiles(directory, files)).toEqual([
      { path: 'onnx_config.json', problem: 'wrong-size' },
      { path: 'tokenizer.json', problem: 'missing' },
      { path: 'model_int8.onnx', problem: 'changed' },
    ])
  })
})

describe('the lock of a model', () => {
  it('of an owner that is dead is taken over', async () => {
    const store = new ModelStore(path.join(temporaryFolder(), 'models'))
    const { root } = store.stagingOf(REPOSITORY)
    mkdirSync(root, { recursive: true })
    // A process that takes the lock and dies without giving it back.
    const script = `
      const { DatabaseSync } = require('@photostructure/sqlite')
      const lock = new DatabaseSync(${JSON.stringify(path.join(root, 'writer.lock'))})
      lock.exec('BEGIN EXCLUSIVE')
      process.kill(process.pid, 'SIGKILL')`
    const repository = path.resolve(import.meta.dirname, '../../..')
    expect(() => execFileSync(process.execPath, ['-e', script], { cwd: repository, stdio: 'ignore' })).toThrow()
    const options = { tryLock: (folder: string) => WriterLock.tryAcquire(folder), clock: fakeClock() }
    expect(await withModelLock(store, REPOSITORY, options, async () => 'mine')).toBe('mine')
    expect(options.clock.sleptMs).toEqual([])
  })

  it('is not waited for where nothing can be written', async () => {
    const file = path.join(temporaryFolder(), 'models')
    writeFileSync(file, '')
    const options = { tryLock: (folder: string) => WriterLock.tryAcquire(folder), clock: fakeClock() }
    const work = withModelLock(new ModelStore(file), REPOSITORY, options, async () => {})
    await expect(work).rejects.toThrow(code('E_FOLDER'))
  })

  it('is waited for until cancelled, and given back after a failure', async () => {
    const store = new ModelStore(path.join(temporaryFolder(), 'models'))
    const stop = new AbortController()
    const options = { tryLock: (folder: string) => WriterLock.tryAcquire(folder), clock: fakeClock() }
    const held = withModelLock(store, REPOSITORY, options, async () => {
      const waiting = withModelLock(store, REPOSITORY, { ...options, signal: stop.signal }, async () => {})
      setTimeout(() => stop.abort(), 20)
      await expect(waiting).rejects.toMatchObject({ name: 'CancelledError' })
      throw new Error('failed')
    })
    await expect(held).rejects.toThrow('failed')
    expect(await withModelLock(store, REPOSITORY, options, async () => 'mine')).toBe('mine')
  })
})
