/** A fixed-size set of small integers, one bit each. All binary operations need equal sizes. */
export class Bitset {
  readonly words: Uint32Array

  constructor(
    readonly size: number,
    words?: Uint32Array,
  ) {
    this.words = words ?? new Uint32Array((size + 31) >>> 5)
  }

  /** Every bit set. */
  static full(size: number): Bitset {
    const set = new Bitset(size)
    set.setRange(0, size)
    return set
  }

  static of(size: number, members: Iterable<number>): Bitset {
    const set = new Bitset(size)
    for (const member of members) set.set(member)
    return set
  }

  has(index: number): boolean {
    return index < this.size && (this.words[index >>> 5]! & (1 << (index & 31))) !== 0
  }

  set(index: number): void {
    this.words[index >>> 5]! |= 1 << (index & 31)
  }

  clear(index: number): void {
    this.words[index >>> 5]! &= ~(1 << (index & 31))
  }

  /** Sets `[from, to)`. O(words touched). */
  setRange(from: number, to: number): void {
    if (from >= to) return
    const first = from >>> 5
    const last = (to - 1) >>> 5
    const head = 0xffffffff << (from & 31)
    const tail = 0xffffffff >>> (31 - ((to - 1) & 31))
    if (first === last) {
      this.words[first]! |= head & tail
      return
    }
    this.words[first]! |= head
    this.words.fill(0xffffffff, first + 1, last)
    this.words[last]! |= tail
  }

  /** In place: this ∩ other. */
  and(other: Bitset): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= other.words[i]!
    return this
  }

  /** In place: this ∪ other. */
  or(other: Bitset): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! |= other.words[i]!
    return this
  }

  /** In place: this \ other. */
  andNot(other: Bitset): this {
    for (let i = 0; i < this.words.length; i++) this.words[i]! &= ~other.words[i]!
    return this
  }

  /** In place: complement within `size`. */
  not(): this {
    for (let i = 0; i < this.words.length; i++) this.words[i] = ~this.words[i]!
    const rest = this.size & 31
    if (rest) this.words[this.words.length - 1]! &= 0xffffffff >>> (32 - rest)
    return this
  }

  clone(): Bitset {
    return new Bitset(this.size, this.words.slice())
  }

  /** Number of members. */
  count(): number {
    let total = 0
    for (const word of this.words) total += popcount(word)
    return total
  }

  /** All members, ascending, at once: several times quicker than iterating. */
  members(): Uint32Array {
    const members = new Uint32Array(this.count())
    let n = 0
    for (let i = 0; i < this.words.length; i++) {
      let word = this.words[i]!
      while (word) {
        const low = word & -word
        members[n++] = (i << 5) + (31 - Math.clz32(low))
        word ^= low
      }
    }
    return members
  }

  *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.words.length; i++) {
      let word = this.words[i]!
      while (word) {
        const low = word & -word
        yield (i << 5) + (31 - Math.clz32(low))
        word ^= low
      }
    }
  }
}

function popcount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555)
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333)
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
