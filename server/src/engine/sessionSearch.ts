import { type Space, UNIT_KINDS } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { ScoredUnit } from '../index/types.ts'
import { resolveFilters } from '../search/filters.ts'
import { LexicalSearcher } from '../search/lexical.ts'
import { parseQuery } from '../search/query.ts'
import { type RankedUnit, rank } from '../search/rank.ts'
import { relatedRows } from '../search/relatedRows.ts'
import type { OpenState } from './indexSession.ts'
import type { SessionHit, SessionSearchParams } from './sessionProtocol.ts'

/** Searches over one open index. */
export class SessionSearch {
  #lexical: { version: number; nDocs: number; searcher: LexicalSearcher } | undefined

  constructor(private readonly state: () => OpenState) {}

  search(params: SessionSearchParams, shouldStop: () => boolean): SessionHit[] {
    const { view } = this.state()
    const query = parseQuery(params.query)
    let accept = resolveFilters(query.filters, view)
    if (params.space) {
      const wanted = SPACES.indexOf(params.space)
      for (const unit of accept) if (view.space[unit] !== wanted) accept.clear(unit)
    }
    const words = this.#lexicalSearcher()
    for (const phrase of query.phrases) accept = words.unitsWithWords(phrase, accept)
    const nCandidates = Math.max(MIN_CANDIDATES, params.limit * 4)
    const lexical = params.mode === 'semantic' ? [] : words.search(query.text, nCandidates, accept, shouldStop)
    const semantic = params.mode === 'lexical' ? [] : this.#semantic(params, accept, nCandidates, shouldStop)
    return this.#hits(rank({ query, semantic, lexical, table: view, limit: params.limit }))
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

  #semantic(
    params: SessionSearchParams,
    accept: ReturnType<typeof resolveFilters>,
    k: number,
    shouldStop: () => boolean,
  ): ScoredUnit[] {
    const { stores, vectors } = this.state()
    const lists: ScoredUnit[][] = []
    for (const store of new Set(Object.values(stores))) {
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
const MIN_CANDIDATES = 200
