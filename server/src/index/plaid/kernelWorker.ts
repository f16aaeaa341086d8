import { workerData } from 'node:worker_threads'
import type { KernelFunctions } from './kernel.ts'
import { DONE, GATE, JobBoard, N_READY, OPEN, SEQUENCE, workOnJob } from './kernelJob.ts'

/** A thread that helps with scoring (`kernelThreads.ts`): sleeps until there is a job, joins it, and sleeps again. */
const { module, memory, board: buffer, thread } = workerData as KernelWorkerData
const { exports } = new WebAssembly.Instance(module, { env: { memory } })
const board = new JobBoard(buffer)
const { words } = board

Atomics.add(words, N_READY, 1)
for (let seen = 0; ; ) {
  Atomics.wait(words, SEQUENCE, seen)
  seen = Atomics.load(words, SEQUENCE)
  if (!joins()) continue
  try {
    const { job, scratchBytes } = board.read()
    workOnJob(words, exports as unknown as KernelFunctions, job, scratchBytes, thread)
  } finally {
    Atomics.add(words, DONE, 1)
    Atomics.notify(words, DONE)
  }
}

/** Whether there is a job that still takes threads; this one is counted then. */
function joins(): boolean {
  for (;;) {
    const gate = Atomics.load(words, GATE)
    if (!(gate & OPEN)) return false
    if (Atomics.compareExchange(words, GATE, gate, gate + 1) === gate) return true
  }
}

export interface KernelWorkerData {
  module: WebAssembly.Module
  memory: WebAssembly.Memory
  board: SharedArrayBuffer
  /** From 1. */
  thread: number
}
