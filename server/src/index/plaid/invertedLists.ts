import type { DocMemory } from './docMemory.ts'

/**
 * Docs by centroid (the "IVF" of PLAID): list c holds each doc that has a token with code c, once, ascending.
 * Derived from the codes and never stored: building it takes some 10 ns a token, reading it from disk would cost
 * 3 bytes a token for ever.
 */
export class InvertedLists {
  private constructor(
    /** nCentroids + 1 positions in `docs`. */
    readonly offsets: Uint32Array,
    readonly docs: Uint32Array,
    /** Docs [0, nDocs) are in the lists; later ones are not yet. */
    readonly nDocs: number,
  ) {}

  static build(memory: DocMemory, nCentroids: number): InvertedLists {
    const { nDocs } = memory
    const { codes, starts, shift } = memory.allCodes()
    const offsets = new Uint32Array(nCentroids + 1)
    const lastDoc = new Int32Array(nCentroids).fill(-1)
    for (let doc = 0; doc < nDocs; doc++) {
      const from = starts[4 * doc]! >>> shift
      const end = from + starts[4 * doc + 1]!
      for (let i = from; i < end; i++) {
        const code = codes[i]!
        if (lastDoc[code] === doc) continue
        lastDoc[code] = doc
        offsets[code + 1]!++
      }
    }
    for (let c = 0; c < nCentroids; c++) offsets[c + 1]! += offsets[c]!
    const next = offsets.slice(0, nCentroids)
    const docs = new Uint32Array(offsets[nCentroids]!)
    lastDoc.fill(-1)
    for (let doc = 0; doc < nDocs; doc++) {
      const from = starts[4 * doc]! >>> shift
      const end = from + starts[4 * doc + 1]!
      for (let i = from; i < end; i++) {
        const code = codes[i]!
        if (lastDoc[code] === doc) continue
        lastDoc[code] = doc
        docs[next[code]!++] = doc
      }
    }
    return new InvertedLists(offsets, docs, nDocs)
  }
}
