import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { WriterLock } from '../../../server/src/index/writerLock.ts'
import { type ImportOptions, idFromSource, importModel } from '../../../server/src/models/importModel.ts'
import { ModelStore } from '../../../server/src/models/modelStore.ts'
import { deflated, deflatedZeros, zipOf } from '../../bench/hostile/archiveBytes.ts'
import { type Packed, tar, tarGz, zip } from '../../support/archives.ts'
import { sha256 } from '../../support/fakeHub.ts'
import { temporaryFolder, writeFiles } from '../../support/temporaryFolder.ts'
import { fakeClock, smallModel } from './support.ts'

const ID = 'me/my-model'
const code = (expected: string) => expect.objectContaining({ code: expected })

function start() {
  const folder = temporaryFolder()
  const store = new ModelStore(path.join(folder, 'models'))
  const imported = (source: string, options: Partial<ImportOptions> = {}) =>
    importModel(source, ID, {
      ...{ store, clock: fakeClock(), check: async () => {}, free: async () => 1e12 },
      tryLock: (root) => WriterLock.tryAcquire(root),
      ...options,
    })
  const archive = (data: Buffer, name = 'model.bin') => {
    writeFileSync(path.join(folder, name), data)
    return path.join(folder, name)
  }
  return { folder, store, imported, archive }
}

const packed = (prefix = ''): Packed[] =>
  Object.entries(smallModel()).map(([name, content]) => ({ path: `${prefix}${name}`, content }))

function expectModel(store: ModelStore, more: string[] = []) {
  const directory = store.directoryOf(ID)
  for (const [name, content] of Object.entries(smallModel()))
    expect(readFileSync(path.join(directory, name)).equals(content), name).toBe(true)
  expect(readdirSync(directory).sort()).toEqual(['lateral-model.json', ...Object.keys(smallModel()), ...more].sort())
}

/** Refused, and nothing of it anywhere. */
async function expectRefused(data: Buffer, problem: RegExp, options: Partial<ImportOptions> = {}) {
  const { folder, store, imported, archive } = start()
  await expect(imported(archive(data), options)).rejects.toMatchObject({
    code: 'E_MODEL_INVALID',
    message: expect.stringMatching(problem),
  })
  expect(await store.list()).toEqual([])
  expect(existsSync(store.stagingOf(ID).files)).toBe(false)
  expect(readdirSync(folder).sort()).toEqual(['model.bin', 'models'])
}

