import type { Bitset } from '../base/bitset.ts'
import { CancelledError } from '../base/errors.ts'
import type { Space } from '../contract/units.ts'
import { SPACES } from '../index/folderView.ts'
import type { InvertedLists } from '../index/plaid/invertedLists.ts'
import type { PlaidAnswer, PlaidQuery } from '../index/plaid/searcher.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import type { ScoredUnit } from '../index/types.ts'
import { Backgrounds } from './backgrounds.ts'
import type { OpenState } from './indexSession.ts'
import { mergeStores, type StoreHits } from './mergeStores.ts'
import { takeOver } from './takeOver.ts'
import { uniqueStores } from './unitVectors.ts'

export interface SemanticSearchOptions {
  k: number
  nIvfProbe: number
  nFullScores: number
  accept: Bitset
  /** A question in words, whose rows are weighed (`PlaidSearcher.answer`); else all rows count the same. */
  isQuestion?: boolean
  shouldStop?: () => boolean
}

/** Searches by meaning over all stores of an open index: one a model. */
export class SemanticSearch {
  readonly #backgrounds = new Backgrounds()

  constructor(private readonly state: () => OpenState) {}

  /** The best `k` units, best first. `questionIn` puts the question to a store; undefined where it cannot be put. */
  search(
    questionIn: (store: VectorStore, lists: InvertedLists) => PlaidQuery | undefined,
    options: SemanticSearchOptions,
  ): ScoredUnit[] {
    const state = this.state()
    const { stores, previous, vectors, view } = state
    const all = uniqueStores(stores, previous)
    const found = new Map<VectorStore, { question: PlaidQuery; hits: ScoredUnit[] }>()
    for (const store of all) {
      const searchable = store.searchable()
      const question = searchable && questionIn(store, searchable.lists)
      if (!question) continue
      if (options.shouldStop?.()) throw new CancelledError()
      const { searcher, lists } = searchable
      const units = vectors.docs(store)
      const ask = (accept: Bitset): PlaidAnswer =>
        options.isQuestion
          ? searcher.answer(question, lists, units, { ...options, accept, fileOf: view.file })
          : { hits: searcher.search(question, lists, units, { ...options, accept }) }
      if (all.length === 1) return ask(options.accept).hits
      const { hits, weights } = ask(options.accept.clone().and(vectors.units(store)))
      found.set(store, { question: weights ? { ...question, weights } : question, hits })
    }
    const spaceOf = (unit: number) => SPACES[view.space[unit]!]!
    const rootOf = (space: Space) => previous?.[space] ?? stores[space]
    const answers: StoreHits[] = []
    for (const root of new Set(SPACES.map(rootOf))) {
      const isOwn = ({ unit }: ScoredUnit) => rootOf(spaceOf(unit)) === root
      const own = found.get(root)
      let hits = own?.hits.filter(isOwn) ?? []
      for (const store of all) {
        const now = store === root ? undefined : found.get(store)?.hits.filter(isOwn)
        // A store without hits, such as one that has no codec yet, takes over nothing.
        if (!now || now.length === 0) continue
        const reached = vectors.units(store)
        hits = takeOver(hits, now, (unit) => stores[spaceOf(unit)] === store && reached.has(unit))
      }
      if (hits.length === 0) continue
      answers.push({ hits, background: own ? this.#backgrounds.scores(state, root, own.question) : [] })
    }
    return mergeStores(answers).slice(0, options.k)
  }
}
