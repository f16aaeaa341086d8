import type { Space } from '../contract/units.ts'
import { type FolderView, SPACES } from '../index/folderView.ts'
import { UnitDocs } from '../index/plaid/unitDocs.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'

/**
 * Where the view meets the vector stores: for each store, the docs of every unit. Kept until the view or a store
 * changes, then brought up to date at the next question: O(units), some 10 ms at 100,000.
 */
export class UnitVectors {
  #built: { viewVersion: number; byStore: Map<VectorStore, UnitDocs>; pending: string[] } | undefined

  constructor(
    private readonly view: FolderView,
    private readonly stores: Record<Space, VectorStore>,
  ) {}

  /** To be called after vectors were added. */
  changed(): void {
    this.#built = undefined
  }

  /** Docs of every unit whose space is kept in this store; other units have none here. */
  docs(store: VectorStore): UnitDocs {
    return this.#current().byStore.get(store)!
  }

  /** Paths of files with a unit that lacks its body or context. */
  pendingFiles(): string[] {
    return this.#current().pending
  }

  #current() {
    if (this.#built?.viewVersion === this.view.version) return this.#built
    const { view, stores } = this
    const nUnits = view.size
    const columnsOf = new Map<VectorStore, { body: Int32Array; context: Int32Array }>()
    for (const space of SPACES) {
      const empty = () => new Int32Array(nUnits).fill(-1)
      if (!columnsOf.has(stores[space])) columnsOf.set(stores[space], { body: empty(), context: empty() })
    }
    const pendingFiles = new Set<number>()
    const live = view.live
    for (let unit = 0; unit < nUnits; unit++) {
      if (!live.has(unit)) continue
      const store = stores[SPACES[view.space[unit]!]!]
      const columns = columnsOf.get(store)!
      const { bodyKey, contextKey } = view.unit(unit)
      const body = store.docId(bodyKey)
      const context = store.docId(contextKey)
      columns.body[unit] = body
      columns.context[unit] = context
      if (body < 0 || context < 0) pendingFiles.add(view.file[unit]!)
    }
    const byStore = new Map<VectorStore, UnitDocs>()
    for (const [store, { body, context }] of columnsOf) byStore.set(store, new UnitDocs(body, context, store.nDocs))
    const pending = [...pendingFiles].map((file) => view.filePath(file)).sort()
    this.#built = { viewVersion: view.version, byStore, pending }
    return this.#built
  }
}

/** The stores, each once: both spaces may have one and the same. */
export const uniqueStores = (stores: Record<Space, VectorStore>): VectorStore[] => [...new Set(Object.values(stores))]
