import { Bitset } from '../base/bitset.ts'
import type { PlaidQuery } from '../index/plaid/searcher.ts'
import { UnitDocs } from '../index/plaid/unitDocs.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import type { OpenState } from './indexSession.ts'

/**
 * Scores of a question with up to `SAMPLE_UNITS` units that stand for all of a store (`mergeStores.ts`). The units are
 * chosen anew when others have come. Costs about a millisecond.
 */
export class Backgrounds {
  readonly #samples = new WeakMap<UnitDocs, UnitDocs>()

  scores(state: OpenState, store: VectorStore, query: PlaidQuery): number[] {
    const searchable = store.searchable()
    if (!searchable) return []
    const units = state.vectors.docs(store)
    let sample = this.#samples.get(units)
    if (!sample) {
      sample = sampleOf(state, store)
      this.#samples.set(units, sample)
    }
    const { searcher, lists } = searchable
    const k = sample.nUnits
    const options = { k, nIvfProbe: 1, nFullScores: k, accept: Bitset.full(k), exhaustive: true }
    return searcher.search(query, lists, sample, options).map(({ score }) => score)
  }
}

/** Units evenly spaced among all that may be taken, so that every part of the folder is in it. */
function sampleOf(state: OpenState, store: VectorStore): UnitDocs {
  const units = state.vectors.units(store).members()
  const n = Math.min(SAMPLE_UNITS, units.length)
  const body = new Int32Array(n)
  const context = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const { bodyKey, contextKey } = state.view.unit(units[Math.floor(((i + 0.5) * units.length) / n)]!)
    body[i] = store.docId(bodyKey)
    context[i] = store.docId(contextKey)
  }
  return new UnitDocs(body, context, store.nDocs)
}

const SAMPLE_UNITS = 96
