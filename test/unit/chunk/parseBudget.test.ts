import { describe, expect, it } from 'vitest'
import { StepBudget } from '../../../server/src/chunk/parseBudget.ts'
import { threadTimeMs } from '../../../server/src/chunk/threadTime.ts'

const STEP = { hasError: false }

describe('the budget of a parse', () => {
  it('is spent after so many steps, whatever the clock says', () => {
    const budget = new StepBudget(1000, () => 0)
    let n = 0
    while (!budget.step(STEP)) n++
    expect(n).toBeGreaterThan(4000)
    expect(n).toBeLessThan(5000)
  })

  it('is spent sooner where one error follows the other', () => {
    const budget = new StepBudget(1000, () => 0)
    let n = 0
    while (!budget.step({ hasError: n % 2 === 0 })) n++
    expect(n).toBeLessThan(100)
  })

  it('ends steps that take the thread ten times what real files take', () => {
    let timeMs = 0
    const budget = new StepBudget(1_000_000, () => timeMs)
    while (!budget.step(STEP)) timeMs += 50
    expect(timeMs).toBeGreaterThan(7000)
    expect(timeMs).toBeLessThan(8000)
  })
})

it('the time of a thread is what it works, not what it waits', async () => {
  const startedMs = threadTimeMs()
  await new Promise((resolve) => setTimeout(resolve, 300))
  const waitedMs = threadTimeMs() - startedMs
  const untilMs = performance.now() + 100
  while (performance.now() < untilMs);
  expect(waitedMs).toBeLessThan(150)
  expect(threadTimeMs()).toBeGreaterThan(startedMs + waitedMs)
})
