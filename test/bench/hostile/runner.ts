import { mkdirSync, mkdtempSync, readdirSync, realpathSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { seededRandom } from '../../../server/src/base/random.ts'
import { watchDescendants } from '../processMemory.ts'
import { Arena, removeFolder } from './arena.ts'
import { Host } from './host.ts'
import { CANARY, holdsWord } from './oracles.ts'
import { FIGURES, type Figure, type Finding, type HostileCase, Unanswered } from './types.ts'

export interface RunOptions {
  seed: number
  /** No answer may take longer. */
  limitMs: number
  onCase?(name: string, seconds: number, findings: Finding[]): void
}

export interface RunResult {
  nCases: number
  findings: Finding[]
  figures: Record<Figure, number>
  peakMb: number | undefined
}

/** Whether the case can be made here. */
export const isPossible = ({ needsRoot }: HostileCase): boolean => !needsRoot || process.getuid?.() === 0

/** Runs cases one after the other. A case that breaks the shared server costs the next one the start of another. */
export async function runCases(cases: readonly HostileCase[], options: RunOptions): Promise<RunResult> {
  const runner = new Runner(options)
  try {
    for (const each of cases) await runner.run(each)
  } finally {
    await runner.end()
  }
  const count = (figure: Figure) => runner.findings.filter((finding) => finding.figure === figure).length
  return {
    nCases: cases.length,
    findings: runner.findings,
    figures: Object.fromEntries(FIGURES.map((figure) => [figure, count(figure)])) as Record<Figure, number>,
    peakMb: runner.peakMb(),
  }
}

/** Runs cases in a folder of its own until `end`, and keeps what was seen. */
export class Runner {
  readonly findings: Finding[] = []
  readonly #directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'lateral-hostile-')))
  readonly #memory = watchDescendants(process.pid)
  readonly #scanned = new Set<string>()
  #host: Host | undefined
  #running: HostileCase | undefined
  #nHosts = 0

  constructor(private readonly options: RunOptions) {}

  peakMb = () => this.#memory.peakMb()

  /** Gives what was seen in this case. */
  async run(one: HostileCase): Promise<Finding[]> {
    this.#running = one
    const startedAt = performance.now()
    const nBefore = this.findings.length
    const folder = path.join(this.#directory, one.name.replaceAll('/', '-'))
    mkdirSync(folder)
    const { limitMs, seed } = this.options
    const random = seededRandom(seed ^ hashOf(one.name))
    const arena = new Arena(
      folder,
      limitMs,
      random,
      this.#report,
      () => this.#sharedHost(),
      path.join(this.#directory, 'shared'),
    )
    try {
      await this.#inTime(one.run(arena))
    } catch (error) {
      // What was not answered has been reported where it was waited for. A case that cannot be made shows nothing.
      if (!(error instanceof Unanswered)) this.#report('lost_answers', `the case itself fails: ${String(error)}`)
    }
    arena.inspect()
    await this.#afterCase()
    arena.dispose()
    const findings = this.findings.slice(nBefore)
    this.options.onCase?.(one.name, (performance.now() - startedAt) / 1000, findings)
    return findings
  }

  async end(): Promise<void> {
    try {
      await this.#host?.stop()
      this.#scanHost()
    } finally {
      this.#memory.stop()
      removeFolder(this.#directory)
    }
  }

  readonly #report = (figure: Figure, seen: string) => {
    const { name = 'none', kind = 'links' } = this.#running ?? {}
    // A case counts once, however often it is seen.
    const isKnown = this.findings.some((each) => each.name === name && each.figure === figure)
    if (!isKnown) this.findings.push({ name, kind, figure, seen })
  }

  async #sharedHost(): Promise<Host> {
    if (!this.#host) {
      const place = path.join(this.#directory, `host-${++this.#nHosts}`)
      this.#host = await Host.start(place, this.#report, this.options.limitMs)
    }
    return this.#host
  }

  /** A case as a whole has an end, too. */
  async #inTime(run: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const capMs = 12 * this.options.limitMs
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#report('hangs', `the case does not end in ${capMs / 1000} s`)
        reject(new Unanswered('late'))
      }, capMs)
    })
    try {
      await Promise.race([run, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #afterCase(): Promise<void> {
    this.#scanHost()
    if (this.#host && !this.#host.isWell) {
      await this.#host.wire.terminate()
      this.#host = undefined
    }
  }

  /** The shared server's indexes, each once: its case is over. */
  #scanHost(): void {
    if (!this.#host) return
    const indexes = path.join(this.#host.storage, 'indexes')
    for (const name of readdirSync(indexes)) {
      if (this.#scanned.has(name) || name.startsWith('calm-')) continue
      this.#scanned.add(name)
      if (holdsWord(path.join(indexes, name), CANARY))
        this.#report('outside_reads', `the index ${name} holds the canary`)
    }
  }
}

/** FNV-1a: each case has random numbers of its own, whatever ran before it. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
