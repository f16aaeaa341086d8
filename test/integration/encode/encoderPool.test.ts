import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { nullLog } from '../../../server/src/base/log.ts'
import { seededRandom } from '../../../server/src/base/random.ts'
import { createEncoder, type EncoderOptions, type PooledEncoder } from '../../../server/src/encode/encoderPool.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import { poolDocument, pooledFingerprint } from '../../../server/src/encode/pooling.ts'
import { bundleEntry } from '../../support/bundle.ts'
import { bertTokenizer, embeddedModel, modelFolder } from '../../support/modelFolders.ts'

let fakeProcess: string
beforeAll(async () => {
  fakeProcess = await bundleEntry('test/support/fakeEncoderProcess.ts')
})

const open: PooledEncoder[] = []
afterEach(() => Promise.all(open.splice(0).map((encoder) => encoder.dispose())))

const fakeModel = (files: Record<string, unknown> = {}) =>
  modelFolder({ 'onnx_config.json': {}, 'tokenizer.json': bertTokenizer(), 'model.onnx': '', ...files })

async function start(options: Partial<EncoderOptions> = {}): Promise<PooledEncoder> {
  const encoder = await createEncoder({
    modelDirectory: options.modelDirectory ?? fakeModel(),
    processFile: fakeProcess,
    threads: 2,
    log: nullLog,
    ...options,
  })
  open.push(encoder)
  return encoder
}

