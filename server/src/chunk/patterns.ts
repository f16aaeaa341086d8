import { indentOf, isBlank } from './budget.ts'
import { commentText, leadingCommentsStart } from './comments.ts'
import type { Declaration } from './declaration.ts'
import type { Language } from './languages.ts'
import { splitName } from './names.ts'
import { type DeclarationPattern, PATTERNS } from './patternTables.ts'

/** True where the language has line patterns, so that its files need not be cut blindly. */
export function hasPatterns(language: Language): boolean {
  return Object.hasOwn(PATTERNS, language.languageId)
}

/**
 * Declarations of a language without a grammar, by one line pattern each. A declaration ends before the next line
 * that is not indented deeper, apart from closing brackets and words; so this needs code that is indented as its
 * language's formatters do it. O(lines · patterns).
 */
export function findByPatterns(lines: readonly string[], language: Language): Declaration[] {
  const syntax = PATTERNS[language.languageId]
  if (!syntax) return []
  const skipped = rowsInsideText(lines, language)
  const declarations: Declaration[] = []
  for (const [row, line] of lines.entries()) {
    if (skipped[row] || isBlank(line) || line.length > MAX_LINE_CHARS) continue
    const match = firstMatch(line, syntax.patterns)
    if (match) declarations.push(declare(lines, row, match.pattern, match.groups, language, syntax.leading))
  }
  return declarations
}

function firstMatch(line: string, patterns: readonly DeclarationPattern[]) {
  for (const pattern of patterns) {
    const groups = pattern.match.exec(line)?.groups
    if (groups && !NOT_NAMES.has(groups.name ?? '')) return { pattern, groups }
  }
  return undefined
}

function declare(
  lines: readonly string[],
  row: number,
  pattern: DeclarationPattern,
  groups: Record<string, string | undefined>,
  language: Language,
  leading: RegExp | undefined,
): Declaration {
  const startRow = leadingStart(lines, row, language, leading)
  const { name, container } = splitName(groups.name ?? pattern.name ?? '')
  const receiver = groups.container ? splitName(groups.container) : undefined
  return {
    kind: pattern.kind,
    name,
    container: [receiver?.container, receiver?.name, container].filter(Boolean).join('.'),
    startRow,
    endRow: pattern.oneLine ? row : endOf(lines, row),
    nameRow: row,
    doc: commentText(lines, startRow, row - 1, language.family) || heredocText(lines, startRow, row - 1),
    minor: pattern.minor ?? false,
  }
}

/** What stands between triple quotes in lines `from..to`, as after Elixir's `@doc`. */
function heredocText(lines: readonly string[], from: number, to: number): string {
  const quoted = /"""\n([\s\S]*?)"""/.exec(lines.slice(from, to + 1).join('\n'))?.[1] ?? ''
  return quoted
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}

/** Comments and annotations in any mixture. */
function leadingStart(lines: readonly string[], row: number, language: Language, leading: RegExp | undefined): number {
  let start = row
  for (;;) {
    let next = leadingCommentsStart(lines, start, language.family)
    const above = lines[next - 1]
    if (above !== undefined && leading?.test(above)) next--
    else if (above?.trim() === '"""' && leading) {
      const opened = docStart(lines, next - 2, leading)
      if (opened >= 0) next = opened
    }
    if (next === start) return start
    start = next
  }
}

/** Row of the `@doc """` that the closing quotes below belong to. */
function docStart(lines: readonly string[], from: number, leading: RegExp): number {
  for (let row = from; row >= 0 && from - row < MAX_DOC_ROWS; row--) {
    if (lines[row]!.trim().endsWith('"""')) return leading.test(lines[row]!) ? row : -1
  }
  return -1
}

function endOf(lines: readonly string[], row: number): number {
  const indent = indentOf(lines[row]!)
  let end = row
  let closed = false
  for (let next = row + 1; next < lines.length; next++) {
    const line = lines[next]!
    if (isBlank(line)) continue
    const own = indentOf(line)
    if (own < indent || (own === indent && !CONTINUES.test(line))) break
    if (own === indent && DIRECTIVE.test(line)) {
      if (closed) break
    } else closed = own === indent && /^\s*\}[;,)]*\s*$/.test(line)
    end = next
  }
  return end
}

/** Rows inside multi-line strings and block comments, where nothing is declared. */
function rowsInsideText(lines: readonly string[], language: Language): Uint8Array {
  const inside = new Uint8Array(lines.length)
  const marks = MULTILINE[language.family]
  let closing = ''
  for (const [row, line] of lines.entries()) {
    if (closing) {
      inside[row] = 1
      if (line.includes(closing)) closing = ''
      continue
    }
    for (const [open, close] of marks) {
      const at = line.indexOf(open)
      if (at < 0 || line.indexOf(close, at + open.length) >= 0) continue
      if (open === '/*' && line.slice(0, at).trim() !== '') continue
      closing = close
      break
    }
  }
  return inside
}

/** `#ifdef` stands at the left edge, inside a function too. */
const DIRECTIVE = /^\s*#(?:if|ifdef|ifndef|else|elif|endif|define|undef)\b/

/** At the declaration's own indentation, what still belongs to it. */
const CONTINUES =
  /^\s*(?:[)\]}{]|(?:end|else|elsif|elseif|elif|rescue|ensure|catch|finally|after|then|begin|where|until|fi|done|endfunction|endfunc|endmacro|endif)\b|#(?:if|ifdef|ifndef|else|elif|endif|define|undef)\b|=\s|->|=>|::|\|\s|&&|\|\|)/

const MAX_LINE_CHARS = 600
const MAX_DOC_ROWS = 300

const NOT_NAMES = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'else', 'match', 'when', 'do', 'try'])

const TRIPLE_QUOTES = ['"""', '"""'] as const
const MULTILINE: Record<Language['family'], readonly (readonly [string, string])[]> = {
  slash: [['/*', '*/'], TRIPLE_QUOTES],
  hash: [TRIPLE_QUOTES],
  dash: [
    ['{-', '-}'],
    ['--[[', ']]'],
    ['/*', '*/'],
  ],
  percent: [],
  semicolon: [['#|', '|#']],
  quote: [],
  none: [['(*', '*)']],
}
