import type { Bitset } from '../../base/bitset.ts'
import { CancelledError } from '../../base/errors.ts'
import type { ScoredUnit } from '../types.ts'
import { type Codec, inverseNorm } from './codec.ts'
import type { DocMemory } from './docMemory.ts'
import type { InvertedLists } from './invertedLists.ts'
import type { Kernel } from './kernel.ts'
import { KernelBlocks } from './kernelBlocks.ts'
import { KernelThreads } from './kernelThreads.ts'
import { contrastOf, filesOf, type Maxima, weighted } from './maxima.ts'
import { MAX_SLICE_TOKENS, padRows, type QuerySlice, writeQuerySlice } from './queryLayout.ts'
import { atLeast, topIndices } from './topk.ts'
import type { UnitDocs } from './unitDocs.ts'

export interface PlaidQuery {
  /** Unit rows, nTokens x dim (the model's dim). */
  vectors: Float32Array
  nTokens: number
  dim: number
  /** How much each row counts in the last scores, 1 on average; all the same where absent. */
  weights?: Float32Array
}

/** What a question was answered with, and by which weights of its rows, where not all are the same. */
export interface PlaidAnswer {
  hits: ScoredUnit[]
  weights?: Float32Array
}

export interface PlaidSearchOptions {
  k: number
  /** Cells probed for each query token. */
  nIvfProbe: number
  /** PLAID (section 4) scores a quarter as many in full. Here 1 in 3.6 gets refined estimates and 1 in 29 full scores. */
  nFullScores: number
  /** Units that may be answered. */
  accept: Bitset
  /** Whether every accepted unit is scored in full; where absent, that depends on their number. For measurements. */
  exhaustive?: boolean
  shouldStop?: () => boolean
}

/**
 * Tokens at most of the accepted units for which the inverted lists are left out and every unit is scored in full. Both
 * ways take about as long there with one thread and 200 hits, and this one loses nothing.
 */
export const EXHAUSTIVE_TOKENS = 60_000

/**
 * PLAID search (Santhanam et al. 2022, section 4) over units of one or two docs:
 * centroid scores -> probe -> candidates -> approximate scores by centroids -> estimates from the likely pairs of tokens
 * -> fine scores from the codes.
 * Answers the best `k` accepted units, best first; a score is the mean over query tokens of the best cosine.
 * Returns all matches there are when fewer than `k` units are accepted.
 */
export class PlaidSearcher {
  readonly #kernel: Kernel
  readonly #centroids: number
  readonly #nCentroidsPadded: number
  readonly #table: number
  readonly #norms: number
  readonly #weightStep: number
  readonly #centroidStep: number
  /** Kept from search to search: new ones of their size would be most of a search's garbage. */
  #seenDocs = new Uint8Array(0)
  #candidates = new Uint32Array(0)

