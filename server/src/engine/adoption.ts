import path from 'node:path'
import type { Log } from '../base/log.ts'
import { SPACES } from '../index/folderView.ts'
import { adoptDocs } from '../index/plaid/adopt.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import { type IndexOrigin, siblingsOf } from '../index/siblings.ts'
import type { OpenState } from './indexSession.ts'
import { uniqueStores } from './unitVectors.ts'

/**
 * Takes the vectors that `files` lack from the indexes of other worktrees and clones of the repository. Yields between
 * pieces of work of at most one segment; what was taken by then is committed.
 */
export function* adoptMissing(
  state: OpenState,
  { directory, origin, files }: { directory: string; origin: IndexOrigin; files: readonly string[] },
  log: Log,
): Generator<void> {
  const siblings = siblingsOf(directory, origin).slice(0, MAX_SIBLINGS)
  if (siblings.length === 0) return
  for (const store of uniqueStores(state.stores)) {
    const directories = siblings.map((sibling) => path.join(sibling, path.basename(store.directory)))
    let nDocs = 0
    for (const n of adoptDocs(store, directories, missingKeys(state, store, files), log)) {
      nDocs += n
      if (n > 0) state.vectors.changed()
      yield
    }
    store.commit()
    if (nDocs > 0) log.info(`The vectors of ${nDocs} texts were taken from other indexes of this repository.`)
  }
}

function missingKeys({ view, stores }: OpenState, store: VectorStore, files: readonly string[]): Set<string> {
  const missing = new Set<string>()
  for (const file of files) {
    const ordinal = view.fileOrdinal(file)
    for (const unit of ordinal === undefined ? [] : view.unitsOfFile(ordinal)) {
      if (stores[SPACES[view.space[unit]!]!] !== store) continue
      const { bodyKey, contextKey } = view.unit(unit)
      for (const key of [bodyKey, contextKey]) if (!store.has(key)) missing.add(key)
    }
  }
  return missing
}

/** Those written last: reading what each one has takes some 20 ms at 100,000 units. */
const MAX_SIBLINGS = 16
