import { describe, expect, it } from 'vitest'
import { createIdleWork } from '../../../server/src/engine/idleWork.ts'
import type { SliceOutcome } from '../../../server/src/ingest/indexPort.ts'

/** Time that passes by hand; slices take `sliceMs`. */
function started(outcome: (n: number) => SliceOutcome, sliceMs = 10) {
  let nowMs = 0
  const timers = new Map<object, { at: number; work: () => void }>()
  /** When slices began. */
  const slices: number[] = []
  const clock = {
    now: () => nowMs,
    after(ms: number, work: () => void) {
      const timer = {}
      timers.set(timer, { at: nowMs + ms, work })
      return () => void timers.delete(timer)
    },
  }
  const idle = createIdleWork(() => {
    slices.push(nowMs)
    nowMs += sliceMs
    return outcome(slices.length)
  }, clock)
  const passUntil = (endMs: number) => {
    for (;;) {
      const due = [...timers].sort(([, a], [, b]) => a.at - b.at)[0]
      if (!due || due[1].at > endMs) break
      timers.delete(due[0])
      nowMs = Math.max(nowMs, due[1].at)
      due[1].work()
    }
    nowMs = Math.max(nowMs, endMs)
  }
  return { slices, idle, passUntil, nTimers: () => timers.size }
}

describe('idle work', () => {
  it('begins three seconds after the last call and ends when all is done', () => {
    const { slices, idle, passUntil, nTimers } = started((n) => (n < 3 ? 'more' : 'done'))
    passUntil(10_000)
    expect(slices).toEqual([])
    idle.postpone()
    passUntil(12_000)
    idle.postpone()
    passUntil(14_999)
    expect(slices).toEqual([])
    passUntil(100_000)
    expect(slices).toEqual([15_000, 15_010, 15_025])
    expect(nTimers()).toBe(0)
  })

  it('lets calls in after 20 ms and a slice at most, and then rests until they have ended for three seconds', () => {
    const { slices, idle, passUntil } = started(() => 'more', 15)
    idle.postpone()
    passUntil(3100)
    for (let i = 2; i < slices.length; i++) expect(slices[i]! - slices[i - 2]!).toBeGreaterThan(30)
    const before = slices.length
    expect(before).toBeGreaterThan(4)
    idle.postpone()
    passUntil(6099)
    expect(slices.length).toBe(before)
    passUntil(6130)
    expect(slices.length).toBeGreaterThan(before)
  })

  it('tries what failed again after a minute, then after twice as long each time, however many calls come', () => {
    const { slices, idle, passUntil } = started(() => 'failed', 0)
    idle.postpone()
    for (let at = 0; at < 500_000; at += 4000) {
      passUntil(at)
      idle.postpone()
    }
    // A try that is due waits for an idle moment, at most 4 s here.
    expect(slices.length).toBe(4)
    const gaps = slices.slice(1).map((at, i) => at - slices[i]!)
    for (const [i, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(60_000 * 2 ** i)
      expect(gap).toBeLessThan(60_000 * 2 ** i + 5000)
    }
  })

  it('tries again by itself where no call comes', () => {
    const { slices, idle, passUntil, nTimers } = started((n) => (n === 1 ? 'failed' : 'done'), 0)
    idle.postpone()
    passUntil(200_000)
    expect(slices).toEqual([3000, 63_000])
    expect(nTimers()).toBe(0)
  })

  it('after a success the next failure is tried again as soon as a first one', () => {
    const outcomes: SliceOutcome[] = ['failed', 'failed', 'done', 'failed', 'done']
    const { slices, idle, passUntil } = started((n) => outcomes[n - 1]!, 0)
    idle.postpone()
    passUntil(400_000)
    expect(slices).toEqual([3000, 63_000, 183_000])
    idle.postpone()
    passUntil(1_000_000)
    expect(slices.slice(3)).toEqual([403_000, 463_000])
  })
})
