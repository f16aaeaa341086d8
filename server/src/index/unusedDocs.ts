/** Docs of one segment: `firstDoc` and those that follow. */
export interface SegmentDocs {
  firstDoc: number
  nDocs: number
}

/** The first docs that are not used, as many as make `wantedBytes`; ascending ids. */
export function firstUnused(
  { firstDoc, nDocs }: SegmentDocs,
  isUsed: (doc: number) => boolean,
  docBytes: (doc: number) => number,
  wantedBytes: number,
): Uint32Array {
  const unused: number[] = []
  for (let doc = firstDoc, bytes = 0; doc < firstDoc + nDocs && bytes < wantedBytes; doc++) {
    if (isUsed(doc)) continue
    unused.push(doc)
    bytes += docBytes(doc)
  }
  return Uint32Array.from(unused)
}

/** The docs of a segment but for some; ascending ids. */
export function docsWithout({ firstDoc, nDocs }: SegmentDocs, dropped: Uint32Array): Uint32Array {
  const kept = new Uint32Array(nDocs - dropped.length)
  let next = 0
  for (let i = 0, at = 0; i < nDocs; i++) {
    if (dropped[next] === firstDoc + i) next++
    else kept[at++] = firstDoc + i
  }
  return kept
}

/** New ids of docs once some (ascending ids) have gone and later ones have moved up; -1 for those. */
export function idsWithout(nDocs: number, dropped: Uint32Array): Int32Array {
  const newIds = new Int32Array(nDocs)
  let nGone = 0
  for (let doc = 0; doc < nDocs; doc++) {
    const isGone = dropped[nGone] === doc
    newIds[doc] = isGone ? -1 : doc - nGone
    if (isGone) nGone++
  }
  return newIds
}
