import { describe, expect, it } from 'vitest'
import { nullLog } from '../../../server/src/base/log.ts'
import type { Encoder } from '../../../server/src/encode/encoder.ts'
import { createFakeEncoder } from '../../../server/src/encode/fakeEncoder.ts'
import { createIdleEncoder } from '../../../server/src/engine/idleEncoder.ts'
import { ManualClock, settle } from '../../support/manualClock.ts'

const IDLE_MS = 1000

async function idleEncoder(options: { isKnown?: boolean; next?: () => Encoder } = {}) {
  const clock = new ManualClock()
  const counts = { started: 0, ended: 0 }
  const start = async (): Promise<Encoder> => {
    counts.started++
    const own = options.next?.() ?? createFakeEncoder()
    return {
      ...own,
      dispose: async () => {
        counts.ended++
      },
    }
  }
  const { model } = createFakeEncoder()
  const encoder = await createIdleEncoder({
    ...{ start, idleMs: IDLE_MS, clock, log: nullLog, modelDirectory: '/models/m' },
    ...(options.isKnown && { model }),
  })
  await settle()
  return { encoder, clock, counts }
}

describe('an encoder that is not in use', () => {
  it('ends after a while, and starts again when it is wanted', async () => {
    const { encoder, clock, counts } = await idleEncoder()
    const before = await encoder.encodeQuery('read the settings')
    await clock.advance(IDLE_MS - 1)
    expect(counts).toEqual({ started: 1, ended: 0 })
    await clock.advance(1)
    expect(counts).toEqual({ started: 1, ended: 1 })

    expect(await encoder.encodeQuery('read the settings')).toEqual(before)
    expect(counts).toEqual({ started: 2, ended: 1 })
    await clock.advance(IDLE_MS)
    expect(counts).toEqual({ started: 2, ended: 2 })
  })

  it('counts from the last call, not from the first', async () => {
    const { encoder, clock, counts } = await idleEncoder()
    for (let i = 0; i < 4; i++) {
      await clock.advance(IDLE_MS * 0.75)
      await encoder.encodeQuery('again')
    }
    expect(counts.ended).toBe(0)
    await clock.advance(IDLE_MS)
    expect(counts).toEqual({ started: 1, ended: 1 })
  })

  it('stays while a call is under way, however long that takes', async () => {
    let finish = () => {}
    const slow = createFakeEncoder()
    const { encoder, clock, counts } = await idleEncoder({
      next: () => ({
        ...slow,
        encodeDocuments: async (texts) => {
          await new Promise<void>((resolve) => {
            finish = resolve
          })
          return slow.encodeDocuments(texts)
        },
      }),
    })
    const documents = encoder.encodeDocuments(['a long build'])
    await clock.advance(IDLE_MS * 3)
    expect(counts.ended).toBe(0)
    finish()
    expect(await documents).toHaveLength(1)
    await clock.advance(IDLE_MS)
    expect(counts.ended).toBe(1)
  })

  it('is not started before its first call where its model is known', async () => {
    const { encoder, counts } = await idleEncoder({ isKnown: true })
    expect(counts.started).toBe(0)
    await encoder.encodeQuery('now')
    expect(counts.started).toBe(1)
  })

  it('starts once for calls that come together', async () => {
    const { encoder, counts } = await idleEncoder({ isKnown: true })
    await Promise.all(['a', 'b', 'c'].map((text) => encoder.encodeQuery(text)))
    expect(counts.started).toBe(1)
  })

  it('refuses a model that has become another one meanwhile, and tries again with the next call', async () => {
    let dim = 32
    const { encoder, clock, counts } = await idleEncoder({ next: () => createFakeEncoder({ dim }) })
    await clock.advance(IDLE_MS)
    dim = 48
    await expect(encoder.encodeQuery('which')).rejects.toMatchObject({ code: 'E_MODEL_INVALID' })
    expect(counts.ended).toBe(counts.started)
    dim = 32
    expect((await encoder.encodeQuery('which')).dim).toBe(32)
  })

  it('leaves a caller who gives up while it starts', async () => {
    const { encoder } = await idleEncoder({ isKnown: true })
    const stop = new AbortController()
    const query = encoder.encodeQuery('never mind', { signal: stop.signal })
    stop.abort()
    await expect(query).rejects.toMatchObject({ name: 'CancelledError' })
  })

  it('is over once it is disposed of', async () => {
    const { encoder, counts } = await idleEncoder()
    await encoder.dispose()
    expect(counts).toEqual({ started: 1, ended: 1 })
    await expect(encoder.encodeQuery('late')).rejects.toMatchObject({ name: 'CancelledError' })
    expect(counts.started).toBe(1)
  })
})
