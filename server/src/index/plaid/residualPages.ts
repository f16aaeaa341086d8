import type { Kernel } from './kernel.ts'
import type { Sliced } from './sliced.ts'

/** Where the residuals of a segment's groups come from. */
export interface ResidualSource {
  /** Fills `into` with a group's residuals as memory holds them. `E_INDEX_CORRUPT` where they are damaged. */
  read(group: number, into: Uint8Array): void
  /** What a damaged group is reported to; it scores by its centroids from then on. */
  onDamage(error: Error): void
  close(): void
}

/**
 * Residuals that lie in files until a search wants them, and go back there when they take more than `limitBytes`: the
 * groups that were not used for the longest time first, roughly (the clock algorithm). Docs of no group are always in
 * memory. `place` is told where a doc's residuals are, 0 for nowhere.
 */
export class ResidualPages {
  limitBytes = Infinity
  /** Groups that are not in memory. */
  nAbsent = 0
  residentBytes = 0
  #groups: Group[] = []
  /** Group of each doc; docs past the end, and -1, have none. */
  #groupOf: Int32Array = new Int32Array(0)
  #batch = 1
  #hand = 0
  /** Groups before this one are checked. */
  #nChecked = 0

  constructor(
    private readonly kernel: Kernel,
    private readonly tokenBytes: number,
    private readonly place: (doc: number, pointer: number) => void,
  ) {}

  /** Docs `[firstDoc, firstDoc + lengths.length)`, in groups that start at `starts` (docs, from 0). */
  add(firstDoc: number, lengths: Uint32Array, starts: Uint32Array, source: ResidualSource): void {
    const grown = new Int32Array(firstDoc + lengths.length).fill(-1)
    grown.set(this.#groupOf)
    this.#groupOf = grown
    for (let g = 0; g + 1 < starts.length; g++) {
      const [from, to] = [starts[g]!, starts[g + 1]!]
      const docs = Int32Array.from({ length: to - from }, (_, i) => firstDoc + from + i)
      grown.fill(this.#groups.length, firstDoc + from, firstDoc + to)
      const group = {
        source,
        index: g,
        docs,
        lengths: lengths.slice(from, to),
        pointer: 0,
        usedIn: 0,
        isRecent: false,
        isChecked: false,
      }
      this.#groups.push(group)
      this.nAbsent++
    }
  }

  /** Groups touched from here on are not given up for one another until the next call. */
  startBatch(): void {
    this.#batch++
  }

  /** Sees to it that a doc's residuals are in memory. */
  touch(doc: number): void {
    const index = doc < this.#groupOf.length ? this.#groupOf[doc]! : -1
    if (index < 0) return
    const group = this.#groups[index]!
    group.usedIn = this.#batch
    group.isRecent = true
    if (group.pointer === 0) this.#load(group)
  }

  /** Reads `nGroups` groups that were never read, to find damage before a search does; false once there are none. */
  checkSome(nGroups: number): boolean {
    for (let n = 0; n < nGroups; n++) {
      while (this.#groups[this.#nChecked]?.isChecked) this.#nChecked++
      const group = this.#groups[this.#nChecked]
      if (!group) return false
      this.#read(group, new Uint8Array(this.#bytesOf(group)))
    }
    return true
  }

  /** For a memory in which docs have other ids: `newIds[doc]`, -1 for a doc that is gone. This one is empty afterwards. */
  moveTo(rest: ResidualPages, newIds: Int32Array, nDocs: number): void {
    rest.limitBytes = this.limitBytes
    rest.nAbsent = this.nAbsent
    rest.residentBytes = this.residentBytes
    rest.#groupOf = new Int32Array(nDocs).fill(-1)
    this.#groups.forEach((group, index) => {
      const docs = group.docs.map((doc) => (doc < 0 ? -1 : newIds[doc]!))
      for (const doc of docs) if (doc >= 0) rest.#groupOf[doc] = index
      rest.#groups.push({ ...group, docs })
    })
    this.#groups.length = 0
    this.#groupOf = new Int32Array(0)
    this.nAbsent = 0
    this.residentBytes = 0
  }

  /** Closes the sources; nothing where that is done. */
  *closeInSlices(): Sliced<void> {
    while (this.#groups.length > 0) {
      const { source } = this.#groups[0]!
      this.#groups = this.#groups.filter((group) => group.source !== source)
      source.close()
      yield
    }
  }

  #load(group: Group): void {
    const nBytes = this.#bytesOf(group)
    while (this.residentBytes + nBytes > this.limitBytes) if (!this.#giveUpOne()) break
    group.pointer = this.kernel.allocate(roomFor(nBytes))
    this.#read(group, this.kernel.u8(group.pointer, nBytes))
    this.residentBytes += nBytes
    this.nAbsent--
    this.#placeAll(group)
  }

  #read(group: Group, into: Uint8Array): void {
    group.isChecked = true
    try {
      group.source.read(group.index, into)
    } catch (error) {
      into.fill(0)
      group.source.onDamage(error as Error)
    }
  }

  #giveUpOne(): boolean {
    for (let n = 2 * this.#groups.length; n > 0; n--) {
      this.#hand = (this.#hand + 1) % this.#groups.length
      const group = this.#groups[this.#hand]!
      if (group.pointer === 0 || group.usedIn === this.#batch) continue
      if (group.isRecent) {
        group.isRecent = false
        continue
      }
      const nBytes = this.#bytesOf(group)
      this.kernel.free(group.pointer, roomFor(nBytes))
      group.pointer = 0
      this.residentBytes -= nBytes
      this.nAbsent++
      this.#placeAll(group)
      return true
    }
    return false
  }

  #placeAll({ docs, lengths, pointer }: Group): void {
    let at = pointer
    for (let i = 0; i < docs.length; i++) {
      if (docs[i]! >= 0) this.place(docs[i]!, at)
      if (pointer !== 0) at += lengths[i]! * this.tokenBytes
    }
  }

  #bytesOf = (group: Group): number => group.lengths.reduce((sum, n) => sum + n, 0) * this.tokenBytes
}

interface Group {
  source: ResidualSource
  index: number
  docs: Int32Array
  lengths: Uint32Array
  /** 0 while it is not in memory. */
  pointer: number
  usedIn: number
  isRecent: boolean
  /** Read at least once. */
  isChecked: boolean
}

/** In few sizes, so that the room of one group does for the next. */
const roomFor = (nBytes: number) => Math.ceil(Math.max(1, nBytes) / ROOM_STEP_BYTES) * ROOM_STEP_BYTES
const ROOM_STEP_BYTES = 2048
