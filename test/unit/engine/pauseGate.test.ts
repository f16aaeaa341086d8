import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { PauseGate } from '../../../server/src/engine/pauseGate.ts'
import { createTurns } from '../../../server/src/engine/turns.ts'

describe('PauseGate', () => {
  const { signal } = new AbortController()

  it('holds work while closed', async () => {
    const gate = new PauseGate()
    await gate.pass(signal)
    gate.close()
    gate.close()
    let passed = false
    const passing = gate.pass(signal).then(() => {
      passed = true
    })
    await sleep(5)
    expect(passed).toBe(false)
    gate.open()
    gate.open()
    await passing
    await gate.pass(signal)
  })

  it('lets those go who withdraw', async () => {
    const gate = new PauseGate()
    gate.close()
    const controller = new AbortController()
    const passing = gate.pass(controller.signal)
    controller.abort()
    await expect(passing).rejects.toMatchObject({ name: 'CancelledError' })
    await expect(gate.pass(controller.signal)).rejects.toMatchObject({ name: 'CancelledError' })
  })
})

describe('turns', () => {
  it('are taken in order, one at a time, past those that fail', async () => {
    const inTurn = createTurns()
    const events: string[] = []
    const work = (name: string, failure?: string) =>
      inTurn(async () => {
        events.push(`${name} begins`)
        await sleep(1)
        events.push(`${name} ends`)
        if (failure) throw new Error(failure)
        return name
      })
    const [a, b, c] = await Promise.allSettled([work('a'), work('b', 'no'), work('c')])
    expect([a.status, b.status, c.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  })
})
