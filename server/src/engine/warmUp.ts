import type { Clock } from '../base/clock.ts'
import type { TuneSample } from './sessionProtocol.ts'
import { questionFor } from './tuneQuestions.ts'

/**
 * Asks questions that nobody has asked, so that a user's first ones find code compiled and residuals in memory. Only
 * while nobody waits: a user's question goes first, and the one that is being asked here is withdrawn.
 */
export class WarmUp {
  #nWaiting = 0
  #lastUseMs = Number.NEGATIVE_INFINITY
  #asking = new AbortController()

  /** `ask` asks as a user would, and gives up when its signal fires. */
  constructor(
    private readonly ask: (question: string, signal: AbortSignal) => Promise<unknown>,
    private readonly clock: Clock,
  ) {}

  /** Work that someone waits for. */
  async first<T>(work: () => Promise<T>): Promise<T> {
    this.#nWaiting++
    this.#asking.abort()
    try {
      return await work()
    } finally {
      this.#nWaiting--
      this.#lastUseMs = this.clock.now()
    }
  }

  /** One question after the other, each once nobody has waited for a second. Fails as `ask` does. */
  async run(questions: readonly string[], signal: AbortSignal): Promise<void> {
    for (const question of questions) {
      await this.#quiet(signal)
      this.#asking = new AbortController()
      const withdrawn = this.#asking.signal
      await this.ask(question, AbortSignal.any([signal, withdrawn])).catch((error) => {
        if (signal.aborted || !withdrawn.aborted) throw error
      })
    }
  }

  async #quiet(signal: AbortSignal): Promise<void> {
    for (;;) {
      const leftMs = this.#nWaiting > 0 ? QUIET_MS : this.#lastUseMs + QUIET_MS - this.clock.now()
      if (leftMs <= 0) return
      await this.clock.sleep(leftMs, signal)
    }
  }
}

/** `n` questions of all sorts that users ask: names as they stand, the words of names, and longer sentences. */
export function warmUpQuestions(units: TuneSample['units'], n: number): string[] {
  if (units.length === 0) return []
  const unit = (i: number) => units[i % units.length]!
  const wordsOf = (i: number) => questionFor({ ...unit(i), doc: '' })
  const questions = Array.from({ length: n }, (_, i) => {
    // Where units are few, each is asked for in another way the next time.
    const sort = (i + Math.floor(i / units.length)) % 3
    if (sort === 0) return unit(i).name
    return sort === 1 ? wordsOf(i) : `how does ${wordsOf(i)} work with ${wordsOf(i + 1)}`
  })
  // In a query these marks ask for filters, or for texts in files.
  return questions.map((question) => question.replace(/["/:\s]+/g, ' ').trim()).filter((question) => question !== '')
}

/** From there on a question takes no less time than before: some 0.7 s of work on one core. */
export const WARM_UP_QUESTIONS = 60

/** Long enough for someone who types to be done. */
const QUIET_MS = 1000
