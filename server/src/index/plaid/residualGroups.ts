import { crc32 } from '../../base/crc32.ts'

/**
 * A segment's docs in groups of about GROUP_TOKENS tokens, in order: what is read at once when a search wants the
 * residuals of one of them. Gives the first doc of each group, and the number of docs at the end.
 */
export function residualGroups(lengths: Uint32Array): Uint32Array {
  const starts = [0]
  let nTokens = 0
  for (let doc = 0; doc < lengths.length; doc++) {
    if (nTokens >= GROUP_TOKENS) {
      starts.push(doc)
      nTokens = 0
    }
    nTokens += lengths[doc]!
  }
  if (lengths.length > 0) starts.push(lengths.length)
  return Uint32Array.from(starts)
}

/** Checksums of the groups' bytes as files hold them. `bytes`: all of the docs', one doc after another. */
export class GroupChecks {
  readonly checks: Uint32Array
  readonly #starts: Uint32Array
  #group = 0
  #doc = 0

  constructor(
    private readonly lengths: Uint32Array,
    private readonly tokenBytes: number,
  ) {
    this.#starts = residualGroups(lengths)
    this.checks = new Uint32Array(this.#starts.length - 1)
  }

  /** Takes the next docs, in order. */
  add(nDocs: number, bytes: Uint8Array): void {
    let at = 0
    for (const end = this.#doc + nDocs; this.#doc < end; ) {
      const groupEnd = this.#starts[this.#group + 1]!
      const to = Math.min(end, groupEnd)
      let nTokens = 0
      for (; this.#doc < to; this.#doc++) nTokens += this.lengths[this.#doc]!
      const size = nTokens * this.tokenBytes
      this.checks[this.#group] = crc32(bytes.subarray(at, at + size), this.checks[this.#group])
      at += size
      if (this.#doc === groupEnd) this.#group++
    }
  }
}

/** 64 KiB of memory at 128 dimensions. */
const GROUP_TOKENS = 1024
