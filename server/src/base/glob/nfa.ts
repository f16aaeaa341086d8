import { ANY, type CharSet, holds, SLASH_ALONE } from './charSet.ts'

/**
 * A nondeterministic automaton under construction (Thompson 1968): states, each with at most one step on a character,
 * and any number of free steps. States are numbers; a pattern is built from left to right, without recursion. 9 bytes a
 * state, and some more for each that is no plain letter.
 */
export class Nfa {
  #nStates = 0
  #marks = new Uint8Array(INITIAL_STATES)
  #targets = new Int32Array(INITIAL_STATES)
  /** By state: bounds of the characters it steps on; `#sets` says more where they are not all between these. */
  #low = new Uint16Array(INITIAL_STATES)
  #high = new Uint16Array(INITIAL_STATES)
  readonly #sets = new Map<number, CharSet>()
  readonly #free = new Map<number, number[]>()
  readonly #accepted = new Map<number, Accepted>()

  get nStates(): number {
    return this.#nStates
  }

  addState(): number {
    if (this.#nStates === this.#marks.length) this.#grow()
    return this.#nStates++
  }

  /** A step on one character; gives the state behind it. `from` must have no such step yet. */
  step(from: number, set: CharSet, to = this.addState()): number {
    if (set.length === 0) return to
    this.#marks[from]! |= STEPS
    this.#low[from] = set[0]![0]
    this.#high[from] = set.at(-1)![1]
    this.#targets[from] = to
    if (set.length > 1) {
      this.#marks[from]! |= HAS_SET
      this.#sets.set(from, set)
    }
    return to
  }

  /** A free step. */
  join(from: number, to: number): void {
    this.#marks[from]! |= JOINS
    const free = this.#free.get(from)
    if (free) free.push(to)
    else this.#free.set(from, [to])
  }

  /** Any number of characters, none included; gives the state behind them. */
  repeat(from: number, set: CharSet): number {
    const loop = this.addState()
    this.join(from, loop)
    this.step(loop, set, loop)
    const behind = this.addState()
    this.join(loop, behind)
    return behind
  }

  /** Any number of directories, each with its slash: what stands for two stars and a slash. */
  directories(from: number): number {
    const behind = this.addState()
    this.join(from, behind)
    return this.step(this.repeat(from, ANY), SLASH_ALONE, behind)
  }

  /** A text that ends here is matched. */
  accept(state: number, accepted: Accepted): void {
    this.#marks[state]! |= ACCEPTS
    this.#accepted.set(state, accepted)
  }

  /** The state behind the step on this character; -1 where there is none. */
  after(state: number, code: number): number {
    const marks = this.#marks[state]!
    if ((marks & STEPS) === 0 || code < this.#low[state]! || code > this.#high[state]!) return -1
    return (marks & HAS_SET) === 0 || holds(this.#sets.get(state)!, code) ? this.#targets[state]! : -1
  }

  freeSteps(state: number): readonly number[] | undefined {
    return (this.#marks[state]! & JOINS) === 0 ? undefined : this.#free.get(state)
  }

  accepted(state: number): Accepted | undefined {
    return (this.#marks[state]! & ACCEPTS) === 0 ? undefined : this.#accepted.get(state)
  }

  /** Whether a state matters once its free steps were taken. */
  isLasting(state: number): boolean {
    return (this.#marks[state]! & (STEPS | ACCEPTS)) !== 0
  }

  #grow(): void {
    const size = 2 * this.#nStates
    this.#marks = enlarged(this.#marks, new Uint8Array(size))
    this.#targets = enlarged(this.#targets, new Int32Array(size))
    this.#low = enlarged(this.#low, new Uint16Array(size))
    this.#high = enlarged(this.#high, new Uint16Array(size))
  }
}

export interface Accepted {
  /** The highest of the rules that match counts. */
  rule: number
  /** Only where the text names a directory. */
  directoryOnly: boolean
}

function enlarged<T extends Uint8Array | Uint16Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

const INITIAL_STATES = 64

const STEPS = 1
const HAS_SET = 2
const JOINS = 4
const ACCEPTS = 8
