import type { Unit } from '../contract/units.ts'

/**
 * Hashes of any run of a text's lines, O(1) each after one pass over the text. Equal runs have equal hashes wherever they
 * stand; others differ but for one pair in 2^50. Not for those who mean harm: a polynomial in two moduli.
 */
export class LineHashes {
  /** Of all lines above each line. */
  readonly #high: Float64Array
  readonly #low: Float64Array
  /** Lines by the hash of the run of so many lines that begins with each. */
  readonly #byHead: Map<number, number[]>[] = []

  constructor(readonly lines: readonly string[]) {
    const n = lines.length
    const high = new Float64Array(n + 1)
    const low = new Float64Array(n + 1)
    for (let i = 0; i < n; i++) {
      const line = lines[i]!
      let a = 0x9e3779b9
      let b = 0x85ebca6b
      for (let k = 0; k < line.length; k++) {
        const code = line.charCodeAt(k)
        a = Math.imul(a ^ code, 0x9e3779b1)
        b = Math.imul(b ^ code, 0x5f356495)
      }
      a = Math.imul(a ^ (a >>> 15), 0x85ebca77)
      b = Math.imul(b ^ (b >>> 13), 0xc2b2ae3d)
      high[i + 1] = (high[i]! * HIGH_BASE + ((a ^ (a >>> 16)) >>> 6) + 1) % HIGH_MODULUS
      low[i + 1] = (low[i]! * LOW_BASE + ((b ^ (b >>> 16)) >>> 6) + 1) % LOW_MODULUS
    }
    this.#high = high
    this.#low = low
  }

  /** Of lines `first` to `last` (1-based, inclusive), which are there. Below 2^50. */
  of(first: number, last: number): number {
    const high = runHash(this.#high, first, last, HIGH_BASE, HIGH_MODULUS)
    const low = runHash(this.#low, first, last, LOW_BASE, LOW_MODULUS)
    return high * 2 ** 24 + (low % 2 ** 24)
  }

  /** What finds a unit again: the hash of its lines, and that of its head. */
  ofUnit({
    name,
    startLine,
    endLine,
    nameLine,
  }: Pick<Unit, 'name' | 'startLine' | 'endLine' | 'nameLine'>): Required<Pick<Unit, 'linesHash' | 'headHash'>> {
    const isNamed = name !== '' && this.lines[nameLine - 1]!.includes(name)
    const nLines = isNamed ? 1 : Math.min(UNNAMED_HEAD_LINES, endLine - nameLine + 1)
    return {
      linesHash: this.of(startLine, endLine),
      headHash: headHash(this.of(nameLine, nameLine + nLines - 1), nLines),
    }
  }

  /** The lines on which a head begins that has this hash, ascending. O(lines) at first, then O(1). */
  headsAt(hash: number): readonly number[] {
    const nLines = headLines(hash)
    let byHead = this.#byHead[nLines]
    if (!byHead) {
      byHead = new Map()
      for (let line = 1; line + nLines - 1 <= this.lines.length; line++) {
        const key = headHash(this.of(line, line + nLines - 1), nLines)
        const known = byHead.get(key)
        if (known) known.push(line)
        else byHead.set(key, [line])
      }
      this.#byHead[nLines] = byHead
    }
    return byHead.get(hash) ?? []
  }
}

/** How many lines the head of that hash has: one where it is the line with the name. */
export const headLines = (hash: number): number => hash % 4

const headHash = (hash: number, nLines: number): number => hash * 4 + nLines

function runHash(above: Float64Array, first: number, last: number, base: number, modulus: number): number {
  const hash = (above[last]! - ((above[first - 1]! * power(base, last - first + 1, modulus)) % modulus)) % modulus
  return hash < 0 ? hash + modulus : hash
}

/** `base` to the power of `n`. O(log n). */
function power(base: number, n: number, modulus: number): number {
  let result = 1
  for (let factor = base; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result = (result * factor) % modulus
    factor = (factor * factor) % modulus
  }
  return result
}

/** What has no name begins as many others do: one line would not tell them apart. */
const UNNAMED_HEAD_LINES = 3

// Primes below 2^26: products stay below 2^53, so that a double has them exactly.
const HIGH_MODULUS = 67_108_859
const LOW_MODULUS = 67_108_837
const HIGH_BASE = 32_452_843
const LOW_BASE = 49_979_687
