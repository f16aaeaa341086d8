import type { Sliced } from './sliced.ts'

/**
 * Borders and values of the residual buckets with the least squared error over `values` (Lloyd 1982, Max 1960; PLAID's
 * codec takes quantiles, whose outer buckets are wide: twice the error at 4 bits). Works on a histogram: O(values).
 */
export function* residualBuckets(
  values: Float32Array,
  nbits: number,
): Sliced<{ cutoffs: Float32Array; weights: Float32Array }> {
  const histogram = yield* Histogram.of(values)
  const nBuckets = 2 ** nbits
  let cutoffs = Float64Array.from({ length: nBuckets - 1 }, (_, i) => histogram.quantile((i + 1) / nBuckets))
  let weights = histogram.means(cutoffs)
  for (let iteration = 0; iteration < LLOYD_ITERATIONS; iteration++) {
    cutoffs = cutoffs.map((_, i) => (weights[i]! + weights[i + 1]!) / 2)
    weights = histogram.means(cutoffs)
  }
  return { cutoffs: Float32Array.from(cutoffs), weights: Float32Array.from(weights) }
}

/** Values in equal steps from the least to the greatest: how many, and their sum. */
class Histogram {
  readonly #counts = new Float64Array(HISTOGRAM_BINS + 1)
  readonly #sums = new Float64Array(HISTOGRAM_BINS + 1)

  private constructor(
    readonly least: number,
    readonly scale: number,
  ) {}

  static *of(values: Float32Array): Sliced<Histogram> {
    let least = Infinity
    let greatest = -Infinity
    for (let from = 0; from < values.length; from += VALUES_A_SLICE) {
      const to = Math.min(values.length, from + VALUES_A_SLICE)
      for (let i = from; i < to; i++) {
        const value = values[i]!
        if (value < least) least = value
        if (value > greatest) greatest = value
      }
      yield
    }
    const scale = greatest > least ? HISTOGRAM_BINS / (greatest - least) : 0
    const histogram = new Histogram(values.length > 0 ? least : 0, scale)
    for (let from = 0; from < values.length; from += VALUES_A_SLICE) {
      histogram.#add(values.subarray(from, from + VALUES_A_SLICE))
      yield
    }
    histogram.#total()
    return histogram
  }

  #add(values: Float32Array): void {
    // Once a build, so often not compiled yet: without iterators, and with fields looked up once.
    const counts = this.#counts
    const sums = this.#sums
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      const bin = this.#bin(value) + 1
      counts[bin]! += 1
      sums[bin]! += value
    }
  }

  /** Running totals from here on: entry i is of all values in the bins before i. */
  #total(): void {
    for (let bin = 0; bin < HISTOGRAM_BINS; bin++) {
      this.#counts[bin + 1]! += this.#counts[bin]!
      this.#sums[bin + 1]! += this.#sums[bin]!
    }
  }

  quantile(q: number): number {
    const wanted = q * this.#counts[HISTOGRAM_BINS]!
    let bin = 0
    while (bin < HISTOGRAM_BINS && this.#counts[bin + 1]! < wanted) bin++
    return this.#border(bin)
  }

  /** Mean of the values between each two borders; the border itself where there are none. */
  means(borders: Float64Array): Float64Array {
    const last = HISTOGRAM_BINS
    return Float64Array.from({ length: borders.length + 1 }, (_, i) => {
      const from = i === 0 ? 0 : this.#bin(borders[i - 1]!)
      const to = i === borders.length ? last : this.#bin(borders[i]!)
      const count = this.#counts[to]! - this.#counts[from]!
      if (count > 0) return (this.#sums[to]! - this.#sums[from]!) / count
      return i === borders.length ? this.#border(from) : borders[i]!
    })
  }

  #bin(value: number): number {
    return Math.max(0, Math.min(HISTOGRAM_BINS - 1, Math.floor((value - this.least) * this.scale)))
  }

  #border(bin: number): number {
    return this.scale > 0 ? this.least + bin / this.scale : this.least
  }
}

const HISTOGRAM_BINS = 16_384
const LLOYD_ITERATIONS = 40
const VALUES_A_SLICE = 2 ** 20
