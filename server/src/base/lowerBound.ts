/** First index for which `reached` holds; `n` where none does. `reached` must be monotonic. O(log n) calls. */
export function lowerBound(n: number, reached: (index: number) => boolean): number {
  let low = 0
  let high = n
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(middle)) high = middle
    else low = middle + 1
  }
  return low
}
