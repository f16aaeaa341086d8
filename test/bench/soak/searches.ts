import { setTimeout } from 'node:timers/promises'
import type { RunningServer } from '../server.ts'
import { judge, SETTLED_MS } from './judge.ts'
import { AREAS, type Piece, type World } from './world.ts'

/** Asks one question after the other while a world changes, and counts what is wrong about the answers. */
export class Searcher {
  readonly counts = {
    ...{ searches: 0, hits: 0, failed: 0, liveAsked: 0 },
    ...{ dead: 0, missingFile: 0, deadSnippet: 0, ignored: 0, lost: 0 },
  }
  readonly tookMs: number[] = []
  #isStopped = false
  #nTold = 0
  readonly #startedMs = performance.now()

  constructor(
    private readonly world: World,
    private readonly server: Pick<RunningServer, 'search' | 'status'>,
    private readonly random: () => number,
  ) {}

  /** Until `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const dice = this.random()
      try {
        if (dice < 0.5) await this.#askForLive()
        else await this.#ask(this.#otherQuery(dice))
      } catch (error) {
        this.counts.failed++
        this.#tell(`a search failed: ${(error as Error).message}`)
      }
      await setTimeout(PAUSE_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
  }

  /** By a name that is there, and must be found. */
  async #askForLive(): Promise<void> {
    const startMs = performance.now()
    const candidates = [...this.world.files].flatMap(([file, pieces]) =>
      pieces.filter((piece) => this.#isSettled(file, piece, startMs)).map((piece) => ({ file, piece })),
    )
    const chosen = candidates[Math.floor(this.random() * candidates.length)]
    if (!chosen) return
    const { file, piece } = chosen
    const isThere = () =>
      this.#isSettled(file, piece, startMs) && this.world.files.get(file)?.some(({ text }) => text === piece.text)
    const isFound = async () =>
      (await this.#ask(piece.name)).some((hit) => hit.path === file && hit.name === piece.name)
    this.counts.liveAsked++
    if ((await isFound()) || !isThere()) return
    this.counts.lost++
    const status = await this.server.status()
    let later = 'for ever'
    for (let i = 1; i <= 10; i++) {
      await setTimeout(500)
      if (!isThere()) later = 'until it was edited'
      else if (await isFound()) later = `for ${i / 2} s more`
      else continue
      break
    }
    const ageS = (startMs - Math.max(piece.sinceMs, this.world.visibleSinceMs(file))) / 1000
    this.#tell(`lost ${later}: ${file} ${piece.name}, ${ageS.toFixed(1)} s old, index ${status?.phase}`)
  }

  #isSettled(file: string, { sinceMs }: Piece, nowMs: number): boolean {
    return Math.max(sinceMs, this.world.visibleSinceMs(file)) < nowMs - SETTLED_MS
  }

  async #ask(query: string) {
    const askedMs = performance.now()
    const { hits } = await this.server.search(query)
    const answeredMs = performance.now()
    this.tookMs.push(answeredMs - askedMs)
    this.counts.searches++
    this.counts.hits += hits.length
    await this.world.noted()
    const verdicts = judge(this.world, hits, askedMs, answeredMs)
    for (const kind of ['dead', 'missingFile', 'deadSnippet', 'ignored'] as const) {
      this.counts[kind] += verdicts[kind].length
      for (const place of verdicts[kind].slice(0, 2)) this.#tell(`${kind}: ${place}, asked for ${query}`)
    }
    return hits
  }

  #otherQuery(dice: number): string {
    const { goneNames } = this.world
    const area = AREAS[Math.floor(this.random() * AREAS.length)]!
    const piece = this.#anyPiece()
    if (dice < 0.7 && goneNames.length > 0) return goneNames[Math.floor(this.random() * goneNames.length)]!
    if (dice < 0.85) return piece.text.split('\n').at(-3) ?? piece.name
    if (dice < 0.9) return `dir:src/${area} kind:function`
    if (dice < 0.95) return `"${piece.name}"`
    return `is:changed ${piece.name}`
  }

  #anyPiece(): Piece {
    const files = [...this.world.files.values()]
    const pieces = files[Math.floor(this.random() * files.length)]!
    return pieces[Math.floor(this.random() * pieces.length)]!
  }

  #tell(problem: string): void {
    if (this.#nTold++ === MAX_TOLD) console.error('and more')
    if (this.#nTold > MAX_TOLD) return
    console.error(`at ${((performance.now() - this.#startedMs) / 1000).toFixed(1)} s ${problem}`)
  }
}

const PAUSE_MS = 30
const MAX_TOLD = 100