describe('importing', () => {
  it('takes the files of a model from a folder, also through links, and records their checksums', async () => {
    const { folder, store, imported } = start()
    const { 'tokenizer.json': tokenizer, ...others } = smallModel()
    writeFiles(folder, { ...prefixed('source', others), 'blobs/t': tokenizer!, 'source/secret.txt': 'x' })
    symlinkSync('../blobs/t', path.join(folder, 'source/tokenizer.json'))
    const model = await imported(path.join(folder, 'source'))
    expectModel(store)
    expect(model).toMatchObject({ id: ID, source: 'import' })
    expect(model.files.find(({ path: name }) => name === 'tokenizer.json')?.sha256).toBe(sha256(tokenizer!))
    expect(await store.list()).toEqual([model])
  })

  it('takes them from archives of each kind, wherever in it they are', async () => {
    for (const make of [tar, tarGz, zip])
      for (const prefix of ['', './', 'a/b/']) {
        const { store, imported, archive } = start()
        const others = [
          { path: `${prefix}notes.txt`, content: 'x' },
          { path: 'other/config.json', content: '{}' },
        ]
        await imported(archive(make([...others, ...packed(prefix)])))
        expectModel(store)
      }
  })

  it('leaves the unquantised weights behind where there are quantised ones', async () => {
    const { folder, store, imported } = start()
    const unquantised = { 'model.onnx': Buffer.alloc(9), 'model.onnx.data': Buffer.alloc(99) }
    writeFiles(folder, prefixed('source', { ...smallModel(), ...unquantised }))
    await imported(path.join(folder, 'source'))
    expectModel(store)
  })

  it('takes weights that lie beside the graph along, from folders and archives', async () => {
    for (const [graph, weights] of [
      ['model_int8.onnx', 'model_int8.onnx.data'],
      ['model.onnx', 'model.onnx_data'],
    ] as const) {
      const { 'model_int8.onnx': _, ...others } = smallModel()
      const files: Record<string, Buffer> = {
        ...others,
        [graph]: Buffer.alloc(9, 1),
        [weights]: Buffer.alloc(99, 2),
      }
      const [fromFolder, fromArchive] = [start(), start()]
      writeFiles(fromFolder.folder, prefixed('source', files))
      await fromFolder.imported(path.join(fromFolder.folder, 'source'))
      const entries = Object.entries(files).map(([name, content]) => ({ path: name, content }))
      await fromArchive.imported(fromArchive.archive(zip(entries)))
      for (const { store } of [fromFolder, fromArchive]) {
        expect(readFileSync(path.join(store.directoryOf(ID), weights)).equals(files[weights]!)).toBe(true)
        expect((await store.find(ID))?.files.map((file) => file.path)).toContain(weights)
      }
    }
  })

  it('replaces what was imported before, and keeps it where the new one is bad', async () => {
    const { store, imported, archive } = start()
    await imported(archive(zip(packed())))
    const bad = imported(archive(zip(packed())), { check: async () => Promise.reject(new Error('bad')) })
    await expect(bad).rejects.toThrow('bad')
    expectModel(store)
    await imported(archive(tarGz(packed('x/'))))
    expectModel(store)
  })

  it('is held to the checksums of an earlier download of that model', async () => {
    const { store, imported, archive } = start()
    const files = [{ path: 'model_int8.onnx', sizeBytes: 50_000, sha256: 'a'.repeat(64) }]
    mkdirSync(store.directory)
    await store.setPin(ID, { repository: ID, revision: 'b'.repeat(40), licence: null, files })
    await expect(imported(archive(zip(packed())))).rejects.toThrow(code('E_MODEL_CHECKSUM'))
  })

  it('looks for room first', async () => {
    const { folder, imported, archive } = start()
    writeFiles(folder, prefixed('source', smallModel()))
    const free = async () => 1000
    await expect(imported(path.join(folder, 'source'), { free })).rejects.toThrow(code('E_DISK_FULL'))
    await expect(imported(archive(zip(packed())), { free })).rejects.toThrow(code('E_DISK_FULL'))
  })

  it('takes a quota that is used up for a full disk', async () => {
    const { folder, store, imported } = start()
    writeFiles(folder, prefixed('source', smallModel()))
    const check = async () => Promise.reject(Object.assign(new Error('quota'), { code: 'EDQUOT' }))
    await expect(imported(path.join(folder, 'source'), { check })).rejects.toThrow(code('E_DISK_FULL'))
    expect(existsSync(store.stagingOf(ID).files)).toBe(false)
  })

  it('says that a source is not there, or holds no model', async () => {
    const { folder, imported } = start()
    await expect(imported(path.join(folder, 'none'))).rejects.toThrow(code('E_USAGE'))
    await expect(imported(folder)).rejects.toThrow(code('E_MODEL_INVALID'))
  })

  it.skipIf(process.platform === 'win32')('reads no FIFO and no device, and waits for none', async () => {
    const { folder, imported } = start()
    const fifo = path.join(folder, 'model.zip')
    execFileSync('mkfifo', [fifo])
    await expect(imported(fifo)).rejects.toThrow(code('E_USAGE'))
    await expect(imported('/dev/zero')).rejects.toThrow(code('E_USAGE'))
    writeFiles(folder, prefixed('source', smallModel()))
    for (const name of ['tokenizer.json', 'model_int8.onnx']) {
      rmSync(path.join(folder, 'source', name))
      execFileSync('mkfifo', [path.join(folder, 'source', name)])
    }
    await expect(imported(path.join(folder, 'source'))).rejects.toThrow(code('E_MODEL_INVALID'))
  })

  it('names a model after its source', () => {
    expect(idFromSource('/x/lightonai--LateOn-Code')).toBe('lightonai/LateOn-Code')
    expect(idFromSource('/x/my-model.tar.gz')).toBe('my-model')
    expect(() => idFromSource('/x/my model.zip')).toThrow(code('E_USAGE'))
  })
})