const texts = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `text number ${from + i}`)
const vectorsOf = async (texts: string[]) => createFakeEncoder().encodeDocuments(texts)
const BELOW_NORMAL = os.constants.priority.PRIORITY_BELOW_NORMAL
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('encoder processes', () => {
  it('answer in order, also for repeated texts, many calls at once, and none', async () => {
    const encoder = await start()
    const calls = [texts(700), [...texts(30), ...texts(30)], [], texts(1), texts(500, 300)]
    const answers = await Promise.all(calls.map((call) => encoder.encodeDocuments(call)))
    for (const [i, call] of calls.entries()) expect(answers[i]).toEqual(await vectorsOf(call))
  })

  it('pool documents where told to, but no query and nothing that is to be explained', async () => {
    const modelDirectory = fakeModel()
    const [plain, pooled] = await Promise.all([start({ modelDirectory }), start({ modelDirectory, poolFactor: 2 })])
    const long = 'abcdefghijklmnopqrstuvwxyzabcde'.split('').map((letter, i) => `${letter}${'xyz'[i % 3]}`)
    const given = [long.join(' '), ...texts(40)]
    const expected = (await vectorsOf(given)).map((rows) => poolDocument(rows, 2))
    expect(expected.slice(0, 2).map(({ nTokens }) => nTokens)).toEqual([16, 3])
    expect(await pooled.encodeDocuments(given)).toEqual(expected)
    expect(await pooled.encodeDocuments(given.slice(0, 3), { urgent: true })).toEqual(expected.slice(0, 3))
    expect(await pooled.encodeDocuments(given, { unpooled: true })).toEqual(await vectorsOf(given))
    expect((await pooled.encodeQuery('where is it now')).nTokens).toBe(4)
    expect(pooled.model).toEqual({ ...plain.model, fingerprint: pooledFingerprint(plain.model.fingerprint, 2) })
  })

  it('start with the query process alone, and end without work', async () => {
    const encoder = await start({ buildIdleMs: 50 })
    expect(encoder.pids).toHaveLength(1)
    await encoder.encodeDocuments(texts(100))
    const [query, ...builds] = encoder.pids
    expect(builds).toHaveLength(2)
    await until(() => !builds.some(isAlive))
    expect(encoder.pids).toEqual([query])
    expect(await encoder.encodeDocuments(texts(3))).toEqual(await vectorsOf(texts(3)))
  })

  it('start with those for documents where these come first, and with a query the one for queries', async () => {
    const encoder = await start({ first: 'documents' })
    const builds = encoder.pids
    expect(builds).toHaveLength(2)
    expect(encoder.model.dim).toBe((await start()).model.dim)
    expect(await encoder.encodeDocuments(texts(100))).toEqual(await vectorsOf(texts(100)))
    expect(encoder.pids).toEqual(builds)
    expect((await encoder.encodeQuery('where is it')).tokens).toEqual(['where', 'is', 'it'])
    expect(encoder.pids.slice(1)).toEqual(builds)
  })

  it('start before documents come that are expected, one for a few', async () => {
    const encoder = await start({ threads: 3, buildIdleMs: 50 })
    encoder.expectDocuments?.(3)
    expect(encoder.pids).toHaveLength(2)
    encoder.expectDocuments?.(1000)
    expect(encoder.pids).toHaveLength(4)
    await until(() => encoder.pids.length === 1)
  })

  it('do not let a query, or an urgent text, wait behind documents', async () => {
    const encoder = await start({ threads: 1 })
    let isBuilt = false
    const build = encoder.encodeDocuments(Array.from({ length: 20 }, (_, i) => `BUSY 50 ${i}`)).then(() => {
      isBuilt = true
    })
    await until(() => encoder.pids.length === 2)
    expect((await encoder.encodeQuery('where is it')).tokens).toEqual(['where', 'is', 'it'])
    expect(await encoder.encodeDocuments(texts(2), { urgent: true })).toEqual(await vectorsOf(texts(2)))
    expect(isBuilt).toBe(false)
    await build
  })

  it('answer with the right rows whichever other calls are withdrawn meanwhile', async () => {
    const encoder = await start()
    const random = seededRandom(7)
    const answers = Array.from({ length: 150 }, async (_, i) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 300))
      const call = texts(1 + Math.floor(random() * 200), i * 100)
      const withdrawn = random() < 0.4 && AbortSignal.timeout(Math.floor(random() * 30))
      const options = { ...(withdrawn && { signal: withdrawn }), urgent: random() < 0.2 }
      const rows = await encoder.encodeDocuments(call, options).catch((error) => error)
      if (withdrawn && rows.name === 'CancelledError') return 'withdrawn'
      expect(rows).toEqual(await vectorsOf(call))
      return 'right'
    })
    const nRight = (await Promise.all(answers)).filter((answer) => answer === 'right').length
    expect(nRight).toBeGreaterThan(60)
    expect(nRight).toBeLessThan(150)
  })

  it('give rows in buffers that the caller may give away', async () => {
    const encoder = await start()
    const call = [...texts(90), ...texts(3)]
    for (const options of [{}, { urgent: true }, { unpooled: true }]) {
      const rows = (await encoder.encodeDocuments(call, options)).map(({ data }) => data)
      const transfer = [...new Set(rows.map(({ buffer }) => buffer as ArrayBuffer))]
      expect(structuredClone(rows, { transfer })).toEqual((await vectorsOf(call)).map(({ data }) => data))
    }
    expect(await encoder.encodeDocuments(call)).toEqual(await vectorsOf(call))
  })

  it('drop the work of a withdrawn call and go on with the others', async () => {
    const encoder = await start({ threads: 1 })
    const controller = new AbortController()
    const slow = encoder.encodeDocuments(
      Array.from({ length: 2000 }, (_, i) => `BUSY 20 ${i}`),
      { signal: controller.signal },
    )
    const other = encoder.encodeDocuments(texts(40))
    setTimeout(() => controller.abort(), 50)
    await expect(slow).rejects.toMatchObject({ name: 'CancelledError' })
    expect(await other).toEqual(await vectorsOf(texts(40)))
    await expect(encoder.encodeDocuments(['a'], { signal: controller.signal })).rejects.toMatchObject({
      name: 'CancelledError',
    })
  })

  it('are all gone after dispose, and calls under way are cancelled', async () => {
    const encoder = await start()
    const call = encoder.encodeDocuments(Array.from({ length: 40 }, (_, i) => `BUSY 1000 ${i}`))
    const outcome = expect(call).rejects.toMatchObject({ name: 'CancelledError' })
    await until(() => encoder.pids.length === 3)
    const { pids } = encoder
    await encoder.dispose()
    await outcome
    expect(pids.some(isAlive)).toBe(false)
    await expect(encoder.encodeQuery('a')).rejects.toMatchObject({ name: 'CancelledError' })
    await expect(encoder.encodeDocuments(['a'])).rejects.toMatchObject({ name: 'CancelledError' })
  })
})

