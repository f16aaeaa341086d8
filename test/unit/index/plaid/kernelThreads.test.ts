import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../../server/src/base/random.ts'
import { type KernelKind, loadKernel } from '../../../../server/src/index/plaid/kernel.ts'
import { KernelThreads } from '../../../../server/src/index/plaid/kernelThreads.ts'
import { KERNEL_DIRECTORY } from './support.ts'

let threads: KernelThreads | undefined
afterEach(() => threads?.end())

describe('threads that score together', () => {
  it('give the scores that one thread gives, in any number and for any size of block', async () => {
    for (const nThreads of [1, 2, 3]) {
      const { kernel, job, scores, expected } = scoring(5000)
      threads = new KernelThreads(kernel, KERNEL_DIRECTORY, nThreads)
      for (let round = 0; round < 30; round++) {
        scores().fill(0)
        threads.run({ ...job, blockUnits: 64 << (round % 5) }, [], () => {})
        expect(scores()).toEqual(expected)
        // The first rounds are before the others are there, the last ones after.
        await sleep(10)
      }
      threads.end()
    }
  })

  it('leave the rest once the caller wants no more, and do the next job whole', async () => {
    const { kernel, job, scores, expected } = scoring(5000)
    threads = new KernelThreads(kernel, KERNEL_DIRECTORY, 2)
    threads.run(job, [], () => {})
    await sleep(300)
    let nStopped = 0
    const stop = () => {
      nStopped++
      throw new Error('stopped')
    }
    for (let round = 0; round < 50; round++) {
      // Now and then the other thread is so fast that the caller gets no block and is not asked.
      const before = nStopped
      try {
        threads.run(job, [], stop)
        expect(nStopped).toBe(before)
      } catch (error) {
        expect((error as Error).message).toBe('stopped')
      }
      scores().fill(0)
      threads.run(job, [], () => {})
      expect(scores()).toEqual(expected)
    }
    expect(nStopped).toBeGreaterThan(0)
  })

  it('are not missed where there are none: an ended pool, a folder without their program, a kernel without WASM', () => {
    for (const [kind, directory] of [
      ['simd', KERNEL_DIRECTORY],
      ['simd', '/nowhere'],
      ['twin', KERNEL_DIRECTORY],
    ] as const) {
      const { kernel, job, scores, expected } = scoring(500, kind)
      threads = new KernelThreads(kernel, directory, 2)
      if (directory === KERNEL_DIRECTORY && kind === 'simd') threads.end()
      threads.run(job, [], () => {})
      expect(scores()).toEqual(expected)
    }
  })
})

/** A call of `approximate` on made docs, and what a plain loop gives for it. */
function scoring(nUnits: number, kind?: KernelKind) {
  const kernel = loadKernel(KERNEL_DIRECTORY, kind)
  const random = seededRandom(3)
  const below = (n: number) => Math.floor(random() * n)
  const rows = kernel.allocate(N_ROWS * ROW)
  kernel.i8(rows, N_ROWS * ROW).set(Array.from({ length: N_ROWS * ROW }, () => below(255) - 127))
  const codes = kernel.allocate(nUnits * TOKENS * 2)
  kernel.u16(codes, nUnits * TOKENS).set(Array.from({ length: nUnits * TOKENS }, () => below(N_ROWS)))
  const table = kernel.allocate(nUnits * 16)
  const units = kernel.allocate(nUnits * 8)
  const out = kernel.allocate(nUnits * 4)
  for (let unit = 0; unit < nUnits; unit++) {
    kernel.u32(table + unit * 16, 4).set([codes + unit * TOKENS * 2, TOKENS, 0, 0])
    kernel.i32(units + unit * 8, 2).set([unit, -1])
  }
  const levels = kernel.i8(rows, N_ROWS * ROW)
  const all = kernel.u16(codes, nUnits * TOKENS)
  const expected = Int32Array.from({ length: nUnits }, (_, unit) => {
    let total = 0
    for (let q = 0; q < ROW; q++) {
      let best = -128
      for (let t = 0; t < TOKENS; t++) best = Math.max(best, levels[all[unit * TOKENS + t]! * ROW + q]!)
      total += best
    }
    return total
  })
  const job = { name: 'approximate', args: [units, nUnits, table, 0, rows, out], blockUnits: 64 } as const
  return { kernel, job: { ...job, args: [...job.args] }, scores: () => kernel.i32(out, nUnits), expected }
}

const N_ROWS = 300
const ROW = 32
const TOKENS = 20
