import { isBlank } from './budget.ts'
import type { Declaration } from './declaration.ts'

interface Heading {
  row: number
  level: number
  name: string
}

/**
 * Sections of a document: each from its heading to the next heading of any level, with the headings above it as
 * container. A heading without text of its own goes to the section below it. Headings inside fenced code or front
 * matter do not count.
 */
export function findHeadings(lines: readonly string[], languageId: string): Declaration[] {
  const headings = readHeadings(lines, SYNTAXES[languageId] ?? SYNTAXES.markdown!)
  const trail: Heading[] = []
  const sections: Declaration[] = []
  let pendingRow = -1
  for (const [i, heading] of headings.entries()) {
    while (trail.length && trail.at(-1)!.level >= heading.level) trail.pop()
    const endRow = (headings[i + 1]?.row ?? lines.length) - 1
    const container = trail
      .slice(0, MAX_LEVELS)
      .map((one) => one.name)
      .join(' > ')
    trail.push(heading)
    const startRow = pendingRow >= 0 ? pendingRow : heading.row
    if (i + 1 < headings.length && isEmptyBelow(lines, heading.row, endRow)) {
      pendingRow = startRow
      continue
    }
    pendingRow = -1
    sections.push({
      kind: 'section',
      name: heading.name,
      container,
      startRow,
      endRow,
      nameRow: heading.row,
      doc: '',
      minor: false,
    })
  }
  return sections
}

/** Makes cuts inside fenced code less wanted than between paragraphs. */
export function headingPenalty(lines: readonly string[]): (row: number) => number {
  const fenced = fencedRows(lines)
  return (row) => (fenced[row] ? 4 : 0)
}

interface HeadingSyntax {
  /** `level` is a run of signs whose length counts. */
  line?: RegExp
  /** A line of these signs under a line of text makes it a heading; the order of first use gives the level in rst. */
  underline?: RegExp
  fence?: RegExp
  commands?: readonly string[]
}

function readHeadings(lines: readonly string[], syntax: HeadingSyntax): Heading[] {
  const fenced = fencedRows(lines, syntax.fence)
  const styles: string[] = []
  const headings: Heading[] = []
  for (let row = frontMatterEnd(lines); row < lines.length; row++) {
    if (fenced[row]) continue
    const line = lines[row]!
    const match = syntax.line?.exec(line)
    if (match?.groups) {
      const level = syntax.commands ? syntax.commands.indexOf(match.groups.level!) : match.groups.level!.length
      headings.push({ row, level, name: plainHeading(match.groups.name!) })
      continue
    }
    const below = lines[row + 1]
    if (!syntax.underline || below === undefined || !isUnderlined(line, below, syntax.underline)) continue
    const overlined = row > 0 && lines[row - 1]!.trim() === below.trim()
    const style = below.trim()[0]! + (overlined ? '^' : '')
    if (!styles.includes(style)) styles.push(style)
    const level = syntax === SYNTAXES.markdown ? (style === '=' ? 1 : 2) : styles.indexOf(style) + 1
    headings.push({ row: overlined ? row - 1 : row, level, name: plainHeading(line) })
    row++
  }
  return headings
}

function isUnderlined(line: string, below: string, underline: RegExp): boolean {
  const text = line.trimEnd()
  return (
    /[\p{L}\p{N}]/u.test(text) &&
    !/^(\s{4}|[-*+>|#]\s?|\d+[.)]\s)/.test(text) &&
    underline.test(below) &&
    below.trim().length >= Math.min(text.trim().length, SHORTEST_UNDERLINE)
  )
}

function fencedRows(lines: readonly string[], fence = SYNTAXES.markdown!.fence!): Uint8Array {
  const fenced = new Uint8Array(lines.length)
  let open = ''
  for (const [row, line] of lines.entries()) {
    const mark = fence.exec(line)?.[1]
    if (open) fenced[row] = 1
    if (!mark) continue
    if (!open) {
      open = mark
      fenced[row] = 1
    } else if (mark[0] === open[0] && mark.length >= open.length && line.trim() === mark) open = ''
  }
  return fenced
}

/** First row below a `---` block at the top. */
function frontMatterEnd(lines: readonly string[]): number {
  const mark = lines[0]?.trimEnd()
  if (mark !== '---' && mark !== '+++') return 0
  const end = lines.findIndex((line, row) => row > 0 && line.trimEnd() === mark)
  return end < 0 || end > MAX_FRONT_MATTER_ROWS ? 0 : end + 1
}

function isEmptyBelow(lines: readonly string[], headingRow: number, endRow: number): boolean {
  for (let row = headingRow + 1; row <= endRow; row++) {
    if (!isBlank(lines[row]!) && !/^\s*([=\-~^"'#*+.`])\1{2,}\s*$/.test(lines[row]!)) return false
  }
  return true
}

/** A heading as read: links, emphasis, anchors and tags taken off. What is too long for a name is left out. */
function plainHeading(text: string): string {
  return text
    .slice(0, MAX_HEADING_CHARS)
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<[^>]*>|\{#[^}]*\}/g, '')
    .replace(/[`*]|\s#+\s*$/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}

const SHORTEST_UNDERLINE = 3
const MAX_HEADING_CHARS = 400
/** Of the headings above one: a name is cut to less, and outlines may have a thousand levels. */
const MAX_LEVELS = 16
const MAX_FRONT_MATTER_ROWS = 200

const SYNTAXES: Record<string, HeadingSyntax> = {
  markdown: {
    line: /^ {0,3}(?<level>#{1,6})[ \t]+(?<name>.*)$/,
    underline: /^ {0,3}(=+|-+)\s*$/,
    fence: /^\s*(?:>\s*)?(`{3,}|~{3,})/,
  },
  restructuredtext: { underline: /^([=\-~^"'#*+.`:_])\1{2,}\s*$/ },
  asciidoc: { line: /^(?<level>={1,6}) +(?<name>\S.*)$/, fence: /^(-{4,}|\.{4,}|`{3,})/ },
  org: { line: /^(?<level>\*+) +(?<name>\S.*)$/ },
  latex: {
    line: /^\s*\\(?<level>part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]]*\])?\{(?<name>.*?)\}/,
    commands: ['part', 'chapter', 'section', 'subsection', 'subsubsection', 'paragraph'],
  },
}
