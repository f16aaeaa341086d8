import type { Space } from '../contract/units.ts'
import { type FolderView, SPACES } from '../index/folderView.ts'
import { UnitDocs } from '../index/plaid/unitDocs.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'

/**
 * Where the view meets the vector stores: for each space, the docs of every unit. Kept until the view or a store
 * changes, then brought up to date at the next question: O(units), some 10 ms at 100,000.
 */
export class UnitVectors {
  #built: { viewVersion: number; bySpace: Record<Space, UnitDocs>; pending: string[] } | undefined

  constructor(
    private readonly view: FolderView,
    private readonly stores: Record<Space, VectorStore>,
  ) {}

  /** To be called after vectors were added. */
  changed(): void {
    this.#built = undefined
  }

  /** Units of other spaces have no docs here. */
  docs(space: Space): UnitDocs {
    return this.#current().bySpace[space]
  }

  /** Paths of files with a unit that lacks its body or context. */
  pendingFiles(): string[] {
    return this.#current().pending
  }

  #current() {
    if (this.#built?.viewVersion === this.view.version) return this.#built
    const { view, stores } = this
    const nUnits = view.size
    const columns = SPACES.map(() => ({
      body: new Int32Array(nUnits).fill(-1),
      context: new Int32Array(nUnits).fill(-1),
    }))
    const pendingFiles = new Set<number>()
    const live = view.live
    for (let unit = 0; unit < nUnits; unit++) {
      if (!live.has(unit)) continue
      const space = view.space[unit]!
      const store = stores[SPACES[space]!]
      const { bodyKey, contextKey } = view.unit(unit)
      const body = store.docId(bodyKey)
      const context = store.docId(contextKey)
      columns[space]!.body[unit] = body
      columns[space]!.context[unit] = context
      if (body < 0 || context < 0) pendingFiles.add(view.file[unit]!)
    }
    const bySpace = Object.fromEntries(
      SPACES.map((space, i) => [space, new UnitDocs(columns[i]!.body, columns[i]!.context, stores[space].nDocs)]),
    ) as Record<Space, UnitDocs>
    const pending = [...pendingFiles].map((file) => view.filePath(file)).sort()
    this.#built = { viewVersion: view.version, bySpace, pending }
    return this.#built
  }
}
