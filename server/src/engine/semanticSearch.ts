import type { Bitset } from '../base/bitset.ts'
import { CancelledError } from '../base/errors.ts'
import type { InvertedLists } from '../index/plaid/invertedLists.ts'
import type { PlaidQuery } from '../index/plaid/searcher.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import type { ScoredUnit } from '../index/types.ts'
import { Backgrounds } from './backgrounds.ts'
import type { OpenState } from './indexSession.ts'
import { mergeStores, type StoreHits } from './mergeStores.ts'
import { uniqueStores } from './unitVectors.ts'

export interface SemanticSearchOptions {
  k: number
  nIvfProbe: number
  nFullScores: number
  accept: Bitset
  shouldStop?: () => boolean
}

/** Searches by meaning over all stores of an open index: one a model, each for the units that it answers for. */
export class SemanticSearch {
  readonly #backgrounds = new Backgrounds()

  constructor(private readonly state: () => OpenState) {}

  /** The best `k` units, best first. `questionIn` puts the question to a store; undefined where it cannot be put. */
  search(
    questionIn: (store: VectorStore, lists: InvertedLists) => PlaidQuery | undefined,
    options: SemanticSearchOptions,
  ): ScoredUnit[] {
    const state = this.state()
    const stores = uniqueStores(state.stores, state.previous)
    const answers: StoreHits[] = []
    for (const store of stores) {
      const searchable = store.searchable()
      const question = searchable && questionIn(store, searchable.lists)
      if (!question) continue
      if (options.shouldStop?.()) throw new CancelledError()
      const { searcher, lists } = searchable
      const units = state.vectors.docs(store)
      if (stores.length === 1) return searcher.search(question, lists, units, options)
      const accept = options.accept.clone().and(state.vectors.units(store))
      const hits = searcher.search(question, lists, units, { ...options, accept })
      const background = hits.length > 0 ? this.#backgrounds.scores(state, store, question) : []
      answers.push({ hits, background })
    }
    return mergeStores(answers).slice(0, options.k)
  }
}
