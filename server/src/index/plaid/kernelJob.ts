import type { KernelFunctions } from './kernel.ts'

/**
 * One call of a scoring function that several threads do together: each takes blocks of units until none is left. The
 * job lies in shared memory (`JobBoard`), since its threads sleep there and answer within microseconds, which messages
 * do not.
 */
export interface KernelJob {
  name: JobName
  /** `(units, n, ..., out)` as for a call by one thread. Scratch arguments have room for every thread, one after another. */
  args: number[]
  blockUnits: number
}

export type JobName = keyof typeof SCRATCH

/** The board's words. */
export const GATE = 0
export const NEXT_UNIT = 1
export const DONE = 2
/** Counts jobs; threads sleep until it changes. */
export const SEQUENCE = 3
export const N_READY = 4
const FUNCTION = 5
const BLOCK_UNITS = 6
const N_ARGS = 7
const SCRATCH_BYTES = 8

/** Set while threads may join the job; the bits below it count those that have. */
export const OPEN = 1 << 16

/** Shared words of one pool of threads, and its job. */
export class JobBoard {
  readonly words: Int32Array
  readonly #args: Float64Array

  constructor(readonly buffer = new SharedArrayBuffer(ARGS_AT + MAX_ARGS * 8)) {
    this.words = new Int32Array(buffer, 0, ARGS_AT / 4)
    this.#args = new Float64Array(buffer, ARGS_AT, MAX_ARGS)
  }

  /** `scratchBytes`: of each scratch argument, for one thread. Only while no thread is in a job. */
  write({ name, args, blockUnits }: KernelJob, scratchBytes: readonly number[]): void {
    this.#args.set(args)
    this.words[FUNCTION] = JOB_NAMES.indexOf(name)
    this.words[BLOCK_UNITS] = blockUnits
    this.words[N_ARGS] = args.length
    this.words.set(scratchBytes, SCRATCH_BYTES)
  }

  read(): { job: KernelJob; scratchBytes: number[] } {
    const name = JOB_NAMES[this.words[FUNCTION]!]!
    const args = [...this.#args.subarray(0, this.words[N_ARGS])]
    const scratchBytes = SCRATCH[name].map((_, i) => this.words[SCRATCH_BYTES + i]!)
    return { job: { name, args, blockUnits: this.words[BLOCK_UNITS]! }, scratchBytes }
  }
}

/**
 * Takes blocks of the job's units until there are none. `thread` is 0 for the one that asks. `beforeBlock` may throw;
 * then the other blocks are left.
 */
export function workOnJob(
  words: Int32Array,
  call: KernelFunctions,
  { name, args, blockUnits }: KernelJob,
  scratchBytes: readonly number[],
  thread: number,
  beforeBlock: () => void = () => {},
): void {
  const own = [...args]
  SCRATCH[name].forEach((at, i) => {
    own[at] = args[at]! + thread * scratchBytes[i]!
  })
  const run = call[name] as (...args: number[]) => void
  const nUnits = args[1]!
  const outBytes = OUT_BYTES[name](args)
  for (;;) {
    const from = Atomics.add(words, NEXT_UNIT, blockUnits)
    if (from >= nUnits) return
    beforeBlock()
    own[0] = args[0]! + from * UNIT_BYTES
    own[1] = Math.min(blockUnits, nUnits - from)
    own[own.length - 1] = args[args.length - 1]! + from * outBytes
    run(...own)
  }
}

/** Which arguments are scratch. */
export const SCRATCH = { approximate: [], refine: [12], fine: [12] } as const satisfies Record<string, number[]>
const JOB_NAMES = Object.keys(SCRATCH) as JobName[]

/** What a job writes for each unit: a score, or one for each query token (in blocks of 8). */
const OUT_BYTES: Record<JobName, (args: readonly number[]) => number> = {
  approximate: () => 4,
  refine: () => 4,
  fine: (args) => args[FINE_BLOCKS]! * 32,
}
/** Which argument of `fine` is the number of blocks. */
const FINE_BLOCKS = 7

/** Body and context doc. */
const UNIT_BYTES = 8
const MAX_ARGS = 16
const ARGS_AT = 64
