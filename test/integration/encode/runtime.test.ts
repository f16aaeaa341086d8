import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../../server/src/base/log.ts'
import type { Encoder, TokenVectors } from '../../../server/src/encode/encoder.ts'
import { createEncoder } from '../../../server/src/encode/encoderPool.ts'
import { createInProcessEncoder } from '../../../server/src/encode/inProcessEncoder.ts'
import type { Accelerator } from '../../../server/src/encode/onnxBackend.ts'
import { type Breakage, encoderProcessWith } from '../../support/brokenRuntime.ts'
import { bundleEntry } from '../../support/bundle.ts'
import { embeddedModel } from '../../support/modelFolders.ts'

const open: Encoder[] = []
afterEach(() => Promise.all(open.splice(0).map((encoder) => encoder.dispose())))

const warnings: string[] = []
async function start(processFile: string, accelerator: Accelerator = 'cpu') {
  warnings.length = 0
  const log = createLog('warn', (_level, message) => warnings.push(message))
  const encoder = await createEncoder({ modelDirectory: embeddedModel, processFile, threads: 1, log, accelerator })
  open.push(encoder)
  return encoder
}

const TEXTS = [
  'function retry(attempt, pauseMs) { return attempt().catch(() => sleep(pauseMs)) }',
  'class Session:\n    def refresh(self, token):\n        return self.store.rotate(token)',
  '# Getting started\n\nInstall the package, open a folder and ask a question in your own words.',
  'x',
]

let native: { documents: TokenVectors[]; query: TokenVectors }
beforeAll(async () => {
  const encoder = await createInProcessEncoder({ modelDirectory: embeddedModel })
  native = { documents: await encoder.encodeDocuments(TEXTS), query: await encoder.encodeQuery('retry after a pause') }
  await encoder.dispose()
})

/** Over all rows. */
function leastCosine(a: TokenVectors[], b: TokenVectors[]): number {
  expect(a.map(({ nTokens, dim }) => [nTokens, dim])).toEqual(b.map(({ nTokens, dim }) => [nTokens, dim]))
  let least = 1
  for (const [i, { nTokens, dim, data }] of a.entries())
    for (let row = 0; row < nTokens; row++) {
      let cosine = 0
      for (let at = row * dim; at < (row + 1) * dim; at++) cosine += data[at]! * b[i]!.data[at]!
      least = Math.min(least, cosine)
    }
  return least
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}

describe('where native ONNX Runtime cannot be loaded', () => {
  const check = async (breakage: Breakage, why: RegExp, accelerator?: Accelerator) => {
    const encoder = await start(await encoderProcessWith(breakage), accelerator)
    expect(encoder.runtime.accelerator).toBe('wasm')
    expect(encoder.runtime.note).toMatch(/^Models run on the slower WebAssembly runtime because /)
    expect(encoder.runtime.note).toMatch(why)
    expect(warnings).toContain(encoder.runtime.note)
    return encoder
  }

  it('models run on WebAssembly and give the same vectors', { timeout: 60_000 }, async () => {
    const encoder = await check('not a library', /cannot be loaded \(.+\)\. Install Lateral again\.$/)
    const documents = await encoder.encodeDocuments(TEXTS)
    expect(leastCosine(documents, native.documents)).toBeGreaterThan(0.999)
    expect(leastCosine([await encoder.encodeQuery('retry after a pause')], [native.query])).toBeGreaterThan(0.999)
    // A sum that differs in its last bit can be rounded to the next step of int8, which moves the whole text a little.
    const differences = documents.map(({ data }, i) => largestDifference(data, native.documents[i]!.data))
    expect(differences.filter((difference) => difference < 1e-3).length).toBeGreaterThanOrEqual(TEXTS.length / 2)
    expect(Math.max(...differences)).toBeLessThan(0.02)
  })

  it.runIf(process.platform === 'linux')('the note names a library that is missing', { timeout: 60_000 }, async () => {
    await check('no library', /the library libonnxruntime\.so\.1 is missing/)
  })

  it('the note says that the package is for another platform', { timeout: 60_000 }, async () => {
    await check('no package', new RegExp(`for ${process.platform}-${process.arch}`))
  })

  it('the note says that no accelerator helps', { timeout: 60_000 }, async () => {
    await check('no binary', /"model.accelerator" \(cuda\) has no effect until then\.$/, 'cuda')
  })

  it('and WebAssembly neither, the failure has a code and what was wrong first', { timeout: 60_000 }, async () => {
    const starting = start(await encoderProcessWith('not a library', { hasWasm: false }))
    await expect(starting).rejects.toMatchObject({ code: 'E_ORT_LOAD' })
  })
})

describe('an accelerator', () => {
  // The opposite of what this machine could have: Core ML exists on macOS alone.
  const foreign = process.platform === 'darwin' ? 'directml' : 'coreml'

  it('that does not work is replaced by the CPU, with a note', async () => {
    const processFile = await bundleEntry('server/src/encode/encoderProcess.ts')
    const encoder = await start(processFile, foreign)
    expect(encoder.runtime.accelerator).toBe('cpu')
    expect(encoder.runtime.note).toMatch(/^Models run on the CPU because .+ does not work here \(.+\)\. It needs /)
    expect(encoder.runtime.note).not.toContain('cannot be used')
    expect(await encoder.encodeDocuments(TEXTS)).toEqual(native.documents)
  })

  it('that fails later on is replaced by the CPU too: nothing is lost, and a note says so once', async () => {
    const encoder = await start(await encoderProcessWith('accelerator that fails later'), 'cuda')
    expect(encoder.runtime).toEqual({ accelerator: 'cuda' })
    expect(await encoder.encodeDocuments(TEXTS)).toEqual(native.documents)
    expect(await encoder.encodeDocuments(TEXTS, { urgent: true })).toEqual(native.documents)
    expect((await encoder.encodeQuery('retry after a pause')).data).toEqual(native.query.data)
    expect(encoder.runtime.accelerator).toBe('cpu')
    expect(encoder.runtime.note).toMatch(/^Models run on the CPU because CUDA does not work here \(.*out of memory\)/)
    expect(warnings).toEqual([encoder.runtime.note])
  })

  it('that was chosen needs no note', { timeout: 60_000 }, async () => {
    const processFile = await bundleEntry('server/src/encode/encoderProcess.ts')
    expect((await start(processFile, 'cpu')).runtime).toEqual({ accelerator: 'cpu' })
    expect((await start(processFile, 'wasm')).runtime).toEqual({ accelerator: 'wasm' })
    expect(warnings).toEqual([])
  })
})
