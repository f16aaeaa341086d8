import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nullLog } from '../../../server/src/base/log.ts'
import { createEncoder, type PooledEncoder } from '../../../server/src/encode/encoderPool.ts'
import { bundleEntry } from '../../support/bundle.ts'
import { embeddedModel } from '../../support/modelFolders.ts'

/** Of very different lengths: in one run of an int8 graph, the long ones would move the rows of the short ones. */
const texts = Array.from({ length: 24 }, (_, i) =>
  Array.from({ length: (i * 7) % 23 }, (_, j) => `const value${i * j} = readManifest('${i}', { retries: ${j} })`).join(
    '\n',
  ),
)

const bytesOf = (rows: Float32Array) => Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)

/** A text's vectors are a function of the text and the model alone: bit by bit, on one machine. */
describe('the vectors of a text do not depend on', () => {
  let encoder: PooledEncoder
  let alone: Float32Array[]
  beforeAll(async () => {
    const processFile = await bundleEntry('server/src/encode/encoderProcess.ts')
    encoder = await createEncoder({ modelDirectory: embeddedModel, processFile, threads: 2, log: nullLog })
    alone = []
    for (const text of texts) alone.push((await encoder.encodeDocuments([text]))[0]!.data)
  })
  afterAll(() => encoder.dispose())

  const check = async (call: string[], options = {}) => {
    const rows = await encoder.encodeDocuments(call, options)
    for (const [i, text] of call.entries())
      expect(bytesOf(rows[i]!.data).equals(bytesOf(alone[texts.indexOf(text)]!)), text).toBe(true)
  }

  it('the texts of the same call, or their order', async () => {
    await check(texts)
    await check(texts.toReversed())
    await check(texts.filter((_, i) => i % 3 === 1))
  })

  it('other calls under way', async () => {
    await Promise.all([check(texts.slice(0, 16)), check(texts.slice(8)), check(texts)])
  })

  it('which process encodes it, the one for urgent texts included', async () => {
    await check(texts.slice(0, 8), { urgent: true })
  })

  it('how often it occurs', async () => {
    await check([...texts.slice(5, 9), ...texts.slice(5, 9), texts[7]!])
  })
})
