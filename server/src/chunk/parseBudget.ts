import type { Tree } from 'web-tree-sitter'
import { threadTimeMs } from './threadTime.ts'

/**
 * Counts the steps that one file may take, so that its units depend on its text alone and never on how busy the machine
 * is. A step is a hundred operations of the parser or of its query, as the runtime's callbacks tell; what takes longer
 * counts more. Characters that are read again and again for tokens that have no end are among it. Some grammars have texts
 * whose steps take a hundred times as long as others and look no different: the processor time of this thread ends them,
 * at ten times what any real file has been seen to take, so that no load reaches it.
 */
export class StepBudget {
  #nSteps = 0
  /** Steps that found the parser after an error, and how often it came there. */
  #nStepsInError = 0
  #nErrors = 0
  #isInError = false
  readonly #maxSteps: number
  /** At the first look: most files end before, and never ask for the time. */
  #startedMs: number | undefined
  #nCalls = 0
  #isOverTime = false

  constructor(
    textLength: number,
    private readonly now: () => number = threadTimeMs,
  ) {
    this.#maxSteps = BASE_STEPS + Math.ceil((textLength / 1000) * STEPS_A_KILOCHAR)
  }

  /** A hundred operations more; true once there are too many, which is how the runtime is told to stop. */
  step({ hasError }: { hasError?: boolean }): boolean {
    if (hasError && !this.#isInError) this.#nSteps += STEPS_AN_ERROR * ++this.#nErrors
    this.#isInError = hasError === true
    this.#nSteps += hasError ? STEPS_IN_ERROR + this.#nStepsInError++ : 1
    if (++this.#nCalls % STEPS_A_LOOK === 0) this.#look()
    return this.isSpent
  }

  #look(): void {
    const nowMs = this.now()
    this.#startedMs ??= nowMs
    this.#isOverTime ||= nowMs - this.#startedMs > MAX_THREAD_MS
  }

  /** One more piece of the text, of five thousand characters. */
  read(): void {
    this.#nSteps += STEPS_A_READ
  }

  get isSpent(): boolean {
    return this.#isOverTime || this.#nSteps > this.#maxSteps
  }
}

export interface TreeCost {
  /** What a query takes beyond its steps: from each sign it looks ahead for a named sibling. */
  signs: number
  /** What the way from the root to any one node costs at most. */
  path: number
}

/**
 * What a query over a tree, and looking for the parents of what it finds, will cost beyond the steps that are counted.
 * Nodes with few descendants are not looked into: they cost little. O(children of large nodes).
 */
export function costOf(tree: Tree): TreeCost {
  const cursor = tree.walk()
  try {
    const cost: TreeCost = { signs: 0, path: 0 }
    /** Of the large nodes that the cursor is in. */
    const outer: { run: number; path: number }[] = []
    let run = 0
    let path = 0
    const endRun = () => {
      cost.signs += run * run
      run = 0
    }
    if (!cursor.gotoFirstChild()) return cost
    for (;;) {
      path++
      cost.path = Math.max(cost.path, path)
      if (cursor.nodeIsNamed) endRun()
      else run++
      if (cursor.currentNode.descendantCount > LARGE_NODE && cursor.gotoFirstChild()) {
        outer.push({ run, path })
        run = 0
        continue
      }
      while (!cursor.gotoNextSibling()) {
        endRun()
        const next = outer.pop()
        if (!next || !cursor.gotoParent()) return cost
        run = next.run
        path = next.path
      }
    }
  } finally {
    cursor.delete()
  }
}

/**
 * Of real files at most 21 steps come to a thousand characters, and 12,600 to one of 865 KB: minified, a table of
 * numbers, generated from a schema.
 */
const STEPS_A_KILOCHAR = 24
const BASE_STEPS = 4000
/** After an error the parser follows several readings at once, and each operation takes longer. */
const STEPS_IN_ERROR = 3
/**
 * To find a way on, the parser goes through all that it could not make sense of before: each error costs more than the one
 * before it. Of 2,500 real files one has been found in an error 72 times in a row, all others 4 times at most.
 */
const STEPS_AN_ERROR = 60
const STEPS_A_READ = 4

/** Real files take 0.7 s at most. */
const MAX_THREAD_MS = 7000
const STEPS_A_LOOK = 8

const LARGE_NODE = 1000

/** Real files stay below 100,000. */
export const MAX_SIGNS_COST = 20_000_000

/** Matches times the longest way. Real files stay below 200 million. */
export const MAX_PATHS_COST = 2_000_000_000
