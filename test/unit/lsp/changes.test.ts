import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ChangeQueue } from '../../../server/src/lsp/changes.ts'
import { Throttle } from '../../../server/src/lsp/throttle.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function queue() {
  const delivered: { atMs: number; paths: string[] | undefined }[] = []
  const startedAt = Date.now()
  const changes = new ChangeQueue((paths) => delivered.push({ atMs: Date.now() - startedAt, paths }))
  return { changes, delivered }
}

describe('the change queue', () => {
  it('hands changes over together, each path once, after a pause', () => {
    const { changes, delivered } = queue()
    changes.add('a')
    vi.advanceTimersByTime(150)
    changes.add('b')
    changes.add('a')
    vi.advanceTimersByTime(1000)
    expect(delivered).toEqual([{ atMs: 350, paths: ['a', 'b'] }])
  })

  it('does not starve under a steady stream', () => {
    const { changes, delivered } = queue()
    for (let i = 0; i < 20; i++) {
      changes.add(`file${i}`)
      vi.advanceTimersByTime(100)
    }
    expect(delivered[0]?.atMs).toBe(800)
    expect(delivered.length).toBeGreaterThan(1)
  })

  it('lets an urgent change take the waiting ones along, and no later one hold it back', () => {
    const { changes, delivered } = queue()
    changes.add('a')
    vi.advanceTimersByTime(50)
    changes.add('saved', 20)
    vi.advanceTimersByTime(10)
    changes.add('b')
    vi.advanceTimersByTime(1000)
    expect(delivered).toEqual([{ atMs: 70, paths: ['a', 'saved', 'b'] }])
  })

  it('asks for the whole folder after a flood or on request', () => {
    const flood = queue()
    for (let i = 0; i <= 500; i++) flood.changes.add(`file${i}`)
    vi.advanceTimersByTime(1000)
    expect(flood.delivered).toEqual([{ atMs: 200, paths: undefined }])

    const request = queue()
    request.changes.add('a')
    request.changes.addEverything()
    vi.advanceTimersByTime(1000)
    request.changes.add('b')
    vi.advanceTimersByTime(1000)
    expect(request.delivered.map(({ paths }) => paths)).toEqual([undefined, ['b']])
  })

  it('delivers nothing once disposed', () => {
    const { changes, delivered } = queue()
    changes.add('a')
    changes.dispose()
    vi.advanceTimersByTime(1000)
    expect(delivered).toEqual([])
  })
})

describe('the throttle', () => {
  it('sends the first change at once, others at most every interval, and always the last', () => {
    const sentAtMs: number[] = []
    const startedAt = Date.now()
    const throttle = new Throttle(250, () => sentAtMs.push(Date.now() - startedAt))
    for (let i = 0; i < 60; i++) {
      throttle.changed()
      vi.advanceTimersByTime(10)
    }
    vi.advanceTimersByTime(1000)
    expect(sentAtMs).toEqual([0, 250, 500, 750])
  })
})
