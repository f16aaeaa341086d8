import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { answerWith, cutAfter, gitOid, REPOSITORY, REVISION, sha256, stallAfter } from '../../support/fakeHub.ts'
import { type Bench, bench, smallModel } from './support.ts'

const MODEL = 'model_int8.onnx'

/** The installed bytes are those of the hub, and nothing is left of the way there. */
function expectInstalled({ store, hub }: Bench) {
  const directory = store.directoryOf(REPOSITORY)
  for (const [name, content] of Object.entries(hub.files))
    expect(readFileSync(path.join(directory, name)).equals(content), name).toBe(true)
  expect(readdirSync(directory).sort()).toEqual(['lateral-model.json', ...Object.keys(hub.files)].sort())
  expect(existsSync(store.stagingOf(REPOSITORY).files)).toBe(false)
}

const partialOf = ({ store }: Bench) => path.join(store.stagingOf(REPOSITORY).files, `${MODEL}.partial`)
const code = (expected: string) => expect.objectContaining({ code: expected })
const rangesOf = ({ hub }: Bench) => hub.seenOf(`/blob/${MODEL}`).map(({ headers }) => headers.range)

describe('a plan', () => {
  it('names revision, licence and the checksum of every file, and fetches none', async () => {
    const b = await bench()
    const { revision, licence, files, endpoint } = await b.plan()
    expect({ revision, licence, endpoint }).toEqual({ revision: REVISION, licence: 'apache-2.0', endpoint: b.hub.url })
    expect(files).toEqual([
      { path: 'onnx_config.json', sizeBytes: 20, gitOid: gitOid(b.hub.files['onnx_config.json']!) },
      { path: 'tokenizer.json', sizeBytes: 13, gitOid: gitOid(b.hub.files['tokenizer.json']!) },
      { path: MODEL, sizeBytes: 50_000, sha256: sha256(b.hub.files[MODEL]!) },
    ])
    expect(b.hub.seen).toHaveLength(1)
  })

  it('holds the weights that lie beside the graph, where the repository has them', async () => {
    const beside = { 'model_int8.onnx.data': Buffer.alloc(70_000, 3), 'model.onnx.data': Buffer.alloc(9) }
    const { plan, download, store } = await bench({ files: { ...smallModel(), ...beside } })
    const planned = await plan()
    expect(planned.files.map((file) => file.path)).toEqual([...Object.keys(smallModel()), 'model_int8.onnx.data'])
    const { directory } = await download(planned)
    expect(readFileSync(path.join(directory, 'model_int8.onnx.data')).byteLength).toBe(70_000)
    expect((await store.list()).length).toBe(1)
  })

  it('asks for headers where the server, a mirror perhaps, tells no checksums', async () => {
    const b = await bench()
    const siblings = Object.keys(b.hub.files).map((rfilename) => ({ rfilename }))
    const usual = await b.plan()
    b.hub.always('/api/models/', answerWith(200, {}, JSON.stringify({ sha: REVISION, siblings })))
    expect((await b.plan()).files).toEqual(usual.files)
    expect(b.hub.seenOf('/blob/')).toEqual([])
  })

  it('is refused where a file that encoding needs is not there, or no checksum can be had', async () => {
    const { [MODEL]: _, ...others } = smallModel()
    await expect((await bench({ files: others })).plan()).rejects.toThrow(code('E_MODEL_INVALID'))
    const b = await bench()
    const siblings = Object.keys(b.hub.files).map((rfilename) => ({ rfilename }))
    b.hub.always('/api/models/', answerWith(200, {}, JSON.stringify({ sha: REVISION, siblings })))
    b.hub.always('/resolve/', answerWith(200, { 'content-length': '5', etag: '"5-abc"' }))
    await expect(b.plan()).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
  })

  it('is refused where the answer is something else, such as the login page of a network', async () => {
    const b = await bench()
    b.hub.once('/api/', answerWith(200, { 'content-type': 'text/html' }, '<html>Log in</html>'))
    await expect(b.plan()).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
    b.hub.once('/api/', answerWith(200, {}, '{"error": "no"}'))
    await expect(b.plan()).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
  })
})

