/**
 * Which docs make up which unit: every unit has a body doc and may have a context doc (-1 = none); a doc may serve
 * many units. The view of a folder and the store of vectors meet here and nowhere else.
 */
export class UnitDocs {
  /** Units of doc d: `members[offsets[d] .. offsets[d + 1])`. */
  readonly offsets: Uint32Array
  readonly members: Uint32Array

  /** `body` and `context`: doc ids by unit; both of length `nUnits`. O(units + docs). */
  constructor(
    readonly body: Int32Array,
    readonly context: Int32Array,
    readonly nDocs: number,
  ) {
    const offsets = new Uint32Array(nDocs + 1)
    const each = (visit: (doc: number, unit: number) => void) => {
      for (let unit = 0; unit < body.length; unit++) {
        const own = body[unit]!
        const place = context[unit]!
        if (own >= 0) visit(own, unit)
        if (place >= 0 && place !== own) visit(place, unit)
      }
    }
    each((doc) => offsets[doc + 1]!++)
    for (let doc = 0; doc < nDocs; doc++) offsets[doc + 1]! += offsets[doc]!
    const next = offsets.slice(0, nDocs)
    const units = new Uint32Array(offsets[nDocs]!)
    each((doc, unit) => {
      units[next[doc]!++] = unit
    })
    this.offsets = offsets
    this.members = units
  }

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

  /** Units that a doc serves, a view. */
  unitsOf(doc: number): Uint32Array {
    return this.members.subarray(this.offsets[doc]!, this.offsets[doc + 1]!)
  }
}
