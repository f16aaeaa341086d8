import type { DocMemory } from './docMemory.ts'
import { runAll, type Sliced } from './sliced.ts'

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
    return runAll(InvertedLists.buildInSlices(memory, nCentroids))
  }

  /** Of the docs that there are at the start; more may be added meanwhile. */
  static *buildInSlices(memory: DocMemory, nCentroids: number): Sliced<InvertedLists> {
    const { nDocs } = memory
    const offsets = new Uint32Array(nCentroids + 1)
    const counts = offsets.subarray(1)
    const lastDoc = new Int32Array(nCentroids).fill(-1)
    for (let doc = 0; doc < nDocs; doc += DOCS_A_SLICE) {
      passOver(memory, doc, Math.min(nDocs, doc + DOCS_A_SLICE), lastDoc, counts)
      yield
    }
    for (let c = 0; c < nCentroids; c++) offsets[c + 1]! += offsets[c]!
    const next = offsets.slice(0, nCentroids)
    const docs = new Uint32Array(offsets[nCentroids]!)
    lastDoc.fill(-1)
    for (let doc = 0; doc < nDocs; doc += DOCS_A_SLICE) {
      passOver(memory, doc, Math.min(nDocs, doc + DOCS_A_SLICE), lastDoc, next, docs)
      yield
    }
    return new InvertedLists(offsets, docs, nDocs)
  }
}

/**
 * Counts each doc in the entry of `ends` of each of its codes; where there are `docs`, the entry is the end of the code's
 * list so far, and the doc is put there.
 */
function passOver(
  memory: DocMemory,
  fromDoc: number,
  toDoc: number,
  lastDoc: Int32Array,
  ends: Uint32Array,
  docs?: Uint32Array,
): void {
  const { codes, starts, shift } = memory.allCodes()
  for (let doc = fromDoc; doc < toDoc; doc++) {
    const from = starts[4 * doc]! >>> shift
    const end = from + starts[4 * doc + 1]!
    for (let i = from; i < end; i++) {
      const code = codes[i]!
      if (lastDoc[code] === doc) continue
      lastDoc[code] = doc
      const at = ends[code]!++
      if (docs) docs[at] = doc
    }
  }
}

const DOCS_A_SLICE = 16_384