describe('a hostile archive', () => {
  const outside = ['../evil/tokenizer.json', '/tokenizer.json', 'a/../../tokenizer.json', 'C:/tokenizer.json']

  it('cannot write outside of the model', async () => {
    for (const name of outside) {
      const entries = [...packed(), { path: name, content: 'evil' }]
      await expectRefused(tarGz(entries), /leads out/)
      await expectRefused(zip(entries), /relative path|absolute path|leads out/)
    }
    await expectRefused(tarGz([{ path: 'a\\..\\tokenizer.json', content: 'x' }]), /leads out/)
    await expectRefused(zip([{ path: 'a\\..\\tokenizer.json', content: 'x' }]), /invalid characters|leads out/)
  })

  it('cannot smuggle links or devices in', async () => {
    for (const type of ['SymbolicLink', 'Link', 'CharacterDevice'] as const)
      await expectRefused(
        tarGz([...packed(), { path: 'LICENSE', type, ...(type !== 'CharacterDevice' && { linkpath: '../../x' }) }]),
        /neither a file/,
      )
    await expectRefused(
      zip([{ path: 'LICENSE', content: '/etc/passwd', mode: 0o120777 }, ...packed()]),
      /neither a file/,
    )
  })

  it('cannot fill the disk', async () => {
    const limits = { maxBytes: 1000, maxEntries: 100 }
    await expectRefused(tarGz(packed()), /more than a model/, { limits })
    await expectRefused(zip(packed()), /more than a model/, { limits })
    const many = Array.from({ length: 200 }, (_, i) => ({ path: `f${i}` }))
    await expectRefused(tar(many), /too many files/, { limits })
    const spread = Array.from({ length: 50 }, (_, i) => ({ path: `${i}/config.json`, content: '{}' }))
    await expectRefused(tar(spread), /too many folders/)
    await expectRefused(zip(packed().map((entry) => ({ ...entry, claimedSize: 1 }))), /cannot be unpacked/)
  })

  it('cannot unpack to a multiple of its size, whatever part of it is wanted', async () => {
    const limits = { maxBytes: 8e9, maxEntries: 100, maxRatio: 20, ratioFromBytes: 1e6 }
    const zeros = Buffer.alloc(3_000_000)
    await expectRefused(tarGz([...packed(), { path: 'LICENSE', content: zeros }]), /times its size/, { limits })
    await expectRefused(tarGz([...packed(), { path: 'other.bin', content: zeros }]), /times its size/, { limits })
    const entries = Object.entries(smallModel()).map(([name, content]) => deflated(name, content))
    await expectRefused(zipOf([...entries, deflated('LICENSE', zeros)]), /times its size/, { limits })
    const { imported, archive, store } = start()
    await imported(archive(zipOf([...entries, deflated('LICENSE', zeros.subarray(0, 900_000))])), { limits })
    expectModel(store, ['LICENSE'])
  })

  it('says so before it has written much', async () => {
    const { packed: bytes, size } = deflatedZeros(4)
    const entries = Object.entries(smallModel()).map(([name, content]) => deflated(name, content))
    const startedMs = performance.now()
    await expectRefused(zipOf([...entries, { name: 'LICENSE', packed: bytes, size }]), /times its size/)
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })

  it('cannot leave it open which file or model is meant', async () => {
    await expectRefused(tarGz([...packed(), ...packed()]), /exist/i)
    await expectRefused(zip([...packed(), ...packed()]), /exist/i)
    await expectRefused(zip([...packed('a/'), ...packed('b/')]), /more than one model/)
  })

  it('is refused when it is damaged, cut off or no archive', async () => {
    const whole = tarGz(packed())
    await expectRefused(whole.subarray(0, whole.byteLength >> 1), /./)
    await expectRefused(zip(packed()).subarray(0, 40_000), /cannot be unpacked/)
    await expectRefused(Buffer.from('Not an archive at all.'.repeat(100)), /./)
    await expectRefused(Buffer.alloc(0), /./)
    await expectRefused(tar([{ path: 'LICENSE', content: 'x' }]), /no onnx_config/)
  })
})

const prefixed = (folder: string, files: Record<string, Buffer>) =>
  Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]))
