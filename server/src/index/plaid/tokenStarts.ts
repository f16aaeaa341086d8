/** First token of each doc, and the number of tokens at the end. */
export function tokenStarts(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1)
  for (let i = 0; i < lengths.length; i++) starts[i + 1] = starts[i]! + lengths[i]!
  return starts
}
