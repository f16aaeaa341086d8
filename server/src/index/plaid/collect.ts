import { isShared } from '../linkOrCopy.ts'
import type { SegmentEntry } from '../manifest.ts'
import { docsWithout, firstUnused } from '../unusedDocs.ts'
import { SegmentWriter } from './segmentWriter.ts'
import type { Sliced } from './sliced.ts'
import type { UnitDocs } from './unitDocs.ts'
import type { VectorStore } from './vectorStore.ts'

/** Bytes of the docs that no unit refers to. O(docs). */
export function unusedBytes(store: VectorStore, units: UnitDocs): number {
  let bytes = 0
  for (let doc = 0; doc < store.nDocs; doc++) if (!units.isUsed(doc)) bytes += docBytes(store, doc)
  return bytes
}

/**
 * Drops docs that no unit refers to, those added first before others, until at most `keepBytes` of such are left: their
 * segments are written again without them, in slices. A segment that other indexes share is only written again where
 * most of it is unused here, since that frees nothing until all have done so. `units` gives the present units whenever
 * it is asked; what they have come to refer to meanwhile is not dropped. `onDropped` is told the ids of docs that have
 * just gone, ascending; those of later docs are smaller by then. Gives the number of docs dropped; given up half-way, or
 * killed, it leaves each segment as it was or done.
 */
export function* collectDocs(
  store: VectorStore,
  keepBytes: number,
  units: () => UnitDocs,
  onDropped: (dropped: Uint32Array) => void = () => {},
): Sliced<number> {
  if (!store.searchable()) return 0
  store.commit()
  let excess = unusedBytes(store, units()) - keepBytes
  let nDropped = 0
  for (const { entry } of store.segments()) {
    if (excess <= 0) break
    const place = placeOf(store, entry)
    if (!place) return nDropped
    const now = units()
    const segment = { firstDoc: place.firstDoc, nDocs: entry.nDocs }
    const dropped = firstUnused(
      segment,
      (doc) => now.isUsed(doc),
      (doc) => docBytes(store, doc),
      excess,
    )
    if (dropped.length === 0 || !isWorthIt(store, place, units())) continue
    const bytes = dropped.reduce((sum, doc) => sum + docBytes(store, doc), 0)
    if (!(yield* rewrite(store, entry, dropped, units))) return nDropped
    onDropped(dropped)
    excess -= bytes
    nDropped += dropped.length
    yield
  }
  return nDropped
}

/**
 * Drops docs that `mustGo` names and no unit refers to, whatever it costs: their segments are written again without them,
 * in slices, those that other indexes share as well, so that nothing of them is left under this index's folder. Else as
 * `collectDocs`.
 */
export function* eraseDocs(
  store: VectorStore,
  mustGo: () => ReadonlySet<number>,
  units: () => UnitDocs,
  onDropped: (dropped: Uint32Array) => void,
): Sliced<number> {
  if (!store.searchable()) return 0
  store.commit()
  let nDropped = 0
  for (const { entry } of store.segments()) {
    const place = placeOf(store, entry)
    if (!place) continue
    const now = units()
    const end = place.firstDoc + entry.nDocs
    const dropped = Uint32Array.from(mustGo())
      .filter((doc) => place.firstDoc <= doc && doc < end && !now.isUsed(doc))
      .sort()
    if (dropped.length === 0) continue
    if (!(yield* rewrite(store, entry, dropped, units))) continue
    onDropped(dropped)
    nDropped += dropped.length
    yield
  }
  return nDropped
}

interface Place {
  entry: SegmentEntry
  file: string
  firstDoc: number
}

/** Undefined for a segment that is gone: merged with others, or written anew. */
const placeOf = (store: VectorStore, { file }: SegmentEntry): Place | undefined =>
  store.segments().find(({ entry }) => entry.file === file)

function isWorthIt(store: VectorStore, { entry, file, firstDoc }: Place, units: UnitDocs): boolean {
  if (!isShared(file)) return true
  let nUsedTokens = 0
  for (let doc = firstDoc; doc < firstDoc + entry.nDocs; doc++) {
    if (units.isUsed(doc)) nUsedTokens += store.docLength(doc)
  }
  return nUsedTokens * 2 < entry.nTokens
}

/** Answers whether it was done: not where the segment has gone meanwhile, or units refer to what was to be dropped. */
function* rewrite(
  store: VectorStore,
  entry: SegmentEntry,
  dropped: Uint32Array,
  units: () => UnitDocs,
): Sliced<boolean> {
  const firstDoc = placeOf(store, entry)!.firstDoc
  const kept = docsWithout({ firstDoc, nDocs: entry.nDocs }, dropped)
  const isStillTrue = () => {
    if (placeOf(store, entry)?.firstDoc !== firstDoc) return false
    const now = units()
    return !dropped.some((doc) => now.isUsed(doc))
  }
  if (kept.length === 0) {
    store.replaceSegment(entry, dropped, undefined, 0)
    return true
  }
  const writer = new SegmentWriter(store.newSegmentFile(), store.stored(), kept)
  try {
    for (const _ of writer.writeInSlices()) {
      yield
      if (!isStillTrue()) return false
    }
    const sizeBytes = writer.finish()
    store.replaceSegment(entry, dropped, writer.file, sizeBytes)
    return true
  } finally {
    writer.close()
  }
}

/** What a doc takes in a segment (FORMAT.md, section 4.2). */
const docBytes = (store: VectorStore, doc: number) => 20 + store.docLength(doc) * store.tokenBytes
