import { indentOf, isBlank } from './budget.ts'
import { leadingCommentsStart } from './comments.ts'
import type { Declaration } from './declaration.ts'
import type { Language } from './languages.ts'

/**
 * Top-level keys of a data or settings file, found by lines: the first key's indentation says what is top level. Each
 * runs to the next key; short neighbours share a unit.
 */
export function findKeys(lines: readonly string[], language: Language): Declaration[] {
  const pattern = PATTERNS[language.languageId] ?? PATTERNS.json!
  const found: { row: number; name: string }[] = []
  let level = -1
  for (const [row, line] of lines.entries()) {
    const name = pattern.exec(line)?.groups?.name
    if (name === undefined) continue
    const indent = indentOf(line)
    if (level < 0) level = indent
    if (indent <= level) found.push({ row, name: name.trim() })
  }
  const starts = found.map(({ row }) => leadingCommentsStart(lines, row, language.family))
  return found.map(({ row, name }, i) => ({
    kind: 'config',
    name,
    container: '',
    startRow: starts[i]!,
    endRow: lastFilledRow(lines, row, (starts[i + 1] ?? lines.length) - 1),
    nameRow: row,
    doc: '',
    minor: true,
  }))
}

function lastFilledRow(lines: readonly string[], from: number, to: number): number {
  while (to > from && isBlank(lines[to]!)) to--
  return to
}

const JSON_KEY = /^\s*"(?<name>(?:[^"\\]|\\.){1,200})"\s*:/

const PATTERNS: Record<string, RegExp> = {
  json: JSON_KEY,
  jsonc: JSON_KEY,
  yaml: /^(?<name>["']?[\w$./@*-][^:#\n]{0,200}?)\s*:(?:\s|$)/,
  toml: /^\[{1,2}(?<name>[^\]]{1,200})\]/,
  ini: /^\s*\[(?<name>[^\]]{1,200})\]/,
}
