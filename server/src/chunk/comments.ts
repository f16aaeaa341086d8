import type { CommentFamily } from './languages.ts'

/**
 * First row of the comments and annotations that stand directly above `row`, without a blank line between; `row`
 * itself where there are none. A JSDoc-like block may be one blank line away. Works on lines, so it serves every language.
 */
export function leadingCommentsStart(lines: readonly string[], row: number, family: CommentFamily): number {
  const syntax = SYNTAXES[family]
  let start = row
  while (start > 0) {
    const above = lines[start - 1]!.trim()
    if (above === '') {
      const apart = start === row && family === 'slash' ? docCommentAbove(lines, start - 2) : -1
      if (apart < 0) break
      start = apart
      continue
    }
    const opened = syntax.block && above.endsWith(syntax.block[1]) ? blockStart(lines, start - 1, syntax.block) : -1
    if (opened >= 0) start = opened
    else if (syntax.line?.test(above) && !above.startsWith('#!/')) start--
    else break
  }
  return start
}

/** The words of the comments in lines `from..to`, without markers; annotations and code between them are left out. */
export function commentText(lines: readonly string[], from: number, to: number, family: CommentFamily): string {
  const { line: lineComment, block, marker } = SYNTAXES[family]
  if (!marker) return ''
  const words: string[] = []
  let inBlock = false
  for (let row = from; row <= to; row++) {
    const line = lines[row]!.trim()
    if (block && line.startsWith(block[0])) inBlock = true
    if (inBlock || lineComment?.test(line)) words.push(withoutBlockEnd(line.replace(marker, '')))
    if (block && line.endsWith(block[1])) inBlock = false
  }
  return words.join('\n').replace(XML_TAGS, '').trim()
}

/** A doc comment may stand one blank line above what it documents; other comments there speak of something else. */
function docCommentAbove(lines: readonly string[], endRow: number): number {
  if (!lines[endRow]?.trim().endsWith('*/')) return -1
  const start = blockStart(lines, endRow, ['/*', '*/'])
  return start >= 0 && lines[start]!.trim().startsWith('/**') ? start : -1
}

function blockStart(lines: readonly string[], endRow: number, [open]: readonly [string, string]): number {
  for (let row = endRow; row >= 0 && endRow - row < MAX_COMMENT_ROWS; row--) {
    const at = lines[row]!.indexOf(open)
    if (at >= 0) return lines[row]!.slice(0, at).trim() === '' ? row : -1
  }
  return -1
}

/** Without what ends a block comment, and blanks. No expression: those look for it from each of a million signs. */
function withoutBlockEnd(line: string): string {
  let end = line.length
  if (line.endsWith('*/')) {
    end--
    while (line[end - 1] === '*') end--
  } else if (BLOCK_ENDS.some((mark) => line.endsWith(mark))) end -= 2
  return line.slice(0, end).trimEnd()
}

/** Tags of C#'s doc comments that carry no words. */
const XML_TAGS = /<\/?(?:summary|remarks|para|inheritdoc)\s*\/?>/g
const BLOCK_ENDS = ['-}', '|#', '#>']
const MAX_COMMENT_ROWS = 400

interface CommentSyntax {
  line?: RegExp
  block?: readonly [string, string]
  /** What is cut from the start of each line. */
  marker?: RegExp
}

const SYNTAXES: Record<CommentFamily, CommentSyntax> = {
  slash: { line: /^\/\//, block: ['/*', '*/'], marker: /^(\/\/[/!]?|\/\*[*!]?|\*(?!\/))\s?/ },
  hash: { line: /^#(?!\[)/, block: ['<#', '#>'], marker: /^(#+|<#)\s?/ },
  dash: { line: /^--/, block: ['{-', '-}'], marker: /^(--+|\{-)\s?[|^]?\s?/ },
  percent: { line: /^%/, marker: /^%+\s?/ },
  semicolon: { line: /^;/, block: ['#|', '|#'], marker: /^(;+|#\|)\s?/ },
  quote: { line: /^["']/, marker: /^["']\s?/ },
  none: {},
}
