import type { Log } from '../base/log.ts'
import { collectDocs, unusedBytes } from '../index/plaid/collect.ts'
import type { OpenState } from './indexSession.ts'
import { dropStale, sizeOf, staleOf } from './staleStores.ts'
import { uniqueStores } from './unitVectors.ts'

/**
 * Bytes of the stores' texts that no unit refers to, and of stores of models that are not in use. O(docs + units). While
 * other models take over, all vectors count as used: nothing is lost if they do not come to their end.
 */
export function unusedBytesOf(state: OpenState): { textBytes: number; staleBytes: number } {
  return { textBytes: unusedTextBytes(state), staleBytes: state.previous ? 0 : sizeOf(staleOf(state)) }
}

function unusedTextBytes(state: OpenState): number {
  const stores = state.previous ? [] : uniqueStores(state.stores)
  const vectors = stores.reduce((sum, store) => sum + unusedBytes(store, state.vectors.docs(store)), 0)
  return vectors + state.lexical.unusedBytes(lexicalUses(state))
}

/**
 * Once what is not in use takes more than `limitBytes`, drops some of it, until it takes three quarters of that: first
 * the stores of other models, then texts that no unit refers to, those that were added first, in every store alike.
 * Yields between pieces of work of some MB; searches, edits and commits may come in between, and it may be given up.
 */
export function* collectUnused(state: OpenState, limitBytes: number, log: Log): Generator<void> {
  if (state.previous) return
  const total = unusedTextBytes(state)
  const stale = staleOf(state)
  if (Math.round(total + sizeOf(stale)) <= limitBytes) return
  const keepBytes = limitBytes * LOW_WATER
  const staleBytes = dropStale(stale, Math.max(0, keepBytes - total), log)
  if (total <= keepBytes - staleBytes) return
  const share = Math.max(0, keepBytes - staleBytes) / total
  let nDropped = 0
  yield
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
    if (dropped.length > 0) state.view.lexicalDocsDropped(dropped)
    yield
  }
  log.info(`The vectors of ${nDropped} texts that are in no file any more were dropped.`)
}

/** Which lexical docs live units refer to. */
export function lexicalUses({ view, lexical }: OpenState): (doc: number) => boolean {
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
