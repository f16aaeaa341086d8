import type { RpcClient } from '../base/rpc.ts'
import { isRanked, type ParsedQuery } from '../search/query.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import type { LiveText } from './liveText.ts'
import type { SessionHit, SessionMethods, SessionSearchParams } from './sessionProtocol.ts'
import type { TextScanAnswer, TextScanParams } from './textScan.ts'
import type { TextThread } from './textThread.ts'
import { joinPlaces, placesOfHits } from './unitPlaces.ts'

export interface TextFound {
  hits: SessionHit[]
  /** False where the time for reading files ran out, so that more may be there. */
  isComplete: boolean
}

/**
 * Searches with conditions on the text as it is now. The texts of the best units are looked at first, in their order:
 * mostly that is all. Where fewer than `limit` of them meet the conditions, all units that pass the other filters are
 * looked at, within a time, and the search is made once more among those that do. So `limit` hits come whenever there
 * are as many.
 */
export class TextSearch {
  constructor(
    private readonly folder: string,
    private readonly index: RpcClient<SessionMethods>,
    private readonly thread: TextThread,
    private readonly live: LiveText,
    private readonly budgetMs = BUDGET_MS,
  ) {}

  async search(query: ParsedQuery, params: SessionSearchParams, signal?: AbortSignal): Promise<TextFound> {
    // Without words there is no order to follow.
    const best = !isRanked(query) ? NOTHING : await this.#amongBest(query, params, signal)
    if (best.hits.length >= params.limit) return { hits: best.hits, isComplete: true }
    return this.#amongAll(query, params, best, signal)
  }

  /** Quick, and often less than there is. */
  async first(query: ParsedQuery, params: SessionSearchParams, signal?: AbortSignal): Promise<SessionHit[]> {
    return (await this.#amongBest(query, params, signal)).hits
  }

  async #amongBest(query: ParsedQuery, params: SessionSearchParams, signal?: AbortSignal): Promise<Best> {
    const limit = Math.max(MIN_BEST, params.limit * 4)
    const ranked = await this.index.search({ ...params, limit }, signal)
    const places = placesOfHits(ranked)
    const scan = await this.#scan(query, places, { stopAfter: params.limit }, signal)
    const lines = linesOf(query, places, scan)
    return { hits: Array.from(scan.chosen, (i) => withLine(ranked[i]!, lines)), places, scan }
  }

  async #amongAll(
    query: ParsedQuery,
    params: SessionSearchParams,
    best: Best,
    signal?: AbortSignal,
  ): Promise<TextFound> {
    const { space, fileSets, likeLines, limit } = params
    const own = { ...(space && { space }), ...(fileSets && { fileSets }), ...(likeLines && { likeLines }) }
    const filters = { query: params.query, ...own }
    const places = await this.index.places(filters, signal)
    // A plain list names each match once; a ranking needs all units there are.
    const wanted = !isRanked(query) ? { stopAfter: limit, innermost: true } : { stopAfter: Number.POSITIVE_INFINITY }
    const scan = await this.#scan(query, places, wanted, signal)
    const only = joinPlaces({ places: best.places, chosen: best.scan.chosen }, { places, chosen: scan.chosen })
    const ranked = await this.index.search({ ...params, only }, signal)
    const lines = new Map([...linesOf(query, best.places, best.scan), ...linesOf(query, places, scan)])
    return { hits: ranked.map((hit) => withLine(hit, lines)), isComplete: scan.isComplete }
  }

  async #scan(
    query: ParsedQuery,
    places: UnitPlaces,
    wanted: Pick<TextScanParams, 'stopAfter' | 'innermost'>,
    signal?: AbortSignal,
  ): Promise<TextScanAnswer> {
    const { folder, budgetMs } = this
    const { conditions } = query
    const { maxFileSizeBytes } = this.live
    const openTexts = this.live.openTexts(places.paths)
    const open = places.paths.flatMap((each, i) => (openTexts.has(each) ? [i] : []))
    const present = new Set(open)
    let now = open.length > 0 ? await this.live.present(places, open) : places
    for (let again = 0; ; again++) {
      const params = { folder, conditions, places: now, present: [...present], openTexts, maxFileSizeBytes, budgetMs }
      const answer = await this.thread.scan({ ...params, ...wanted }, signal)
      if (answer.changed.length === 0 || again >= MAX_SCANS_AGAIN) return answer
      // Files that the index has not read yet as they are: their units are looked for in them, and all is looked at again.
      now = await this.live.present(now, answer.changed)
      for (const each of answer.changed) present.add(each)
    }
  }
}

interface Best {
  hits: SessionHit[]
  places: UnitPlaces
  scan: TextScanAnswer
}

/** The line that shows why, by place; none where nothing is asked but what a text must not hold. */
function linesOf({ conditions }: ParsedQuery, places: UnitPlaces, { chosen, lines }: TextScanAnswer) {
  if (conditions.every(({ negated }) => negated)) return new Map<string, number>()
  const { paths, path, startLine, endLine } = places
  const keyOf = (i: number) => placeKey({ path: paths[path[i]!]!, startLine: startLine[i]!, endLine: endLine[i]! })
  return new Map(Array.from(chosen, (i, n) => [keyOf(i), lines[n]!]))
}

function withLine(hit: SessionHit, lines: Map<string, number>): SessionHit {
  const matchLine = lines.get(placeKey(hit))
  return matchLine === undefined ? hit : { ...hit, matchLine }
}

const placeKey = ({ path, startLine, endLine }: Pick<SessionHit, 'path' | 'startLine' | 'endLine'>) =>
  `${startLine}-${endLine} ${path}`

const NOTHING: Best = {
  hits: [],
  places: {
    ...{ paths: [], contentHashes: [], stats: [] },
    ...{ path: new Uint32Array(0), startLine: new Uint32Array(0), endLine: new Uint32Array(0) },
  },
  scan: { chosen: new Uint32Array(0), lines: new Uint32Array(0), changed: [], isComplete: true },
}

/** Units looked at before all are. */
const MIN_BEST = 200
/** Scans after the first, for files that change while they are looked at. */
const MAX_SCANS_AGAIN = 2
/** For reading files, once for the best and once for all. A search that is withdrawn stops at the next file. */
const BUDGET_MS = 3000