  constructor(
    readonly codec: Codec,
    /** May be replaced by another one in the same kernel. */
    public memory: DocMemory,
    private readonly threads = new KernelThreads(memory.kernel, '', 1),
  ) {
    const kernel = memory.kernel
    this.#kernel = kernel
    this.#nCentroidsPadded = Math.ceil(codec.nCentroids / 4) * 4
    // Centroids as 0..127 (zero at 64), a quarter of the room and of the time that floats take. The steps are far
    // smaller than those of the residuals.
    this.#centroids = kernel.allocate(this.#nCentroidsPadded * codec.dim)
    // Loops and not `reduce`: there may be millions, and a search may wait for this.
    let greatestValue = 1e-9
    for (const value of codec.centroids) greatestValue = Math.max(greatestValue, Math.abs(value))
    this.#centroidStep = greatestValue / 63
    const levels = kernel.u8(this.#centroids, this.#nCentroidsPadded * codec.dim).fill(WEIGHT_ZERO)
    for (let i = 0; i < codec.centroids.length; i++) {
      levels[i] = (codec.centroids[i]! / this.#centroidStep + WEIGHT_ZERO + 0.5) | 0
    }
    // Weights as 0..127 (zero at 64): the relaxed dot product takes its second operand in 7 bits.
    const greatest = codec.weights.reduce((most, w) => Math.max(most, Math.abs(w)), 1e-9)
    this.#weightStep = greatest / 63
    this.#table = kernel.allocate(16)
    kernel.i8(this.#table, 16).set(codec.weights.map((w) => Math.round(w / this.#weightStep) + WEIGHT_ZERO))
    this.#norms = kernel.allocate(1024)
    kernel.f32(this.#norms, 256).set(Float32Array.from({ length: 256 }, (_, byte) => inverseNorm(byte)))
  }

  search(query: PlaidQuery, lists: InvertedLists, units: UnitDocs, options: PlaidSearchOptions): ScoredUnit[] {
    return this.#withMaxima(query, lists, units, options, (maxima, found) =>
      best(weighted(maxima, query.weights), found, options.k),
    )
  }

  /**
   * As `search`, for a question in words: its rows count by how well they tell units apart (`contrastOf`), and a unit
   * also by its file, `fileOf` each unit, whose units answer together (`filesOf`).
   */
  answer(
    query: PlaidQuery,
    lists: InvertedLists,
    units: UnitDocs,
    options: PlaidSearchOptions & { fileOf: Uint32Array },
  ): PlaidAnswer {
    let weights: Float32Array | undefined
    const hits = this.#withMaxima(query, lists, units, options, (maxima, found) => {
      weights = contrastOf(maxima)
      const own = weighted(maxima, weights)
      const files = filesOf(maxima, weights, (i) => options.fileOf[found[i]!]!)
      return best(
        own.map((score, i) => (score + FILE_SHARE * files[i]!) / (1 + FILE_SHARE)),
        found,
        options.k,
      )
    })
    return weights ? { hits, weights } : { hits }
  }

  /** Calls `rank` with the units that are scored in full, and how each row of the query is met by each of them. */
  #withMaxima(
    query: PlaidQuery,
    lists: InvertedLists,
    units: UnitDocs,
    options: PlaidSearchOptions,
    rank: (maxima: Maxima, found: Uint32Array) => ScoredUnit[],
  ): ScoredUnit[] {
    if (query.nTokens === 0 || options.k <= 0) return []
    const scratch = new Scratch(this.#kernel)
    try {
      const slices = this.#prepare(query, scratch)
      checkStop(options)
      const found = this.#find(slices, lists, units, options, scratch)
      checkStop(options)
      return rank(this.#maxima(slices, query.nTokens, found, units, options, scratch), found)
    } finally {
      scratch.free()
    }
  }

  /** The units that are to be scored in full. */
  #find(
    slices: PreparedSlice[],
    lists: InvertedLists,
    units: UnitDocs,
    options: PlaidSearchOptions,
    scratch: Scratch,
  ): Uint32Array {
    const nAccepted = options.accept.count()
    if (options.exhaustive ?? (nAccepted <= options.k || this.#areFew(options.accept, nAccepted, units))) {
      return options.accept.members().filter((unit) => hasDocs(units, unit))
    }
    const share = nAccepted / Math.max(1, units.nUnits)
    // The fewer units a filter accepts, the more cells it takes to find as many, if not quite in proportion.
    const nProbes = Math.min(this.codec.nCentroids, Math.ceil(options.nIvfProbe / Math.max(share, 1 / 64) ** 0.75))
    let candidates = this.#gather(slices, nProbes, lists, units, options.accept, scratch)
    checkStop(options)
    const nRefined = Math.max(Math.ceil(options.nFullScores / SCORES_A_REFINED), 2 * options.k)
    const nFine = Math.max(Math.ceil(options.nFullScores / SCORES_A_FINE), Math.ceil(FINE_A_HIT * options.k))
    if (candidates.length > nRefined) {
      candidates = this.#approximate(slices, candidates, units, nRefined, options, scratch)
    }
    if (candidates.length > nFine) candidates = this.#refine(slices, candidates, units, nFine, options, scratch)
    return candidates
  }

  /** Whether the accepted units have at most EXHAUSTIVE_TOKENS. */
  #areFew(accept: Bitset, nAccepted: number, units: UnitDocs): boolean {
    if (nAccepted > EXHAUSTIVE_TOKENS / FEWEST_UNIT_TOKENS) return false
    const length = (doc: number) => (doc < 0 ? 0 : this.memory.docLength(doc))
    let nTokens = 0
    for (const unit of accept) {
      nTokens += length(units.body[unit]!) + length(units.context[unit]!)
      if (nTokens > EXHAUSTIVE_TOKENS) return false
    }
    return true
  }

  /** Query slices with their centroid scores. */
  #prepare(query: PlaidQuery, scratch: Scratch): PreparedSlice[] {
    const { dim } = this.codec
    const padded = padRows(query.vectors, query.nTokens, query.dim, dim)
    const slices: PreparedSlice[] = []
    for (let from = 0; from < query.nTokens; from += MAX_SLICE_TOKENS) {
      const nTokens = Math.min(MAX_SLICE_TOKENS, query.nTokens - from)
      const stride = Math.ceil(nTokens / 8) * 8
      const blocked = scratch.allocate(stride * dim * 2)
      const rows = scratch.allocate(stride * dim * 2)
      const scores = scratch.allocate(this.#nCentroidsPadded * stride * 4)
      const slice = writeQuerySlice(this.#kernel, padded, dim, from, nTokens, { blocked, rows })
      const scale = slice.step * this.#centroidStep
      const offsets = scratch.allocate(stride * 4)
      this.#kernel.f32(offsets, stride).set(slice.sums.map((sum) => -WEIGHT_ZERO * sum * scale))
      const { call } = this.#kernel
      const widened = scratch.allocate(8 * dim)
      call.dotBlocks(
        this.#centroids,
        this.#nCentroidsPadded,
        dim,
        blocked,
        slice.nBlocks,
        scale,
        offsets,
        widened,
        scores,
      )
      const scoreRows = scratch.allocate(this.#nCentroidsPadded * 32)
      call.scoreRows(scores, this.#nCentroidsPadded, stride, scoreRows)
      slices.push({ ...slice, scores, scoreRows })
    }
    return slices
  }

  /** Accepted units of the docs in the probed cells, and of docs too new for the lists. */
  #gather(
    slices: PreparedSlice[],
    nProbes: number,
    lists: InvertedLists,
    units: UnitDocs,
    accept: Bitset,
    scratch: Scratch,
  ): Uint32Array {
    const probed = this.#probe(slices, nProbes, scratch)
    if (this.#seenDocs.length < units.nDocs) this.#seenDocs = new Uint8Array(units.nDocs)
    const seen = this.#seenDocs.fill(0, 0, units.nDocs)
    const nListed = Math.min(lists.nDocs, units.nDocs)
    for (let c = 0; c < probed.length; c++) {
      if (!probed[c]) continue
      for (let i = lists.offsets[c]!; i < lists.offsets[c + 1]!; i++) seen[lists.docs[i]!] = 1
    }
    seen.fill(1, nListed, units.nDocs)
    // In order of units, so that the kernels read memory forwards.
    if (this.#candidates.length < accept.size) this.#candidates = new Uint32Array(accept.size)
    const candidates = this.#candidates
    const { body, context } = units
    let n = 0
    for (let word = 0; word < accept.words.length; word++) {
      for (let bits = accept.words[word]!; bits !== 0; bits &= bits - 1) {
        const unit = word * 32 + 31 - Math.clz32(bits & -bits)
        const own = body[unit]!
        const place = context[unit]!
        if ((own >= 0 && seen[own]) || (place >= 0 && seen[place])) candidates[n++] = unit
      }
    }
    return candidates.subarray(0, n)
  }

  /** One byte a centroid: 1 for the best `nProbes` of each query token. */
  #probe(slices: PreparedSlice[], nProbes: number, scratch: Scratch): Uint8Array {
    const { nCentroids } = this.codec
    const marked = scratch.allocate(nCentroids)
    const heap = scratch.allocate(MAX_SLICE_TOKENS * nProbes * 8)
    const thresholds = scratch.allocate(MAX_SLICE_TOKENS * 4)
    this.#kernel.u8(marked, nCentroids).fill(0)
    for (const { scores, nBlocks, nTokens } of slices) {
      this.#kernel.call.probe(scores, nCentroids, nBlocks, nTokens, nProbes, thresholds, heap, marked)
    }
    return this.#kernel.u8(marked, nCentroids)
  }

  /** The `nKeep` candidates with the best approximate scores. */
  #approximate(
    slices: PreparedSlice[],
    candidates: Uint32Array,
    units: UnitDocs,
    nKeep: number,
    options: PlaidSearchOptions,
    scratch: Scratch,
  ): Uint32Array {
    const kernel = this.#kernel
    const n = candidates.length
    const list = this.#writeUnits(candidates, units, scratch)
    const out = scratch.allocate(n * 4)
    kernel.i32(out, n).fill(0)
    for (const slice of slices) {
      const args = [list, n, this.memory.table, this.memory.wideCodes ? 1 : 0, slice.scoreRows, out]
      const job = { name: 'approximate', args, blockUnits: APPROXIMATED_A_BLOCK } as const
      this.threads.run(job, [], () => checkStop(options))
    }
    return atLeast(kernel.i32(out, n), nKeep).map((i) => candidates[i]!)
  }

  /** The `nKeep` candidates with the best scores over the two likeliest pairs of each query token. */
  #refine(
    slices: PreparedSlice[],
    candidates: Uint32Array,
    units: UnitDocs,
    nKeep: number,
    options: PlaidSearchOptions,
    scratch: Scratch,
  ): Uint32Array {
    const out = scratch.allocate(candidates.length * 4)
    this.#kernel.f32(out, candidates.length).fill(0)
    for (const slice of slices) {
      const query = [slice.scoreRows, slice.rows, slice.nTokens]
      this.#runOnCodes('refine', slice, query, candidates, units, { at: out, unitBytes: 4 }, options, scratch)
    }
    // Looked at only now: memory may have grown, and moved.
    const estimates = this.#kernel.f32(out, candidates.length)
    return topIndices(estimates, candidates.length, nKeep, 0, 1).map((i) => candidates[i]!)
  }

  #maxima(
    slices: PreparedSlice[],
    nTokens: number,
    candidates: Uint32Array,
    units: UnitDocs,
    options: PlaidSearchOptions,
    scratch: Scratch,
  ): Maxima {
    const n = candidates.length
    const values = new Float32Array(n * nTokens)
    const at = scratch.allocate(n * MAX_SLICE_TOKENS * 4)
    let column = 0
    for (const slice of slices) {
      const unitBytes = slice.stride * 4
      const query = [slice.scores, slice.blocked, slice.nBlocks]
      this.#runOnCodes('fine', slice, query, candidates, units, { at, unitBytes }, options, scratch)
      const found = this.#kernel.f32(at, n * slice.stride)
      for (let i = 0; i < n; i++) {
        const row = i * slice.stride
        values.set(found.subarray(row, row + slice.nTokens), i * nTokens + column)
      }
      column += slice.nTokens
    }
    return { values, nTokens, n }
  }

  /** Scores candidates from their codes: every pair of tokens, or the likeliest only (`refine`). */
  #runOnCodes(
    name: 'fine' | 'refine',
    { step, stride, sums }: PreparedSlice,
    query: readonly number[],
    candidates: Uint32Array,
    units: UnitDocs,
    out: { at: number; unitBytes: number },
    options: PlaidSearchOptions,
    scratch: Scratch,
  ): void {
    const { dim } = this.codec
    const n = candidates.length
    const list = this.#writeUnits(candidates, units, scratch)
    const { nThreads } = this.threads
    const workBytes = Math.max(8 * dim, REFINE_BYTES)
    const work = scratch.allocate(workBytes * nThreads)
    const scale = step * this.#weightStep
    const offsets = scratch.allocate(MAX_SLICE_TOKENS * 4)
    this.#kernel.f32(offsets, stride).set(sums.map((sum) => -WEIGHT_ZERO * sum * scale))
    const wide = this.memory.wideCodes ? 1 : 0
    const residuals = [this.#table, scale, offsets, this.#norms, work]
    const unitsAJob = this.memory.isWhole ? n : 2 * UNITS_A_BLOCK * nThreads
    for (let from = 0; from < n; from += unitsAJob) {
      const count = Math.min(unitsAJob, n - from)
      this.memory.makeResident(docsOf(candidates, units, from, from + count))
      const common = [list + from * 8, count, this.memory.table, wide, dim]
      const args = [...common, ...query, ...residuals, out.at + from * out.unitBytes]
      this.threads.run({ name, args, blockUnits: UNITS_A_BLOCK }, [workBytes], () => checkStop(options))
    }
  }

  /** The kernels' list of units: body and context doc of each. */
  #writeUnits(candidates: Uint32Array, units: UnitDocs, scratch: Scratch): number {
    const pointer = scratch.allocate(candidates.length * 8)
    const list = this.#kernel.i32(pointer, candidates.length * 2)
    for (let i = 0; i < candidates.length; i++) {
      list[i * 2] = units.body[candidates[i]!]!
      list[i * 2 + 1] = units.context[candidates[i]!]!
    }
    return pointer
  }
}

