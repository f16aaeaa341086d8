import { keyFromWords, keyWords } from './keyTable.ts'
import { type NewDocs, withoutKnown } from './newDocs.ts'
import { encodeSpool, readSpool } from './segmentFile.ts'

/**
 * Docs with raw vectors, held until the first codec is trained. Written batch by batch, so that a build that is killed
 * before it has a codec goes on where it was.
 */
export class Spool {
  #batches: NewDocs[] = []
  #nWritten = 0
  readonly #keys = new Set<string>()
  nTokens = 0

  constructor(private readonly dim: number) {}

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  add(docs: NewDocs): void {
    const fresh = withoutKnown(docs, this.dim, (key) => this.#keys.has(key))
    if (fresh.keys.length === 0) return
    this.#batches.push(fresh)
    for (const key of fresh.keys) this.#keys.add(key)
    this.nTokens += fresh.vectors.length / this.dim
  }

  /** Takes a spool file in; its docs count as written. */
  read(file: string): void {
    const { keys, lengths, vectors } = readSpool(file)
    this.add({ keys: Array.from(lengths, (_, i) => keyFromWords(keys, i * 4)), lengths, vectors })
    this.#nWritten = this.#batches.length
  }

  /** One file's bytes for everything that no file holds yet; undefined where that is nothing. */
  unwritten(): { bytes: Uint8Array; nDocs: number; nTokens: number } | undefined {
    const batches = this.#batches.slice(this.#nWritten)
    if (batches.length === 0) return undefined
    const docs = joined(batches)
    const keys = new Uint32Array(docs.keys.length * 4)
    docs.keys.forEach((key, i) => {
      keys.set(keyWords(key), i * 4)
    })
    const bytes = encodeSpool(this.dim, { keys, lengths: docs.lengths, vectors: docs.vectors })
    return { bytes, nDocs: docs.keys.length, nTokens: docs.vectors.length / this.dim }
  }

  /** Called once a manifest names the file of what was `unwritten`: only then is it safe. */
  markWritten(): void {
    this.#nWritten = this.#batches.length
  }

  /** Rows spread evenly over everything spooled, `nRows` of them or all. */
  sample(nRows: number): Float32Array {
    const n = Math.min(nRows, this.nTokens)
    const rows = new Float32Array(n * this.dim)
    let before = 0
    let taken = 0
    for (const { vectors } of this.#batches) {
      const end = before + vectors.length / this.dim
      for (;;) {
        const row = Math.floor((taken * this.nTokens) / n)
        if (taken === n || row >= end) break
        const from = (row - before) * this.dim
        const to = taken++ * this.dim
        // A view for each row would take longer than its copy.
        for (let d = 0; d < this.dim; d++) rows[to + d] = vectors[from + d]!
      }
      before = end
    }
    return rows
  }

  /** Hands all docs over, batch by batch, and is empty afterwards. */
  *drain(): Iterable<NewDocs> {
    const batches = this.#batches
    this.#batches = []
    this.#nWritten = 0
    this.#keys.clear()
    this.nTokens = 0
    yield* batches
  }
}

function joined(batches: NewDocs[]): NewDocs {
  const vectors = new Float32Array(batches.reduce((sum, batch) => sum + batch.vectors.length, 0))
  const lengths = new Uint32Array(batches.reduce((sum, batch) => sum + batch.lengths.length, 0))
  let at = 0
  let doc = 0
  for (const batch of batches) {
    vectors.set(batch.vectors, at)
    lengths.set(batch.lengths, doc)
    at += batch.vectors.length
    doc += batch.lengths.length
  }
  return { keys: batches.flatMap((batch) => batch.keys), lengths, vectors }
}