describe('an encoder process that ends', () => {
  it('is replaced, and its work done again', async () => {
    const encoder = await start()
    const once = path.join(fakeModel(), 'once')
    writeFileSync(once, '')
    const call = [...texts(300), `KILL ${once}`, ...texts(300, 300)]
    expect(await encoder.encodeDocuments(call)).toEqual(await vectorsOf(call))
  })

  it('is survived when killed from outside, queries included', async () => {
    const encoder = await start()
    const call = encoder.encodeDocuments([...texts(200), 'BUSY 100'])
    await until(() => encoder.pids.length === 3)
    for (const pid of encoder.pids) process.kill(pid, 'SIGKILL')
    expect((await encoder.encodeQuery('still there')).nTokens).toBe(2)
    expect(await call).toEqual(await vectorsOf([...texts(200), 'BUSY 100']))
  })

  it('again and again at one text fails the call with that text, and no other', async () => {
    const encoder = await start()
    const poisoned = encoder.encodeDocuments([...texts(100), 'KILL', ...texts(100, 100)])
    const outcome = expect(poisoned).rejects.toMatchObject({ code: 'E_ENCODER_LOST' })
    const healthy = texts(200, 1000)
    expect(await encoder.encodeDocuments(healthy)).toEqual(await vectorsOf(healthy))
    await outcome
    expect(await encoder.encodeDocuments(texts(5))).toEqual(await vectorsOf(texts(5)))
  })

  it('while it loads fails the start', async () => {
    await expect(start({ modelDirectory: fakeModel({ behaviour: 'die' }) })).rejects.toMatchObject({
      code: 'E_ENCODER_LOST',
    })
    await expect(start({ processFile: '/no/such/file.js' })).rejects.toMatchObject({
      code: 'E_ENCODER_LOST',
      message: expect.stringContaining('/no/such/file.js'),
    })
  })

  it('while it loads for documents fails the calls, and later ones try again', async () => {
    const modelDirectory = fakeModel()
    const encoder = await start({ modelDirectory })
    const behaviour = path.join(modelDirectory, 'behaviour')
    writeFileSync(behaviour, 'die')
    await expect(encoder.encodeDocuments(texts(50))).rejects.toMatchObject({ code: 'E_ENCODER_LOST' })
    writeFileSync(behaviour, 'refuse')
    await expect(encoder.encodeDocuments(texts(50))).rejects.toMatchObject({ code: 'E_MODEL_INVALID' })
    writeFileSync(behaviour, '')
    expect(await encoder.encodeDocuments(texts(50))).toEqual(await vectorsOf(texts(50)))
  })

  it('and refuses the model late fails no call that came after the model was mended', async () => {
    const modelDirectory = fakeModel()
    const encoder = await start({ modelDirectory })
    const first = path.join(modelDirectory, 'first')
    writeFileSync(first, '')
    writeFileSync(path.join(modelDirectory, 'behaviour'), `refuse ${first}`)
    await expect(encoder.encodeDocuments(texts(50))).rejects.toMatchObject({ code: 'E_MODEL_INVALID' })
    writeFileSync(path.join(modelDirectory, 'behaviour'), '')
    const busy = ['BUSY 400', 'BUSY 401', 'BUSY 402', 'BUSY 403']
    expect(await encoder.encodeDocuments(busy)).toEqual(await vectorsOf(busy))
  })
})

describe('a model that cannot be used', () => {
  it('fails the start with its own code, and leaves no process', async () => {
    await expect(start({ modelDirectory: '/no/such/folder' })).rejects.toMatchObject({ code: 'E_MODEL_MISSING' })
    for (const first of ['queries', 'documents'] as const) {
      const refused = start({ first, modelDirectory: fakeModel({ behaviour: 'refuse' }) })
      await expect(refused).rejects.toMatchObject({ code: 'E_MODEL_INVALID' })
      const lost = start({ first, modelDirectory: fakeModel({ behaviour: 'die' }) })
      await expect(lost).rejects.toMatchObject({ code: 'E_ENCODER_LOST' })
    }
  })
})

it('an encoder process without ONNX Runtime says so', async () => {
  const bundle = readFileSync(await bundleEntry('server/src/encode/encoderProcess.ts'), 'utf8')
  const alone = path.join(modelFolder({ 'encoderProcess.js': bundle }), 'encoderProcess.js')
  await expect(start({ modelDirectory: embeddedModel, processFile: alone })).rejects.toMatchObject({
    code: 'E_ORT_LOAD',
    message: expect.stringContaining('onnxruntime-node'),
  })
})

it('an encoder process ends when its parent is killed', async () => {
  const parent = fork(await bundleEntry('test/support/encoderParent.ts'), [fakeModel(), fakeProcess], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [pids] = (await once(parent, 'message')) as [number[]]
  expect(pids).toHaveLength(2)
  parent.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
})

describe('the built-in model', () => {
  it('gives the same from processes as in this one', async () => {
    const processFile = await bundleEntry('server/src/encode/encoderProcess.ts')
    const encoder = await start({ modelDirectory: embeddedModel, processFile })
    const reference = await createInProcessEncoder({ modelDirectory: embeddedModel })
    expect(encoder.model).toEqual(reference.model)
    const call = ['', 'class HTTPServer2 {}', ...texts(40), 'class HTTPServer2 {}']
    expect(await encoder.encodeDocuments(call)).toEqual(await reference.encodeDocuments(call))
    expect(await encoder.encodeQuery('start the server')).toEqual(await reference.encodeQuery('start the server'))
    const [query, ...builds] = encoder.pids
    if (process.platform !== 'win32') {
      expect(os.getPriority(query!)).toBe(os.getPriority())
      for (const pid of builds) expect(os.getPriority(pid)).toBeGreaterThanOrEqual(BELOW_NORMAL)
    }
    await reference.dispose()
  })
})
