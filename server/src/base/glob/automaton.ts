import type { Nfa } from './nfa.ts'

/** Where a walk through a text stands: the states of the NFA that it may be in. Never changed from outside. */
export interface Position {
  readonly states: Int32Array
  /** The highest rule that matches if the text ends here, by what the text names; -1 for none. */
  readonly fileRule: number
  readonly directoryRule: number
  /** Known ways on, by code unit: the first 128, and others. */
  readonly next: (Position | undefined)[]
  others?: Map<number, Position>
}

/**
 * Walks an NFA, and remembers where it came to: a DFA that is made as it is needed (Thompson 1968; Cox 2007, "Regular
 * Expression Matching Can Be Simple And Fast"). A known character costs an array access, a new one O(states). So a text
 * costs O(text x states) at worst, whatever the patterns are, and O(text) as a rule. What all automata of a thread
 * remember together is bounded.
 */
export class Automaton {
  /** States visited to find new ways: what known ones cost is not counted. */
  nSteps = 0
  readonly #nfa: Nfa
  readonly #from: number
  /** Positions by a hash of their states. */
  readonly #known = new Map<number, Position[]>()
  #start: Position | undefined
  /** By state: the round that saw it last. */
  readonly #seen: Uint32Array
  #round = 0
  readonly #pending: number[] = []

  constructor(nfa: Nfa, from: number) {
    this.#nfa = nfa
    this.#from = from
    this.#seen = new Uint32Array(nfa.nStates)
  }

  get start(): Position {
    if (!this.#start) {
      this.#beginRound()
      const states: number[] = []
      this.#reach(this.#from, states)
      this.#start = this.#positionOf(states)
    }
    return this.#start
  }

  /** The position after `text[from, to)`. */
  walk(position: Position, text: string, from = 0, to = text.length): Position {
    let at = position
    for (let i = from; i < to; i++) {
      if (at.states.length === 0) break
      const code = text.charCodeAt(i)
      at = (code < N_DIRECT ? at.next[code] : at.others?.get(code)) ?? this.#walkOn(at, code)
    }
    return at
  }

  /** Gives memory back; a position that somebody holds stays valid, without what lay beyond it. */
  forget(): void {
    for (const position of [...this.#known.values()].flat()) {
      position.next.fill(undefined)
      position.others?.clear()
    }
    this.#known.clear()
    this.#start = undefined
  }

  #walkOn(from: Position, code: number): Position {
    this.#beginRound()
    const states: number[] = []
    for (const state of from.states) {
      const target = this.#nfa.after(state, code)
      if (target >= 0) this.#reach(target, states)
    }
    this.nSteps += from.states.length
    const position = this.#positionOf(states)
    if (code < N_DIRECT) from.next[code] = position
    else {
      from.others ??= new Map()
      from.others.set(code, position)
    }
    return position
  }

  #beginRound(): void {
    if (++this.#round < 2 ** 32) return
    this.#seen.fill(0)
    this.#round = 1
  }

  /** Adds a state and what free steps lead to. */
  #reach(state: number, states: number[]): void {
    const pending = this.#pending
    for (let one: number | undefined = state; one !== undefined; one = pending.pop()) {
      if (this.#seen[one] === this.#round) continue
      this.#seen[one] = this.#round
      this.nSteps++
      if (this.#nfa.isLasting(one)) states.push(one)
      const free = this.#nfa.freeSteps(one)
      if (free) for (const target of free) pending.push(target)
    }
  }

  #positionOf(states: number[]): Position {
    let hash = states.length
    for (const state of states) hash = (Math.imul(hash, 31) + state) | 0
    const alike = this.#known.get(hash)
    const known = alike?.find(
      (one) => one.states.length === states.length && one.states.every((s, i) => s === states[i]),
    )
    if (known) return known
    let fileRule = -1
    let directoryRule = -1
    for (const state of states) {
      const accepted = this.#nfa.accepted(state)
      if (!accepted) continue
      directoryRule = Math.max(directoryRule, accepted.rule)
      if (!accepted.directoryOnly) fileRule = Math.max(fileRule, accepted.rule)
    }
    const next = new Array<Position | undefined>(N_DIRECT).fill(undefined)
    const position: Position = { states: Int32Array.from(states), fileRule, directoryRule, next }
    if (alike) alike.push(position)
    else this.#known.set(hash, [position])
    memory.take(this, states.length + CELLS_A_POSITION)
    return position
  }
}

/** Once automata remember too much, all of them forget. */
class Memory {
  #nCells = 0
  readonly #users = new Set<Automaton>()

  take(user: Automaton, nCells: number): void {
    this.#users.add(user)
    this.#nCells += nCells
    if (this.#nCells <= MAX_CELLS) return
    for (const one of this.#users) one.forget()
    this.#users.clear()
    this.#nCells = 0
  }
}

const N_DIRECT = 128
/** Of 4 bytes: `next` has two to an entry, and objects some more. */
const CELLS_A_POSITION = 2 * N_DIRECT + 64
const MAX_CELLS = 8 * 1024 * 1024

const memory = new Memory()
