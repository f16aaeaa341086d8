import { Bitset } from '../base/bitset.ts'
import type { Space } from '../contract/units.ts'
import { type FolderView, SPACES } from '../index/folderView.ts'
import { UnitDocs } from '../index/plaid/unitDocs.ts'
import type { VectorStore } from '../index/plaid/vectorStore.ts'
import { idsWithout } from '../index/unusedDocs.ts'

/**
 * Where the view meets the vector stores: for each store, the docs of the live units that are kept in it. A unit is kept
 * in the store of its space; while another model takes over, in the store of the model before as well, which answers for
 * it until the new one has both of its docs. Kept, and brought up to date at the next question: only units that are new,
 * and those that lacked a doc when docs were added, are looked up; the rest is passes over columns.
 */
export class UnitVectors {
  #columns: Map<VectorStore, Columns> | undefined
  #viewVersion = -1
  /** Units looked up so far. */
  #nUnits = 0
  /** Of these, those that lack their body or context in every store. */
  #lacking: number[] = []
  /** Of these, those that the store of the model before answers for. */
  #outdated: number[] = []
  #docsWereAdded = false

  constructor(
    private readonly view: FolderView,
    private readonly stores: Record<Space, VectorStore>,
    /** Of the models before, while those of `stores` take over. */
    private readonly previous?: Record<Space, VectorStore> | undefined,
  ) {}

  /** To be called after docs were added to a store, all others keeping their ids. */
  added(): void {
    this.#docsWereAdded = true
  }

  /** To be called after docs of a store went or got other ids. */
  changed(): void {
    this.#columns = undefined
  }

  /**
   * To be called after docs that no live unit refers to went from a store and later ones moved up. `dropped`: the ids
   * that they had, ascending. A pass over columns, where `changed` has every unit looked up again.
   */
  dropped(store: VectorStore, dropped: Uint32Array): void {
    const columns = this.#columns?.get(store)
    if (!columns) return
    const newIds = idsWithout(store.nDocs + dropped.length, dropped)
    const moved = (doc: number) => (doc < 0 ? -1 : newIds[doc]!)
    columns.body = columns.body.map(moved)
    columns.context = columns.context.map(moved)
    columns.docs = new UnitDocs(columns.body, columns.context, store.nDocs)
  }

  /** Docs of every unit that is kept in this store; other units have none here. */
  docs(store: VectorStore): UnitDocs {
    return this.#current().get(store)!.docs
  }

  /** The units that are kept in this store. */
  units(store: VectorStore): Bitset {
    const columns = this.#current().get(store)!
    if (!columns.units) {
      columns.units = new Bitset(columns.body.length)
      columns.body.forEach((doc, unit) => {
        if (doc >= 0 || columns.context[unit]! >= 0) columns.units!.set(unit)
      })
    }
    return columns.units
  }

  /** Paths of files with a unit that lacks its body or context in every store. */
  pendingFiles(): string[] {
    this.#current()
    return this.#filesOf(this.#lacking)
  }

  /** Paths of files with a unit that the store of its space does not answer for. */
  outdatedFiles(): string[] {
    this.#current()
    return this.#filesOf([...this.#lacking, ...this.#outdated])
  }

  /** Whether the store of a model before answers for any unit. */
  get needsPrevious(): boolean {
    this.#current()
    return this.#outdated.length > 0
  }

  /** Units that the store of their space does not answer for. */
  get nOutdated(): number {
    this.#current()
    return this.#lacking.length + this.#outdated.length
  }

  #filesOf(units: readonly number[]): string[] {
    const { view } = this
    const files = new Set(units.map((unit) => view.file[unit]!))
    return [...files].map((file) => view.filePath(file)).sort()
  }

  #current(): Map<VectorStore, Columns> {
    const { view } = this
    if (!this.#columns) {
      const stores = uniqueStores(this.stores, this.previous)
      this.#columns = new Map(stores.map((store) => [store, newColumns()]))
      this.#nUnits = 0
      this.#lacking = []
      this.#outdated = []
    } else if (this.#viewVersion === view.version && !this.#docsWereAdded) {
      return this.#columns
    }
    const fromUnit = this.#nUnits
    this.#nUnits = view.size
    const { live } = view
    for (const columns of this.#columns.values()) {
      columns.body = ofLive(columns.body, live)
      columns.context = ofLive(columns.context, live)
    }
    this.#lacking = this.#lacking.filter((unit) => live.has(unit))
    this.#outdated = this.#outdated.filter((unit) => live.has(unit))
    const again = this.#docsWereAdded ? [...this.#lacking.splice(0), ...this.#outdated.splice(0)] : []
    for (const unit of again) this.#lookUp(unit)
    for (let unit = fromUnit; unit < view.size; unit++) if (live.has(unit)) this.#lookUp(unit)
    for (const [store, columns] of this.#columns) {
      columns.docs = new UnitDocs(columns.body, columns.context, store.nDocs)
      columns.units = undefined
    }
    this.#viewVersion = view.version
    this.#docsWereAdded = false
    return this.#columns
  }

  #lookUp(unit: number): void {
    const space = SPACES[this.view.space[unit]!]!
    const { bodyKey, contextKey } = this.view.unit(unit)
    const docsIn = (store: VectorStore) => ({ body: store.docId(bodyKey), context: store.docId(contextKey) })
    const isWhole = ({ body, context }: { body: number; context: number }) => body >= 0 && context >= 0
    const store = this.stores[space]
    const before = this.previous?.[space]
    const own = docsIn(store)
    const old = before && before !== store ? docsIn(before) : NOWHERE
    const isOutdated = !isWhole(own) && isWhole(old)
    this.#put(store, unit, isOutdated ? NOWHERE : own)
    if (before && before !== store) this.#put(before, unit, old)
    if (isOutdated) this.#outdated.push(unit)
    else if (!isWhole(own)) this.#lacking.push(unit)
  }

  #put(store: VectorStore, unit: number, { body, context }: { body: number; context: number }): void {
    const columns = this.#columns!.get(store)!
    columns.body[unit] = body
    columns.context[unit] = context
  }
}

/** The stores, each once: both spaces may have one and the same. */
export const uniqueStores = (
  stores: Record<Space, VectorStore>,
  previous?: Record<Space, VectorStore> | undefined,
): VectorStore[] => [...new Set([...Object.values(stores), ...Object.values(previous ?? {})])]

interface Columns {
  /** Doc id of each unit, -1 = none. */
  body: Int32Array
  context: Int32Array
  docs: UnitDocs
  /** Derived when it is asked for. */
  units?: Bitset | undefined
}

const newColumns = (): Columns => ({
  body: new Int32Array(0),
  context: new Int32Array(0),
  docs: UnitDocs.identity(0),
})

/** The column for as many units as `live` tells of, emptied where one is not live. */
function ofLive(column: Int32Array, live: Bitset): Int32Array {
  const next = new Int32Array(live.size).fill(-1)
  for (const unit of live) {
    if (unit >= column.length) break
    next[unit] = column[unit]!
  }
  return next
}

const NOWHERE = { body: -1, context: -1 }
