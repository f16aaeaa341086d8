import { Bitset } from '../base/bitset.ts'
import { type Space, UNIT_KINDS } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { ScoredUnit, UnitInput } from '../index/types.ts'
import { UnitFilters } from '../search/filters.ts'
import { LexicalSearcher } from '../search/lexical.ts'
import { likeRows } from '../search/likeRows.ts'
import { hasFilters, isRanked, type ParsedQuery, parseQuery } from '../search/query.ts'
import { type RankedUnit, type RankInput, rank } from '../search/rank.ts'
import { relatedRows } from '../search/relatedRows.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import type { OpenState } from './indexSession.ts'
import { innermostAt, likeUnits, withOverlapping } from './likeUnits.ts'
import { SemanticSearch } from './semanticSearch.ts'
import type { SessionHit, SessionSearchParams } from './sessionProtocol.ts'
import { placesOf, unitsAt, unitsByPath } from './unitPlaces.ts'

/** Searches over one open index. */
export class SessionSearch {
  #lexical: { version: number; nDocs: number; searcher: LexicalSearcher } | undefined

  readonly #meaning = new SemanticSearch(() => this.state())

  #filters: { version: number; filters: UnitFilters } | undefined

  constructor(private readonly state: () => OpenState) {}

  /**
   * Best first. A query without words lists what passes its filters, by path; one without filters either has no hits.
   */
  search(params: SessionSearchParams, shouldStop: () => boolean): SessionHit[] {
    const { view } = this.state()
    const query = parsed(params)
    if (!isRanked(query))
      return hasFilters(query) ? this.#hits(this.#listed(this.#accepted(params, query), params), params) : []
    if (query.text === '') return this.#hits(this.#alike(params, query, shouldStop), params)
    const ranked = rank({ ...this.candidates(params, shouldStop), limit: params.limit })
    const isAsked = query.conditions.some(({ negated }) => !negated)
    if (params.only && isAsked && ranked.length < params.limit) {
      // What a text must hold says which units are hits; words and meaning only say in which order.
      const rest = this.#accepted(params, query).andNot(
        Bitset.of(
          view.size,
          Array.from(ranked, ({ unit }) => unit),
        ),
      )
      ranked.push(...this.#listed(rest, { limit: params.limit - ranked.length }))
    }
    return this.#hits(ranked, params)
  }

  places(params: Pick<SessionSearchParams, 'query' | 'space' | 'fileSets' | 'likeLines'>): UnitPlaces {
    const { view } = this.state()
    return placesOf(view, unitsByPath(view, this.#accepted(params, parsed(params))))
  }

  /** What a search ranks: the question, both lists of hits, and the table that they are of. */
  candidates(params: SessionSearchParams, shouldStop: () => boolean): Omit<RankInput, 'limit'> {
    const { view } = this.state()
    const query = parsed(params)
    let accept = this.#accepted(params, query)
    const words = this.#lexicalSearcher()
    if (!params.only) for (const phrase of query.phrases) accept = words.unitsWithWords(phrase, accept)
    const nCandidates = Math.max(MIN_CANDIDATES, params.limit * 4)
    const lexical = params.mode === 'semantic' ? [] : words.search(query.text, nCandidates, accept, shouldStop)
    const semantic = params.mode === 'lexical' ? [] : this.#semantic(params, query, accept, nCandidates, shouldStop)
    return { query, semantic, lexical, table: view }
  }

  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[] {
    const { view } = this.state()
    const unit = this.unitAt(params.path, params.line)
    if (unit === undefined) return []
    const { bodyKey } = view.unit(unit)
    const accept = view.live.clone().andNot(withOverlapping(view, [unit]))
    const { limit, nIvfProbe, nFullScores } = params
    const found = this.#meaning.search(
      (store, lists) => {
        const body = store.tokens(store.docId(bodyKey))
        return body && relatedRows(body, lists)
      },
      { k: limit, nIvfProbe, nFullScores, accept },
    )
    return this.#hits(found)
  }

  /** The innermost unit that covers the line (1-based). */
  unitAt(path: string, line: number): number | undefined {
    const { view } = this.state()
    const file = view.fileOrdinal(path)
    return file === undefined ? undefined : innermostAt(view, file, line)
  }

  #accepted(params: Pick<SessionSearchParams, 'space' | 'fileSets' | 'only'>, query: ParsedQuery): Bitset {
    const { view } = this.state()
    if (this.#filters?.version !== view.version) {
      this.#filters = { version: view.version, filters: new UnitFilters(view) }
    }
    const { filters } = this.#filters
    const accept = filters.resolve(query.filters, params.fileSets)
    if (params.space) accept.and(filters.inSpace(params.space))
    if (query.like.length > 0) accept.andNot(withOverlapping(view, likeUnits(view, query.like)))
    if (params.only) accept.and(unitsAt(view, params.only))
    return accept
  }

