import { Bitset } from '../base/bitset.ts'
import { type Space, UNIT_KINDS } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { ScoredUnit } from '../index/types.ts'
import { UnitFilters } from '../search/filters.ts'
import { LexicalSearcher } from '../search/lexical.ts'
import { hasFilters, type ParsedQuery, parseQuery } from '../search/query.ts'
import { type RankedUnit, type RankInput, rank } from '../search/rank.ts'
import { relatedRows } from '../search/relatedRows.ts'
import type { UnitPlaces } from '../search/textMatch.ts'
import type { OpenState } from './indexSession.ts'
import type { SessionHit, SessionSearchParams } from './sessionProtocol.ts'
import { placesOf, unitsAt, unitsByPath } from './unitPlaces.ts'
import { uniqueStores } from './unitVectors.ts'

/** Searches over one open index. */
export class SessionSearch {
  #lexical: { version: number; nDocs: number; searcher: LexicalSearcher } | undefined

  #filters: { version: number; filters: UnitFilters } | undefined

  constructor(private readonly state: () => OpenState) {}

  /**
   * Best first. A query without words lists what passes its filters, by path; one without filters either has no hits.
   */
  search(params: SessionSearchParams, shouldStop: () => boolean): SessionHit[] {
    const { view } = this.state()
    const query = parseQuery(params.query)
    if (query.text === '')
      return hasFilters(query) ? this.#hits(this.#listed(this.#accepted(params, query), params)) : []
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
    return this.#hits(ranked)
  }

  places(params: Pick<SessionSearchParams, 'query' | 'space' | 'git'>): UnitPlaces {
    const { view } = this.state()
    return placesOf(view, unitsByPath(view, this.#accepted(params, parseQuery(params.query))))
  }

  /** What a search ranks: the question, both lists of hits, and the table that they are of. */
  candidates(params: SessionSearchParams, shouldStop: () => boolean): Omit<RankInput, 'limit'> {
    const { view } = this.state()
    const query = parseQuery(params.query)
    let accept = this.#accepted(params, query)
    const words = this.#lexicalSearcher()
    if (!params.only) for (const phrase of query.phrases) accept = words.unitsWithWords(phrase, accept)
    const nCandidates = Math.max(MIN_CANDIDATES, params.limit * 4)
    const lexical = params.mode === 'semantic' ? [] : words.search(query.text, nCandidates, accept, shouldStop)
    const semantic = params.mode === 'lexical' ? [] : this.#semantic(params, accept, nCandidates, shouldStop)
    return { query, semantic, lexical, table: view }
  }

  related(params: { path: string; line: number; limit: number; nIvfProbe: number; nFullScores: number }): SessionHit[] {
    const { view, stores, vectors } = this.state()
    const unit = this.unitAt(params.path, params.line)
    if (unit === undefined) return []
    const space = SPACES[view.space[unit]!]!
    const store = stores[space]
    const searchable = store.searchable()
    const body = store.tokens(vectors.docs(store).body[unit]!)
    if (!searchable || !body) return []
    const accept = view.live.clone()
    for (const other of view.unitsOfFile(view.file[unit]!)) {
      const apart = view.endLine[other]! < view.startLine[unit]! || view.startLine[other]! > view.endLine[unit]!
      if (!apart || view.name(other) === view.name(unit)) accept.clear(other)
    }
    const rows = relatedRows(body, searchable.lists)
    const { limit, nIvfProbe, nFullScores } = params
    const found = searchable.searcher.search(rows, searchable.lists, vectors.docs(store), {
      k: limit,
      nIvfProbe,
      nFullScores,
      accept,
    })
    return this.#hits(found.map((each) => ({ ...each, signals: { semantic: each.score } })))
  }

  /** The innermost unit that covers the line (1-based). */
  unitAt(path: string, line: number): number | undefined {
    const { view } = this.state()
    const file = view.fileOrdinal(path)
    if (file === undefined) return undefined
    const span = (unit: number) => view.endLine[unit]! - view.startLine[unit]!
    return view
      .unitsOfFile(file)
      .filter((unit) => view.startLine[unit]! <= line && line <= view.endLine[unit]!)
      .sort((a, b) => span(a) - span(b))[0]
  }

  #accepted(params: Pick<SessionSearchParams, 'space' | 'git' | 'only'>, query: ParsedQuery): Bitset {
    const { view } = this.state()
    if (this.#filters?.version !== view.version) {
      this.#filters = { version: view.version, filters: new UnitFilters(view) }
    }
    const { filters } = this.#filters
    const accept = filters.resolve(query.filters, params.git)
    if (params.space) accept.and(filters.inSpace(params.space))
    if (params.only) accept.and(unitsAt(view, params.only))
    return accept
  }

  #listed(accept: Bitset, { limit }: { limit: number }): RankedUnit[] {
    return unitsByPath(this.state().view, accept, limit).map((unit) => ({ unit, score: 0, signals: {} }))
  }

  #semantic(params: SessionSearchParams, accept: Bitset, k: number, shouldStop: () => boolean): ScoredUnit[] {
    const { stores, vectors } = this.state()
    const lists: ScoredUnit[][] = []
    for (const store of uniqueStores(stores)) {
      const rows = SPACES.filter((space) => stores[space] === store)
        .map((space) => params.rows[space])
        .find(Boolean)
      const searchable = store.searchable()
      if (!rows || !searchable) continue
      const { searcher, lists: cells } = searchable
      const query = { vectors: rows.data, nTokens: rows.nTokens, dim: rows.dim }
      const { nIvfProbe, nFullScores } = params
      lists.push(searcher.search(query, cells, vectors.docs(store), { k, nIvfProbe, nFullScores, accept, shouldStop }))
    }
    return mergeStores(lists).slice(0, k)
  }

  #lexicalSearcher(): LexicalSearcher {
    const { view, lexical } = this.state()
    const nDocs = lexical.store.nDocs
    if (this.#lexical?.version !== view.version || this.#lexical.nDocs !== nDocs) {
      this.#lexical = { version: view.version, nDocs, searcher: new LexicalSearcher(lexical.store, view) }
    }
    return this.#lexical.searcher
  }

  #hits(ranked: RankedUnit[]): SessionHit[] {
    const { view } = this.state()
    return ranked.map(({ unit, score, signals }) => ({
      path: view.path(unit),
      startLine: view.startLine[unit]!,
      endLine: view.endLine[unit]!,
      nameLine: view.nameLine[unit]!,
      kind: UNIT_KINDS[view.kind[unit]!]!,
      name: view.name(unit),
      container: view.container(unit),
      language: view.language(unit),
      space: SPACES[view.space[unit]!] as Space,
      score,
      signals,
    }))
  }
}

/** Scores of one model compare as they are; those of two models are brought to the same range first. */
function mergeStores(lists: ScoredUnit[][]): ScoredUnit[] {
  if (lists.length < 2) return lists[0] ?? []
  const scaled = lists.map((list) => {
    const best = list[0]?.score ?? 1
    const worst = list.at(-1)?.score ?? 0
    return list.map(({ unit, score }) => ({ unit, score: best > worst ? (score - worst) / (best - worst) : 1 }))
  })
  return scaled.flat().sort((a, b) => b.score - a.score || a.unit - b.unit)
}

/** Candidates of each side that are ranked together. */
export const MIN_CANDIDATES = 200
