/**
 * How many parts of a regular expression may be left out: `?`, `*`, `{0,n}` and empty alternatives, those within a counted
 * group three times as many. An engine that compiles takes time of about the fifth power of it, and nothing can
 * interrupt that. O(source); what cannot be read as an expression has some number, too.
 */
export function countOptionalParts(source: string): number {
  /** Of the groups that are open; the first is the whole. */
  const counts = [0]
  let isEmpty = true
  let inClass = false
  for (let i = 0; i < source.length; i++) {
    const char = source[i]!
    const top = counts.length - 1
    const wasEmpty = isEmpty
    isEmpty = false
    if (char === '\\') i++
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') {
      counts.push(0)
      i += /^\?(?:[:=!]|<[=!]|<[^>]*>)/.exec(source.slice(i + 1, i + 100))?.[0].length ?? 0
      isEmpty = true
    } else if (char === '|') {
      if (wasEmpty) counts[top]!++
      isEmpty = true
    } else if (char === ')' && top > 0) {
      if (wasEmpty) counts[top]!++
      const inner = counts.pop()!
      counts[top - 1]! += source[i + 1] === '{' ? 3 * inner : inner
    } else if (char === '?' || char === '*') {
      // A question mark behind a quantifier makes it lazy.
      if (char === '*' || !/[?*+}]/.test(source[i - 1] ?? '')) counts[top]!++
    } else if (char === '{') counts[top]!++
  }
  return counts.reduce((sum, count) => sum + count, 0)
}

/** At sixteen an engine takes some 0.2 s, at forty it does not end. */
export const MAX_OPTIONAL_PARTS = 16
