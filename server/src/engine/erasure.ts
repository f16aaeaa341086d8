import type { Log } from '../base/log.ts'
import type { DeletedText } from '../index/catalog.ts'
import { addErasedKeys, erasedKeys, erasedMark } from '../index/erasedKeys.ts'
import { eraseDocs } from '../index/plaid/collect.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import { type IndexOrigin, siblingsOf } from '../index/siblings.ts'
import { lexicalUses } from './collection.ts'
import type { OpenState } from './indexSession.ts'
import { headState } from './repositoryIdentity.ts'
import { dropHolders, staleOf } from './staleStores.ts'
import { uniqueStores } from './unitVectors.ts'

export interface EraseOptions {
  directory: string
  origin: IndexOrigin | undefined
  /** Also what takes seconds in a large index; else words in small segments alone. */
  thorough: boolean
  /** Deletions that are younger wait: git may be in the middle of a switch. */
  minAgeMs: number
  now: () => number
}

export interface GoneFile {
  path: string
  /** Left out by a rule, so that it goes whatever git does. */
  byRule: boolean
  /** Content keys that it still has. */
  kept: ReadonlySet<string>
}

/**
 * Takes what was deleted out of the index's files: words of all texts that are in no file any more, and vectors of texts
 * whose file is gone while git's HEAD is as it was, or that a rule leaves out, here or in another index of the repository.
 * Texts that went with a switch of branch keep their vectors (`collection.ts` limits them). Yields between pieces of work
 * of some MB; may be given up or killed at any moment: what is left is found again.
 */
export class Erasure {
  /** Lists of other indexes that were gone through, by folder. */
  readonly #seen = new Map<string, string>()
  #lastLargeMs = -Infinity

  constructor(private readonly log: Log) {}

  /**
   * The texts that go with a change of the view: those of `gone` files, but for what they `kept`. `isLive`: the change
   * was told as it happened, by an event, and not found by comparing.
   */
  deleted(
    { view, catalog }: OpenState,
    gone: readonly GoneFile[],
    { origin, isLive, nowMs }: { origin: IndexOrigin | undefined; isLive: boolean; nowMs: number },
  ): DeletedText[] {
    if (gone.length === 0) return []
    let head = catalog.getMeta(HEAD) ?? ''
    if (isLive && origin) {
      // A commit some time ago has moved HEAD and deleted nothing.
      const now = headState(origin.folder)
      if (now && nowMs - now.movedMs > SWITCH_MS) head = now.mark
    }
    const deleted: DeletedText[] = []
    for (const { path: file, byRule, kept } of gone) {
      const ordinal = view.fileOrdinal(file)
      for (const unit of ordinal === undefined ? [] : view.unitsOfFile(ordinal)) {
        const { bodyKey, contextKey } = view.unit(unit)
        for (const key of [bodyKey, contextKey]) {
          if (!kept.has(key)) deleted.push({ key, head: byRule ? null : head, sinceMs: nowMs })
        }
      }
    }
    return deleted
  }

  *run(state: OpenState, options: EraseOptions): Generator<void> {
    const { catalog, lexical, view } = state
    const { thorough } = options
    const uses = () => lexicalUses(state)
    let nVectors = 0
    let isLargeDue = false
    if (thorough) {
      const head = options.origin ? headState(options.origin.folder)?.mark : ''
      const { due, stay } = this.#due(state, head, options)
      isLargeDue = due.size > 0
      if (stay.length > 0) catalog.forgetDeleted(stay)
      for (const store of uniqueStores(state.stores, state.previous)) {
        nVectors += yield* eraseFrom(state, store, due)
      }
      dropHolders(staleOf(state), due, this.log)
      const stores = uniqueStores(state.stores, state.previous)
      const inUse = keysInUse(state)
      const erased = [...due].filter((key) => inUse.has(key) || !stores.some((store) => store.has(key)))
      addErasedKeys(
        options.directory,
        erased.filter((key) => !inUse.has(key)),
      )
      catalog.forgetDeleted(erased)
      if (head !== undefined && catalog.getMeta(HEAD) !== head) catalog.setMeta(HEAD, head)
    }
    isLargeDue ||= options.now() - this.#lastLargeMs >= LARGE_INTERVAL_MS
    const maxBytes = thorough && isLargeDue ? Infinity : SMALL_SEGMENT_BYTES
    if (maxBytes === Infinity) this.#lastLargeMs = options.now()
    for (const dropped of lexical.collect(-Infinity, uses, maxBytes)) {
      if (dropped.length > 0) view.lexicalDocsDropped(dropped)
      yield
    }
    if (thorough) catalog.scrub()
    if (nVectors > 0) this.log.info(`The vectors of ${nVectors} deleted texts were erased.`)
  }

  /** Keys to erase now, and those that need not go after all. */
  #due({ catalog }: OpenState, head: string | undefined, { directory, origin, minAgeMs, now }: EraseOptions) {
    const due = new Set<string>()
    const stay: string[] = []
    for (const text of catalog.deletedTexts()) {
      if (text.head === null) due.add(text.key)
      else if (head === undefined || now() - text.sinceMs < minAgeMs) continue
      else if (text.head === head) due.add(text.key)
      else stay.push(text.key)
    }
    for (const sibling of origin ? siblingsOf(directory, origin) : []) {
      const mark = erasedMark(sibling)
      if (mark === '' || this.#seen.get(sibling) === mark) continue
      this.#seen.set(sibling, mark)
      for (const key of erasedKeys(sibling)) due.add(key)
    }
    return { due, stay }
  }
}

function* eraseFrom(state: OpenState, store: VectorStore, keys: ReadonlySet<string>): Generator<void, number> {
  const units = () => state.vectors.docs(store)
  let nErased = 0
  // Of docs with one key the first is found: where it is gone, the next.
  for (;;) {
    const mustGo = () =>
      new Set([...keys].map((key) => store.docId(key)).filter((doc) => doc >= 0 && !units().isUsed(doc)))
    if (keys.size === 0 || mustGo().size === 0) return nErased
    const work = eraseDocs(store, mustGo, units, (dropped) => state.vectors.dropped(store, dropped))
    let n = 0
    try {
      for (let step = work.next(); ; step = work.next()) {
        if (step.done) {
          n = step.value
          break
        }
        yield
      }
    } finally {
      work.return(0)
    }
    if (n === 0) return nErased
    nErased += n
  }
}

function keysInUse({ view }: OpenState): Set<string> {
  const keys = new Set<string>()
  for (const unit of view.live) {
    const { bodyKey, contextKey } = view.unit(unit)
    keys.add(bodyKey)
    keys.add(contextKey)
  }
  return keys
}

/** In the catalog's `meta`: HEAD when the index was last up to date with it. */
const HEAD = 'head'
/** Between a switch of branch and the events of its files. */
const SWITCH_MS = 10_000
/** Written again at once, in milliseconds. */
const SMALL_SEGMENT_BYTES = 2 ** 20
/** Words of edited texts leave larger segments so often. */
const LARGE_INTERVAL_MS = 600_000
