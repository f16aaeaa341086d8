/**
 * Positions of the `k` greatest of `n` values `values[offset + i * stride]`, greatest first; ties by lower position.
 * A heap of the best so far: O(n + k log k) once the threshold has settled.
 */
export function topIndices(
  values: Float32Array | Int32Array,
  n: number,
  k: number,
  offset: number,
  stride: number,
): Uint32Array {
  const size = Math.min(k, n)
  if (size <= 0) return new Uint32Array(0)
  const heap = new Uint32Array(size)
  const keys = new Float64Array(size)
  let filled = 0
  const siftDown = (from: number) => {
    const index = heap[from]!
    const key = keys[from]!
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= filled) break
      if (child + 1 < filled && weaker(child + 1, child)) child++
      if (keys[child]! > key || (keys[child]! === key && heap[child]! < index)) break
      keys[at] = keys[child]!
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = index
    keys[at] = key
  }
  /** The one that leaves the heap first: lower value, or later position. */
  const weaker = (a: number, b: number) => keys[a]! < keys[b]! || (keys[a] === keys[b] && heap[a]! > heap[b]!)
  for (let i = 0; i < n; i++) {
    const value = values[offset + i * stride]!
    if (filled < size) {
      heap[filled] = i
      keys[filled++] = value
      if (filled === size) for (let at = (size >> 1) - 1; at >= 0; at--) siftDown(at)
    } else if (value > keys[0]!) {
      heap[0] = i
      keys[0] = value
      siftDown(0)
    }
  }
  const order = Array.from(heap.keys()).sort((a, b) => keys[b]! - keys[a]! || heap[a]! - heap[b]!)
  return Uint32Array.from(order, (at) => heap[at]!)
}

/**
 * Positions of the `k` greatest values, in order of position: for cuts after which order does not matter. Equal values
 * at the border go by position. O(n + range of the values), by counting; integers only.
 */
export function atLeast(values: Int32Array, k: number): Uint32Array {
  const n = values.length
  if (k >= n) return Uint32Array.from(values.keys())
  let least = Infinity
  let most = -Infinity
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  const counts = new Uint32Array(most - least + 1)
  for (const value of values) counts[value - least]!++
  let border = most
  let nAbove = 0
  while (nAbove + counts[border - least]! < k) nAbove += counts[border-- - least]!
  let nAtBorder = k - nAbove
  const kept = new Uint32Array(Math.max(0, k))
  let nKept = 0
  for (let i = 0; i < n && nKept < k; i++) {
    const value = values[i]!
    if (value > border || (value === border && nAtBorder-- > 0)) kept[nKept++] = i
  }
  return kept
}
