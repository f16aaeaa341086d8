/**
 * Which docs make up which unit: every unit has a body doc and may have a context doc (-1 = none); a doc may serve
 * many units. The view of a folder and the store of vectors meet here and nowhere else.
 */
export class UnitDocs {
  #used: Uint8Array | undefined

  /** `body` and `context`: doc ids by unit; both of length `nUnits`. */
  constructor(
    readonly body: Int32Array,
    readonly context: Int32Array,
    readonly nDocs: number,
  ) {}

  /** One unit a doc, numbered alike: a plain multi-vector index. */
  static identity(nDocs: number): UnitDocs {
    return new UnitDocs(
      Int32Array.from({ length: nDocs }, (_, i) => i),
      new Int32Array(nDocs).fill(-1),
      nDocs,
    )
  }

  get nUnits(): number {
    return this.body.length
  }

  /** Whether any unit has the doc. O(units + docs) when first asked. */
  isUsed(doc: number): boolean {
    this.#used ??= this.#findUsed()
    return this.#used[doc] === 1
  }

  #findUsed(): Uint8Array {
    const used = new Uint8Array(this.nDocs)
    for (const column of [this.body, this.context]) {
      for (const doc of column) if (doc >= 0) used[doc] = 1
    }
    return used
  }
}