interface PreparedSlice extends QuerySlice {
  /** f32 [nCentroids][stride] */
  scores: number
  /** int8 [nCentroids][32], in steps of 1/127 */
  scoreRows: number
}

/** The `k` best of units by their scores, best first. */
function best(scores: Float32Array, found: Uint32Array, k: number): ScoredUnit[] {
  return Array.from(topIndices(scores, scores.length, k, 0, 1), (i) => ({ unit: found[i]!, score: scores[i]! }))
}

const hasDocs = (units: UnitDocs, unit: number) => units.body[unit]! >= 0 || units.context[unit]! >= 0

/** Body and context docs of candidates `[from, to)`. */
function* docsOf(candidates: Uint32Array, units: UnitDocs, from: number, to: number): Generator<number> {
  for (let i = from; i < to; i++) {
    yield units.body[candidates[i]!]!
    yield units.context[candidates[i]!]!
  }
}

function checkStop(options: PlaidSearchOptions): void {
  if (options.shouldStop?.()) throw new CancelledError()
}

/** Blocks for one search, all given back at its end. */
class Scratch extends KernelBlocks {
  override allocate(nBytes: number): number {
    return super.allocate(scratchSize(nBytes))
  }
}

/** Powers of two, so that the blocks of one search fit the next. */
const scratchSize = (nBytes: number) => 2 ** Math.ceil(Math.log2(Math.max(nBytes, 64)))

/** What a unit's file counts beside the unit itself. */
const FILE_SHARE = 0.5

/** Sets of more units than have room at this size are not counted token by token. */
const FEWEST_UNIT_TOKENS = 10
/** Parts of `nFullScores`: the least work that loses nothing against full scores of a quarter (RESULTS.md). */
const SCORES_A_REFINED = 3.6
const SCORES_A_FINE = 29
/** Or so many for each hit that is asked for. With 1.25, contrast orders too few: functions are found with an MRR 0.014 lower. */
const FINE_A_HIT = 2
const WEIGHT_ZERO = 64
/** Scratch of the refining kernel. */
const REFINE_BYTES = 1024
/** Units that a thread scores between two looks at cancellation: well under a millisecond. */
const UNITS_A_BLOCK = 64
const APPROXIMATED_A_BLOCK = 1024
