import type { Log } from '../base/log.ts'
import { collectDocs, unusedBytes } from '../index/plaid/collect.ts'
import type { OpenState } from './indexSession.ts'
import { uniqueStores } from './unitVectors.ts'

/**
 * Bytes of the stores' texts that no unit refers to. O(docs + units). While other models take over, vectors that were
 * taken over from count as used: nothing is lost if they do not come to their end.
 */
export function unusedBytesOf(state: OpenState): number {
  const stores = state.previous ? [] : uniqueStores(state.stores)
  const vectors = stores.reduce((sum, store) => sum + unusedBytes(store, state.vectors.docs(store)), 0)
  return Math.round(vectors + state.lexical.unusedBytes(lexicalUses(state)))
}

/**
 * Once texts that no unit refers to take more than `limitBytes`, drops those that were added first, in every store
 * alike, until they take three quarters of that. Yields between pieces of work of some MB; searches, edits and commits
 * may come in between, and it may be given up.
 */
export function* collectUnused(state: OpenState, limitBytes: number, log: Log): Generator<void> {
  if (state.previous) return
  const total = unusedBytesOf(state)
  if (total <= limitBytes) return
  const share = (limitBytes * LOW_WATER) / total
  let nDropped = 0
  for (const store of uniqueStores(state.stores)) {
    const keepBytes = unusedBytes(store, state.vectors.docs(store)) * share
    const work = collectDocs(
      store,
      keepBytes,
      () => state.vectors.docs(store),
      (dropped) => state.vectors.dropped(store, dropped),
    )
    try {
      for (;;) {
        const step = work.next()
        if (step.done) {
          nDropped += step.value
          break
        }
        yield
      }
    } finally {
      work.return(0)
    }
  }
  const uses = () => lexicalUses(state)
  for (const dropped of state.lexical.collect(state.lexical.unusedBytes(uses()) * share, uses)) {
    state.view.lexicalDocsDropped(dropped)
    yield
  }
  log.info(`The vectors of ${nDropped} texts that are in no file any more were dropped.`)
}

/** Which lexical docs live units refer to. */
function lexicalUses({ view, lexical }: OpenState): (doc: number) => boolean {
  const used = new Uint8Array(lexical.store.nDocs)
  const { bodyDoc, contextDoc } = view
  for (const unit of view.live) {
    used[bodyDoc[unit]!] = 1
    used[contextDoc[unit]!] = 1
  }
  return (doc) => used[doc] === 1
}

/** Part of the limit that a collection leaves, so that the next one is some time away. */
const LOW_WATER = 0.75
