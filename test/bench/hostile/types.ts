import type { Arena } from './arena.ts'

/** What the attacks go through. Each has at least twenty cases. */
export const KINDS = [
  'links',
  'devices',
  'sparse',
  'globs',
  'expressions',
  'nesting',
  'names',
  'queries',
  'messages',
  'archives',
  'git',
  'damage',
  'environment',
] as const

export type Kind = (typeof KINDS)[number]

export interface HostileCase {
  /** `kind/what-is-done`, the only one of this name. */
  name: string
  kind: Kind
  /** Among the few of its kind that run with every `npm test`. */
  isQuick: boolean
  /** For device files, and to be somebody else. */
  needsRoot?: boolean
  /** Lays the attack out, lets the product meet it, and writes down what must not be. */
  run(arena: Arena): Promise<void>
}

/** What must not be seen; each is counted under this name. */
export const FIGURES = [
  'hangs',
  'crashes',
  'internal_errors',
  'outside_reads',
  'outside_writes',
  'planted_programs_run',
  'terminal_escapes',
  'lost_answers',
] as const

export type Figure = (typeof FIGURES)[number]

/** One thing that must not be and was seen. */
export interface Finding {
  name: string
  kind: Kind
  figure: Figure
  seen: string
}

/** Writes down a finding of the case that runs. */
export type Report = (figure: Figure, seen: string) => void

/** Thrown where an answer did not come in time; it has been reported. */
export class Unanswered extends Error {}
