/**
 * Takes a written name apart: `ns::Type<T>::method` is `method` in `ns.Type`, `app.use` is `use` in `app`. Type
 * arguments, quotes and `prototype` are dropped; an operator keeps its signs.
 */
export function splitName(written: string): { name: string; container: string } {
  const clean = written.replace(/\s+/g, ' ').trim()
  const quoted = /^(['"`])(.*)\1$/.exec(clean)
  if (quoted) return { name: quoted[2]!, container: '' }
  if (!/[\p{L}\p{N}_$]/u.test(clean)) return { name: clean, container: '' }
  const operator = /(?:^|::)\s*(operator\b.*)$/.exec(clean)
  if (operator) return { name: operator[1]!.trim(), container: joined(partsOf(clean.slice(0, operator.index))) }
  const parts = partsOf(clean)
  return { name: parts.pop() ?? clean.slice(clean.lastIndexOf('.') + 1), container: joined(parts) }
}

function partsOf(text: string): string[] {
  return withoutTypeArguments(text)
    .split(/::|[.\\:#]/)
    .map((part) => part.trim())
    .filter((part) => part && !IGNORED_PARTS.has(part))
}

/** Drops `<...>` and `[...]` with what is inside, nested ones too. */
function withoutTypeArguments(text: string): string {
  let depth = 0
  let kept = ''
  for (const char of text) {
    if (char === '<' || char === '[') depth++
    else if (char === '>' || char === ']') depth = Math.max(0, depth - 1)
    else if (depth === 0) kept += char
  }
  return kept
}

function joined(parts: string[]): string {
  return parts.join('.')
}

const IGNORED_PARTS = new Set(['module', 'exports', 'prototype', 'self', 'this', 'window', 'global', 'globalThis'])
