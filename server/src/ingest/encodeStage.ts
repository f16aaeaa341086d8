import { throwIfAborted } from '../base/cancel.ts'
import type { Space } from '../contract/units.ts'
import type { Encoder } from '../encode/encoder.ts'
import type { Generation, MissingDoc, PendingFile, SessionFile } from './indexPort.ts'
import { PendingOrder } from './pendingOrder.ts'
import type { PipelineDeps, PipelineOptions, Report } from './pipeline.ts'

export interface EncodeReport {
  nUnitsEncoded: number
  nTokensEncoded: number
  encodeMs: number
}

export interface EncodeWith {
  generation: Generation
  encoders: Record<Space, Encoder>
  /** Whether everything can be found already: progress counts what has been reached, of all units. */
  isUpgrade: boolean
}

/** The units of a file as it is now; undefined for one that is gone. */
type TextsOf = (file: string) => SessionFile | undefined | Promise<SessionFile | undefined>

/**
 * Encodes what pending files lack and stores it. Several batches are under way at once, so that no encoder waits for
 * the index. Files in use come first; before the first codec the others come in random order, so that what it is trained
 * on is a sample of the whole corpus.
 */
export class EncodeStage {
  readonly #queues: Record<Space, MissingDoc[]> = { code: [], docs: [] }
  readonly #underWay = new Set<Promise<void>>()
  /** Files whose missing texts were asked for and are not in the queues yet, in their order. */
  readonly #looks: { look: PendingFile[]; missing: Promise<MissingDoc[]> }[] = []
  /** Texts that this run has queued so far. */
  readonly #asked = new Set<string>()
  #failure: unknown
  #nQueued = 0
  #stores: Promise<void> = Promise.resolve()
  #needsTraining = false
  #lastCommitMs: number
  #nBodies = 0
  #nTokens = 0
  #nUnitsDone = 0
  #nUnits = 0
  /** Units that had their vectors before, where they count as well. */
  #nUnitsBefore = 0
  readonly #startedMs: number

  constructor(
    private readonly deps: PipelineDeps,
    private readonly options: PipelineOptions,
    private readonly report: Report,
    private readonly encoding: EncodeWith = { generation: 'present', encoders: deps.encoders, isUpgrade: false },
  ) {
    this.#startedMs = deps.now()
    this.#lastCommitMs = this.#startedMs
  }

