/** Docs to store: `lengths[i]` rows of the model's dimension for each key, one after another, of length 1 each. */
export interface NewDocs {
  keys: string[]
  lengths: Uint32Array
  vectors: Float32Array
}

/** The docs of keys and the rows of each. */
export function docsOfRows(keys: string[], rows: Float32Array[], dim: number): NewDocs {
  const vectors = new Float32Array(rows.reduce((sum, own) => sum + own.length, 0))
  let at = 0
  for (const own of rows) {
    vectors.set(own, at)
    at += own.length
  }
  return { keys, lengths: Uint32Array.from(rows, (own) => own.length / dim), vectors }
}

/** The docs whose keys are new, each once. */
export function withoutKnown(docs: NewDocs, dim: number, isKnown: (key: string) => boolean): NewDocs {
  const chosen: number[] = []
  const seen = new Set<string>()
  docs.keys.forEach((key, i) => {
    if (isKnown(key) || seen.has(key)) return
    seen.add(key)
    chosen.push(i)
  })
  if (chosen.length === docs.keys.length) return docs
  const starts = new Uint32Array(docs.lengths.length + 1)
  for (let i = 0; i < docs.lengths.length; i++) starts[i + 1] = starts[i]! + docs.lengths[i]!
  const lengths = Uint32Array.from(chosen, (i) => docs.lengths[i]!)
  const vectors = new Float32Array(lengths.reduce((sum, n) => sum + n, 0) * dim)
  let at = 0
  for (const i of chosen) {
    vectors.set(docs.vectors.subarray(starts[i]! * dim, starts[i + 1]! * dim), at)
    at += docs.lengths[i]! * dim
  }
  return { keys: chosen.map((i) => docs.keys[i]!), lengths, vectors }
}
