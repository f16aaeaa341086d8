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
  for (let i = 0; i < size; i++) {
    heap[i] = i
    keys[i] = values[offset + i * stride]!
  }
  for (let at = (size >> 1) - 1; at >= 0; at--) siftDown(heap, keys, at, size)
  for (let i = size; i < n; i++) {
    const value = values[offset + i * stride]!
    if (value <= keys[0]!) continue
    heap[0] = i
    keys[0] = value
    siftDown(heap, keys, 0, size)
  }
  // The weakest of those left goes to the end of what is left.
  for (let end = size - 1; end > 0; end--) {
    const index = heap[0]!
    const key = keys[0]!
    heap[0] = heap[end]!
    keys[0] = keys[end]!
    siftDown(heap, keys, 0, end)
    heap[end] = index
    keys[end] = key
  }
  return heap
}

/** Moves the entry at `at` down among the first `n` until both below it are stronger. */
function siftDown(heap: Uint32Array, keys: Float64Array, at: number, n: number): void {
  const index = heap[at]!
  const key = keys[at]!
  for (;;) {
    let child = 2 * at + 1
    if (child >= n) break
    if (child + 1 < n && isWeaker(heap, keys, child + 1, child)) child++
    if (keys[child]! > key || (keys[child]! === key && heap[child]! < index)) break
    keys[at] = keys[child]!
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = index
  keys[at] = key
}

/** The one that leaves the heap first: lower value, or later position. */
const isWeaker = (heap: Uint32Array, keys: Float64Array, a: number, b: number) =>
  keys[a]! < keys[b]! || (keys[a] === keys[b] && heap[a]! > heap[b]!)

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