describe('a download', () => {
  it('follows redirects to another host, installs all files at once and records them', async () => {
    const b = await bench()
    const model = await b.get()
    expectInstalled(b)
    expect(model).toMatchObject({ id: REPOSITORY, revision: REVISION, source: 'hub', licence: 'apache-2.0' })
    expect(model.files.map(({ sha256 }) => sha256)).toEqual(Object.values(b.hub.files).map(sha256))
    expect(await b.store.list()).toEqual([model])
    expect(b.hub.seenOf('/blob/').map(({ server }) => server)).toEqual(['store'])
  })

  it('tells bytes, rate and time left', async () => {
    const b = await bench({ files: smallModel(5_000_000) })
    await b.get()
    const done = b.progress.map(({ doneBytes }) => doneBytes)
    expect(done).toEqual([...done].sort((x, y) => x - y))
    expect(b.progress.at(-1)).toMatchObject({ stage: 'checking', doneBytes: 5_000_033, totalBytes: 5_000_033 })
    const moving = b.progress.find(({ bytesPerSecond }) => bytesPerSecond > 0)
    expect(moving?.secondsLeft).toBeGreaterThan(0)
  })

  it('resumes after a cut from the byte where it was', async () => {
    const b = await bench()
    b.hub.once('/blob/', cutAfter(20_000))
    await b.get()
    expectInstalled(b)
    expect(rangesOf(b)).toEqual([undefined, 'bytes=20000-'])
    expect(b.hub.seenOf('/blob/')[1]?.headers['if-range']).toBe(`"${sha256(b.hub.files[MODEL]!)}"`)
    expect(b.clock.sleptMs).toEqual([1000])
  })

  it('starts anew when the etag has changed in between', async () => {
    const b = await bench()
    b.hub.once('/blob/', (_request, response) => {
      response.writeHead(200, { etag: '"another"', 'content-length': 50_000 })
      response.write(Buffer.alloc(20_000), () => setTimeout(() => response.destroy(), 20))
    })
    await b.get()
    expectInstalled(b)
    expect(b.hub.seenOf('/blob/')[1]?.headers['if-range']).toBe('"another"')
  })

  it('does not rely on a weak etag, and still goes on', async () => {
    const b = await bench()
    b.hub.once('/blob/', (_request, response) => {
      response.writeHead(200, { etag: 'W/"weak"', 'content-length': 50_000 })
      response.write(b.hub.files[MODEL]!.subarray(0, 20_000), () => setTimeout(() => response.destroy(), 20))
    })
    b.hub.once('/blob/', (_request, response) => {
      const range = { 'content-range': 'bytes 20000-49999/50000', 'content-length': 30_000 }
      response.writeHead(206, { etag: 'W/"weak"', ...range }).end(b.hub.files[MODEL]!.subarray(20_000))
    })
    await b.get()
    expectInstalled(b)
    expect(rangesOf(b)).toEqual([undefined, 'bytes=20000-'])
    expect(b.hub.seenOf('/blob/')[1]?.headers['if-range']).toBeUndefined()
  })

  it('starts anew at a server that knows no ranges, or answers with another one', async () => {
    for (const headers of [undefined, 416, { 'content-range': 'bytes 0-9/50000', 'content-length': '10' }]) {
      const b = await bench()
      b.hub.once('/blob/', cutAfter(20_000))
      b.hub.once('/blob/', (_request, response) => {
        if (typeof headers === 'number') response.writeHead(headers, { 'content-range': 'bytes */50000' }).end()
        else if (headers) response.writeHead(206, headers).end('0123456789')
        else response.writeHead(200, { 'content-length': 50_000 }).end(b.hub.files[MODEL])
      })
      await b.get()
      expectInstalled(b)
    }
  })

  it('goes on in a later process, with the plan of the first yes, even if the hub has moved on', async () => {
    const b = await bench()
    const stop = new AbortController()
    b.hub.once('/blob/', stallAfter(20_000))
    const cut = b.get({
      signal: stop.signal,
      onProgress: ({ doneBytes }) => doneBytes > 20_000 && stop.abort(),
    })
    await expect(cut).rejects.toMatchObject({ name: 'CancelledError' })
    expect(statSync(partialOf(b)).size).toBe(20_000)
    expect(await b.store.list()).toEqual([])
    const pin = await b.store.pin(REPOSITORY)
    expect(pin?.revision).toBe(REVISION)
    await b.download({ ...(await b.plan()), ...pin, isPinned: true })
    expectInstalled(b)
    expect(rangesOf(b)).toEqual([undefined, 'bytes=20000-'])
    expect(b.hub.seenOf('onnx_config.json')).toHaveLength(1)
  })

  it('survives a few bad answers, waiting longer each time', async () => {
    const b = await bench()
    for (const status of [500, 502, 503]) b.hub.once(`/resolve/${REVISION}/${MODEL}`, answerWith(status))
    await b.get()
    expectInstalled(b)
    expect(b.clock.sleptMs).toEqual([1000, 2000, 4000])
    expect(b.progress.find(({ stage }) => stage === 'retrying')?.problem).toContain('500')
  })

  it('gives up on a server that stays broken', async () => {
    const b = await bench()
    b.hub.always('/blob/', answerWith(503))
    await expect(b.get()).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
    expect(b.clock.sleptMs).toEqual([1000, 2000, 4000, 8000, 16_000])
  })

  it('waits as long as Retry-After says, but not for an hour', async () => {
    const b = await bench()
    b.hub.once('/blob/', answerWith(429, { 'retry-after': '7' }))
    b.hub.once('/blob/', answerWith(429, { 'retry-after': new Date(1_020_000).toUTCString() }))
    await b.get()
    expectInstalled(b)
    expect(b.clock.sleptMs[0]).toBe(7000)
    expect(b.clock.sleptMs[1]).toBeGreaterThan(5000)
    expect(b.clock.sleptMs[1]).toBeLessThan(20_000)
    const later = await bench()
    later.hub.once('/blob/', answerWith(429, { 'retry-after': '3600' }))
    await expect(later.get()).rejects.toThrow(code('E_DOWNLOAD_SERVER'))
    expect(later.clock.sleptMs).toEqual([])
  })

  it('is refused by 401, 403 and 404 at once, with what to do', async () => {
    const expected = { 401: 'E_DOWNLOAD_DENIED', 403: 'E_DOWNLOAD_DENIED', 404: 'E_DOWNLOAD_NOT_FOUND' }
    for (const [status, expectedCode] of Object.entries(expected)) {
      for (const part of ['/api/', '/resolve/', '/blob/']) {
        const b = await bench()
        b.hub.always(part, answerWith(Number(status)))
        await expect(b.get(), `${status} of ${part}`).rejects.toMatchObject({
          code: expectedCode,
          advice: expect.stringContaining('HF_TOKEN'),
        })
        expect(b.clock.sleptMs).toEqual([])
      }
    }
  })

  it('notices a stall, tries again and goes on', async () => {
    const b = await bench()
    b.hub.once('/blob/', stallAfter(20_000))
    await b.get({ http: b.http({ stallMs: 100 }) })
    expectInstalled(b)
    expect(rangesOf(b)).toEqual([undefined, 'bytes=20000-'])
    const silent = await bench()
    silent.hub.always('/resolve/', () => {})
    await expect(silent.get({ http: silent.http({ stallMs: 30 }) })).rejects.toMatchObject({
      code: 'E_DOWNLOAD_NETWORK',
      message: expect.stringContaining('no data for'),
    })
  })

  it('refuses other bytes than agreed on, and keeps none of them', async () => {
    const b = await bench()
    const changed = Buffer.from(b.hub.files[MODEL]!)
    changed[30_000]! ^= 1
    b.hub.always('/blob/', (_request, response) => void response.end(changed))
    await expect(b.get()).rejects.toThrow(code('E_MODEL_CHECKSUM'))
    expect(existsSync(partialOf(b))).toBe(false)
    expect(await b.store.list()).toEqual([])
  })

  it('checks small files by their git id', async () => {
    const b = await bench()
    b.hub.always('/tokenizer.json', answerWith(200, {}, '{"model": [] }'.slice(0, 13)))
    await expect(b.get()).rejects.toThrow(code('E_MODEL_CHECKSUM'))
  })

  it('refuses a longer or a shorter file', async () => {
    for (const nBytes of [49_000, 51_000]) {
      const b = await bench()
      const content = smallModel(nBytes)[MODEL]!
      b.hub.always('/blob/', (_request, response) => response.writeHead(200, { 'content-length': nBytes }).end(content))
      await expect(b.get()).rejects.toThrow(code('E_MODEL_CHECKSUM'))
      const chunked = await bench()
      chunked.hub.always('/blob/', (_request, response) => {
        response.write(content)
        response.end()
      })
      const expected = nBytes < 50_000 ? 'E_DOWNLOAD_NETWORK' : 'E_MODEL_CHECKSUM'
      await expect(chunked.get()).rejects.toThrow(code(expected))
    }
  })

  it('starts anew when the part of an earlier run turns out to be of something else', async () => {
    const b = await bench()
    const plan = await b.plan()
    const stop = new AbortController()
    b.hub.once('/blob/', cutAfter(20_000))
    const cut = b.download(plan, {
      signal: stop.signal,
      onProgress: ({ stage }) => stage === 'retrying' && stop.abort(),
    })
    await expect(cut).rejects.toMatchObject({ name: 'CancelledError' })
    writeFileSync(partialOf(b), Buffer.alloc(20_000, 1))
    await b.download(plan)
    expectInstalled(b)
    expect(rangesOf(b)).toEqual([undefined, 'bytes=20000-', undefined])
  })

  it('looks for room first', async () => {
    const b = await bench()
    await expect(b.get({ free: async () => 100 })).rejects.toThrow(code('E_DISK_FULL'))
    expect(b.hub.seenOf('/resolve/')).toEqual([])
    expect(await b.get({ free: async () => undefined })).toBeDefined()
  })

  it.runIf(existsSync('/dev/full'))('says that the disk is full, and goes on once it is not', async () => {
    const b = await bench()
    const plan = await b.plan()
    // Every write to it fails for lack of room.
    mkdirSync(path.dirname(partialOf(b)), { recursive: true })
    symlinkSync('/dev/full', partialOf(b))
    await expect(b.download(plan)).rejects.toThrow(code('E_DISK_FULL'))
    expect(await b.store.list()).toEqual([])
    rmSync(partialOf(b))
    await b.download(plan)
    expectInstalled(b)
  })

  it('takes a quota that is used up for a full disk, wherever it is met', async () => {
    const b = await bench()
    const quota = Object.assign(new Error('EDQUOT: disk quota exceeded, write'), { code: 'EDQUOT' })
    await expect(b.get({ check: async () => Promise.reject(quota) })).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      cause: quota,
    })
  })

  it('refuses a model that its reader refuses, and keeps nothing of it', async () => {
    const b = await bench()
    const refused = b.get({ check: async () => Promise.reject(new Error('no model')) })
    await expect(refused).rejects.toThrow('no model')
    expect(await b.store.list()).toEqual([])
    expect(existsSync(b.store.stagingOf(REPOSITORY).files)).toBe(false)
  })

  it('happens once where two ask at the same time', async () => {
    const b = await bench()
    b.hub.once('/blob/', (_request, _response, serve) => void setTimeout(serve, 200))
    const plan = await b.plan()
    const [one, two] = await Promise.all([b.download(plan), b.download(plan)])
    expect(one).toEqual(two)
    expect(b.hub.seenOf('/blob/')).toHaveLength(1)
    expect(b.progress.some(({ stage }) => stage === 'waiting')).toBe(true)
    expectInstalled(b)
  })

  it('replaces a model of an earlier revision', async () => {
    const b = await bench()
    const plan = await b.plan()
    await b.download(plan)
    const other = smallModel(40_000)
    Object.assign(b.hub.files, other)
    await b.download({ ...(await b.plan()), revision: REVISION })
    expectInstalled(b)
  })
})
