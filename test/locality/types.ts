/** What the process inside the namespace is told. */
export interface LocalityOptions {
  /** How long the server lives, in seconds. */
  seconds: number
  /** Whether `strace` watches as well: every call of every process, at some ten times the price. */
  strace: boolean
  /** Outside: the folder that is mounted inside, the repository, and the home folder that the system knows. */
  base?: string
  root?: string
  passwdHome?: string
}

/** What was seen. Each is one line for people; a run without faults has none, and every canary. */
export interface LocalityReport {
  sockets: string[]
  lookups: string[]
  foreignFiles: string[]
  foreignPrograms: string[]
  /** Oracles that did not see what the canary did: nothing they say counts. */
  missedCanaries: string[]
  /** What the run consisted of, so that a run of nothing cannot pass. */
  work: { seconds: number; nSearches: number; nEdits: number; nUnitsEncoded: number; encoderSeconds: number }
  /** Programs and places of files that were seen. */
  programs: string[]
  written: string[]
}