  /**
   * `textsOf` cuts a file again where needed; undefined for one that is gone. `mayTrain`: whether these are all files
   * that wait, so that a codec may be trained on them.
   */
  async run(pending: PendingFile[], textsOf: TextsOf, mayTrain: boolean): Promise<EncodeReport> {
    if (pending.length === 0) return { nUnitsEncoded: 0, nTokensEncoded: 0, encodeMs: 0 }
    const { index } = this.deps
    const { generation, isUpgrade } = this.encoding
    this.#nUnits = pending.reduce((sum, { nUnits }) => sum + nUnits, 0)
    const stats = await index.stats(null)
    this.#needsTraining =
      mayTrain && (generation === 'present' ? stats.needsTraining : (stats.previousNeedsTraining ?? false))
    if (isUpgrade) this.#nUnitsBefore = Math.max(0, stats.nUnits - this.#nUnits)
    const order = new PendingOrder(pending)
    if (this.#needsTraining) order.shuffle()
    else if (isUpgrade) order.sortByTime()
    this.report({
      phase: isUpgrade ? 'upgrading' : 'encoding',
      nUnits: this.#nUnitsBefore + this.#nUnits,
      nUnitsDone: this.#nUnitsBefore,
      nFiles: pending.length,
      nFilesDone: 0,
    })
    try {
      while (order.size > 0 || this.#looks.length > 0) {
        const wasTrained = !this.#needsTraining
        const nAhead = this.#needsTraining && !isUpgrade ? LOOKS_AHEAD : 1
        while (order.size > 0 && this.#looks.length < nAhead) {
          this.#lookAt(order.take(FILES_A_LOOK, this.options.recent?.()), textsOf)
        }
        const { look, missing } = this.#looks[0]!
        for (const doc of await missing) this.#enqueue(doc)
        this.#looks.shift()
        await this.#drain(DOCS_A_BATCH)
        this.#nUnitsDone += look.reduce((sum, { nUnits }) => sum + nUnits, 0)
        this.#progress(pending.length - order.size)
        if (isUpgrade && !wasTrained && !this.#needsTraining) order.sortByTime()
      }
      await this.#drain(1)
      await Promise.all(this.#underWay)
      await this.#stores
      this.#throwFailure()
      const encodeMs = this.deps.now() - this.#startedMs
      if (!isUpgrade) this.report({ phase: 'writing' })
      if (mayTrain) await this.#train(this.#nTokens, true)
      return { nUnitsEncoded: this.#nBodies, nTokensEncoded: this.#nTokens, encodeMs }
    } finally {
      await Promise.allSettled([...this.#looks.map(({ missing }) => missing), ...this.#underWay, this.#stores])
      await index.commit(null)
    }
  }

  /** Asks what some files lack. The answer is waited for in its turn, or once the run has failed. */
  #lookAt(look: PendingFile[], textsOf: TextsOf): void {
    const ask = async () => {
      const files = (await Promise.all(look.map(({ path }) => textsOf(path)))).filter((file) => file !== undefined)
      return this.deps.index.missingDocs({ files, generation: this.encoding.generation })
    }
    const missing = ask()
    missing.catch(() => {})
    this.#looks.push({ look, missing })
  }

  /** A commit lets the index forget what was asked for and has not come: what is under way here is not taken again. */
  #enqueue(doc: MissingDoc): void {
    const text = `${doc.space}:${doc.key}`
    if (this.#asked.has(text)) return
    this.#asked.add(text)
    this.#queues[doc.space].push(doc)
  }

  /** Starts batches while a queue holds at least `atLeast` texts; waits while enough is under way. */
  async #drain(atLeast: number): Promise<void> {
    for (const space of ['code', 'docs'] as const) {
      while (this.#queues[space].length >= atLeast) {
        this.#throwFailure()
        await this.options.gate?.()
        throwIfAborted(this.options.signal)
        while (this.#underWay.size >= BATCHES_UNDER_WAY) await Promise.race(this.#underWay)
        // Encoding runs ahead while the index trains, but not without bound.
        if (this.#nQueued > MAX_QUEUED_BATCHES) await this.#stores
        const batch = this.#queues[space].splice(0, DOCS_A_BATCH)
        const work = this.#encode(space, batch).finally(() => this.#underWay.delete(work))
        this.#underWay.add(work)
      }
    }
    this.#throwFailure()
  }

  async #encode(space: Space, batch: MissingDoc[]): Promise<void> {
    try {
      const { signal, paths } = this.options
      // A save is waited for: its few texts go past the documents of a build.
      const urgent = paths !== undefined && batch.length <= MAX_URGENT_TEXTS
      const texts = batch.map((doc) => doc.text)
      const rows = await this.encoding.encoders[space].encodeDocuments(texts, { ...(signal && { signal }), urgent })
      this.#nBodies += batch.filter((doc) => doc.part === 'body').length
      this.#nTokens += rows.reduce((sum, { nTokens }) => sum + nTokens, 0)
      const docs = { keys: batch.map((doc) => doc.key), rows: rows.map(({ data }) => data) }
      this.#nQueued++
      this.#stores = this.#stores
        .then(() => this.#store(space, docs))
        .finally(() => {
          this.#nQueued--
        })
      this.#stores.catch((error) => {
        this.#failure ??= error
      })
    } catch (error) {
      this.#failure ??= error
    }
  }

  async #store(space: Space, docs: { keys: string[]; rows: Float32Array[] }): Promise<void> {
    const { index, now } = this.deps
    const { generation } = this.encoding
    const buffers = new Set(docs.rows.map(({ buffer }) => buffer as ArrayBuffer))
    await index.putVectors({ space, generation, ...docs }, undefined, [...buffers])
    if (this.#needsTraining) {
      this.#needsTraining = !(await this.#train(this.#expectedTokens(), false))
    }
    if (now() - this.#lastCommitMs < COMMIT_INTERVAL_MS) return
    await index.commit(null)
    this.#lastCommitMs = now()
  }

  /** In slices, so that searches get in. */
  async #train(expectedTokens: number, final: boolean): Promise<boolean> {
    const { generation } = this.encoding
    for (;;) {
      const trained = await this.deps.index.train({ expectedTokens, final, generation, sliced: true })
      if (trained !== 'more') return trained
      throwIfAborted(this.options.signal)
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** By the texts that are encoded: units count as done once their texts are under way. */
  #expectedTokens(): number {
    return Math.round((this.#nTokens / Math.max(1, this.#nBodies)) * this.#nUnits)
  }

  #progress(nFilesDone: number): void {
    const seconds = Math.max(0.001, (this.deps.now() - this.#startedMs) / 1000)
    const left = this.#nUnits - this.#nUnitsDone
    this.report({
      nFilesDone,
      nUnitsDone: this.#nUnitsBefore + this.#nUnitsDone,
      nTokens: this.#nTokens,
      tokensPerSecond: Math.round(this.#nTokens / seconds),
      etaSeconds: this.#nUnitsDone > 0 ? Math.round((seconds / this.#nUnitsDone) * left) : null,
    })
  }
}

const FILES_A_LOOK = 16
/** Before the first codec: texts for the encoders while the index thread is busy with training for some seconds. */
const LOOKS_AHEAD = 24
const DOCS_A_BATCH = 96
const BATCHES_UNDER_WAY = 4
/** Encoded batches that wait for the index: some 2 MB each at 64 dimensions. */
const MAX_QUEUED_BATCHES = 64
const MAX_URGENT_TEXTS = 48
const COMMIT_INTERVAL_MS = 5000
