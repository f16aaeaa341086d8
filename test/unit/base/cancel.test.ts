import { describe, expect, it } from 'vitest'
import { raceAbort, throwIfAborted, yieldToEventLoop } from '../../../server/src/base/cancel.ts'
import { CancelledError } from '../../../server/src/base/errors.ts'

describe('throwIfAborted', () => {
  it('throws once the caller has withdrawn', () => {
    expect(() => throwIfAborted(undefined)).not.toThrow()
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow()
    expect(() => throwIfAborted(AbortSignal.abort())).toThrow(CancelledError)
  })
})

describe('raceAbort', () => {
  it('is the work where nobody withdraws', async () => {
    const { signal } = new AbortController()
    expect(await raceAbort(Promise.resolve(1), signal)).toBe(1)
    expect(await raceAbort(Promise.resolve(2), undefined)).toBe(2)
    await expect(raceAbort(Promise.reject(new Error('own')), signal)).rejects.toThrow('own')
  })
  it('rejects at once on abort, though the work goes on', async () => {
    const controller = new AbortController()
    const race = raceAbort(new Promise(() => {}), controller.signal)
    controller.abort()
    await expect(race).rejects.toBeInstanceOf(CancelledError)
  })
})

describe('yieldToEventLoop', () => {
  it('lets a message in between', async () => {
    let came = false
    setImmediate(() => {
      came = true
    })
    await yieldToEventLoop()
    expect(came).toBe(true)
  })
})
