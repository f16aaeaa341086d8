import { CancelledError } from '../base/errors.ts'
import { seededRandom } from '../base/random.ts'
import { SPACES } from '../index/folderView.ts'
import { EXHAUSTIVE_TOKENS } from '../index/plaid/searcher.ts'
import type { OpenState } from './indexSession.ts'
import type { TimedSearch, TimedSearchParams, TuneSample } from './sessionProtocol.ts'
import { MIN_CANDIDATES } from './sessionSearch.ts'
import { RECALL_AT } from './tuneRule.ts'
import { uniqueStores } from './unitVectors.ts'

/** What tuning asks of one open index. */
export class SessionTune {
  constructor(
    private readonly state: () => OpenState,
    private readonly now: () => number,
  ) {}

  /** Named units in a random order that `seed` fixes, `limit` at most. O(units). */
  sample({ limit, seed }: { limit: number; seed: number }): TuneSample {
    const { view, stores } = this.state()
    const named = [...view.live].filter((unit) => view.name(unit) !== '')
    const random = seededRandom(seed)
    const n = Math.min(limit, named.length)
    for (let i = 0; i < n; i++) {
      const j = i + Math.floor(random() * (named.length - i))
      ;[named[i], named[j]] = [named[j]!, named[i]!]
    }
    const nTokens = uniqueStores(stores).reduce((sum, store) => sum + store.nTokens, 0)
    return {
      nUnits: view.nLive,
      nUnitsExact: Math.max(Math.floor((EXHAUSTIVE_TOKENS * view.nLive) / Math.max(1, nTokens)), MIN_CANDIDATES),
      hasVectors: Object.values(stores).some((store) => store.searchable()),
      units: named.slice(0, n).map((unit) => ({
        path: view.path(unit),
        startLine: view.startLine[unit]!,
        name: view.name(unit),
        container: view.container(unit),
      })),
    }
  }

  /** One search by meaning among all units, timed; as `SessionSearch` does it, without words and ranking. */
  search(params: TimedSearchParams, shouldStop: () => boolean): TimedSearch {
    const { view, stores, vectors } = this.state()
    const { nIvfProbe, nFullScores, exhaustive } = params
    const scores: number[][] = []
    let ms = 0
    for (const store of uniqueStores(stores)) {
      if (shouldStop()) throw new CancelledError()
      const rows = SPACES.filter((space) => stores[space] === store)
        .map((space) => params.rows[space])
        .find(Boolean)
      const searchable = store.searchable()
      if (!rows || !searchable) continue
      const { searcher, lists } = searchable
      const units = vectors.docs(store)
      const query = { vectors: rows.data, nTokens: rows.nTokens, dim: rows.dim }
      const options = { k: MIN_CANDIDATES, nIvfProbe, nFullScores, accept: view.live, shouldStop }
      const startedMs = this.now()
      const hits = searcher.search(query, lists, units, exhaustive ? { ...options, exhaustive } : options)
      ms += this.now() - startedMs
      scores.push(hits.slice(0, RECALL_AT).map((hit) => hit.score))
    }
    return { ms, scores }
  }
}