  #listed(accept: Bitset, { limit }: { limit: number }): RankedUnit[] {
    return unitsByPath(this.state().view, accept, limit).map((unit) => ({ unit, score: 0, signals: {} }))
  }

  /** Only like other code: by meaning alone, and as it is, since copies and tests are what is asked for. */
  #alike(params: SessionSearchParams, query: ParsedQuery, shouldStop: () => boolean): RankedUnit[] {
    const found = this.#semantic(params, query, this.#accepted(params, query), params.limit, shouldStop)
    return found.map((each) => ({ ...each, signals: { semantic: each.score } }))
  }

  #semantic(
    params: SessionSearchParams,
    { like }: ParsedQuery,
    accept: Bitset,
    k: number,
    shouldStop: () => boolean,
  ): ScoredUnit[] {
    const { view, stores, previous } = this.state()
    const alike = likeUnits(view, like)
    const asked = [[stores, params.rows] as const, [previous, params.previousRows] as const]
    const { nIvfProbe, nFullScores } = params
    return this.#meaning.search(
      (store, lists) => {
        const rows = asked
          .flatMap(([own, rows]) => SPACES.filter((space) => own?.[space] === store).map((space) => rows?.[space]))
          .find(Boolean)
        const question = rows && { vectors: rows.data, nTokens: rows.nTokens, dim: rows.dim }
        const tokens = alike.flatMap((unit) => store.tokens(store.docId(view.unit(unit).bodyKey)) ?? [])
        return tokens.length > 0 ? likeRows(tokens, lists, question) : question
      },
      { k, nIvfProbe, nFullScores, accept, isQuestion: alike.length === 0, shouldStop },
    )
  }

  #lexicalSearcher(): LexicalSearcher {
    const { view, lexical } = this.state()
    const nDocs = lexical.store.nDocs
    if (this.#lexical?.version !== view.version || this.#lexical.nDocs !== nDocs) {
      this.#lexical = { version: view.version, nDocs, searcher: new LexicalSearcher(lexical.store, view) }
    }
    return this.#lexical.searcher
  }

  #hits(
    found: readonly (ScoredUnit & Partial<RankedUnit>)[],
    { withSignals }: Pick<SessionSearchParams, 'withSignals'> = {},
  ): SessionHit[] {
    const { view, rules } = this.state()
    return found.map(({ unit, score, signals }) => ({
      ...(rules !== undefined && view.rules(unit) === rules && { isCurrent: true }),
      path: view.path(unit),
      contentHash: view.contentHash(unit),
      ...hashesOf(view.unit(unit)),
      startLine: view.startLine[unit]!,
      endLine: view.endLine[unit]!,
      nameLine: view.nameLine[unit]!,
      kind: UNIT_KINDS[view.kind[unit]!]!,
      name: view.name(unit),
      container: view.container(unit),
      language: view.language(unit),
      space: SPACES[view.space[unit]!] as Space,
      score,
      // Half of what a hit weighs on its way between threads.
      ...(withSignals && signals && { signals }),
    }))
  }
}

const hashesOf = ({ linesHash, headHash }: UnitInput) => ({
  ...(linesHash !== undefined && { linesHash }),
  ...(headHash !== undefined && { headHash }),
})

/** The query, its `like:` values by the lines that the index has. */
function parsed({ query, likeLines }: Pick<SessionSearchParams, 'query' | 'likeLines'>): ParsedQuery {
  const own = parseQuery(query)
  if (!likeLines) return own
  const like = own.like.map((place) => ({
    ...place,
    ...(likeLines[place.column] && { lines: likeLines[place.column] }),
  }))
  return { ...own, like }
}

/** Candidates of each side that are ranked together. */
export const MIN_CANDIDATES = 200
