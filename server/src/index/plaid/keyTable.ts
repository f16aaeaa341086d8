/**
 * Doc ids by content key, in the order of the docs. Of docs with one key, as segments taken from another index may
 * bring, the first is found. Keys are 128-bit hashes laid side by side as four u32 each, found by open addressing: no
 * string is kept. Adding is amortised O(1); 24 bytes a key at most.
 */
export class KeyTable {
  #words: Uint32Array = new Uint32Array(4 * 1024)
  #slots = new Int32Array(2048).fill(-1)
  #nKeys = 0

  get nKeys(): number {
    return this.#nKeys
  }

  /** Doc id of the key, -1 where unknown. */
  find(key: string): number {
    const words = keyWords(key)
    return this.#slots[this.#slotOf(words, 0)]!
  }

  /** As `find`, for the key at `words[at..at + 4)`. */
  findWords(words: Uint32Array, at: number): number {
    return this.#slots[this.#slotOf(words, at)]!
  }

  /** Gives the key at `words[at..at + 4)` the next id. */
  add(words: Uint32Array, at = 0): number {
    const slot = this.#slotOf(words, at)
    const id = this.#nKeys++
    if (this.#nKeys * 4 > this.#words.length) this.#words = grown(this.#words, this.#words.length * 2)
    this.#words.set(words.subarray(at, at + 4), id * 4)
    if (this.#slots[slot]! < 0) this.#slots[slot] = id
    if (this.#nKeys * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    return id
  }

  /** Takes docs out; later ones move up. `dropped`: ascending ids. O(keys). */
  remove(dropped: Uint32Array): void {
    let next = 0
    let nKept = 0
    for (let id = 0; id < this.#nKeys; id++) {
      if (dropped[next] === id) next++
      else this.#words.copyWithin(nKept++ * 4, id * 4, id * 4 + 4)
    }
    this.#nKeys = nKept
    this.#rehash(this.#slots.length)
  }

  reserve(nKeys: number): void {
    if (nKeys * 4 > this.#words.length) this.#words = grown(this.#words, nKeys * 4)
    let nSlots = this.#slots.length
    while (nSlots < nKeys * 2) nSlots *= 2
    if (nSlots > this.#slots.length) this.#rehash(nSlots)
  }

  /** The four words of each of the docs `[from, to)`. */
  words(from: number, to: number): Uint32Array {
    return this.#words.slice(from * 4, to * 4)
  }

  #slotOf(words: Uint32Array, at: number): number {
    const mask = this.#slots.length - 1
    let slot = words[at]! & mask
    for (;;) {
      const id = this.#slots[slot]!
      if (id < 0) return slot
      const own = id * 4
      if (
        this.#words[own] === words[at] &&
        this.#words[own + 1] === words[at + 1] &&
        this.#words[own + 2] === words[at + 2] &&
        this.#words[own + 3] === words[at + 3]
      )
        return slot
      slot = (slot + 1) & mask
    }
  }

  #rehash(nSlots: number): void {
    this.#slots = new Int32Array(nSlots).fill(-1)
    for (let id = 0; id < this.#nKeys; id++) {
      const slot = this.#slotOf(this.#words, id * 4)
      if (this.#slots[slot]! < 0) this.#slots[slot] = id
    }
  }
}

/** Four words of a content key (22 base64url characters, `base/hash.ts`). */
export function keyWords(key: string): Uint32Array {
  const bytes = Buffer.from(key, 'base64url')
  return Uint32Array.of(bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12))
}

export function keyFromWords(words: Uint32Array, at: number): string {
  return Buffer.from(words.slice(at, at + 4).buffer).toString('base64url')
}

function grown(array: Uint32Array, length: number): Uint32Array {
  const larger = new Uint32Array(length)
  larger.set(array)
  return larger
}
