import type { Node, QueryMatch } from 'web-tree-sitter'
import { commentText, leadingCommentsStart } from './comments.ts'
import type { Declaration } from './declaration.ts'
import type { LoadedGrammar } from './grammars.ts'
import type { Language } from './languages.ts'
import { splitName } from './names.ts'

export interface ParsedDeclarations {
  declarations: Declaration[]
  hasErrors: boolean
}

/**
 * Declarations of a source text by its grammar's query. Captures of the query: a kind (`@function`, `@class`, ...,
 * `@scope`; with the suffix `.minor` where it may share a unit), `@name`, `@container`, `@doc` for docstrings, and
 * whatever starts with `_` for predicates.
 * Undefined where it took longer than `timeLimitMs`. O(text); the tree is walked inside the runtime only.
 */
export function findDeclarations(
  { parser, query }: LoadedGrammar,
  text: string,
  lines: readonly string[],
  language: Language,
  { timeLimitMs, now }: { timeLimitMs: number; now: () => number },
): ParsedDeclarations | undefined {
  const deadline = now() + timeLimitMs
  // The runtime stops on a truthy answer, though its type says void.
  const progressCallback = (() => now() > deadline) as () => void
  const tree = parser.parse(text, null, { progressCallback })
  if (!tree) {
    parser.reset()
    return undefined
  }
  try {
    const finder = new Finder(text, lines, language)
    const matches = query.matches(tree.rootNode, { progressCallback } as object)
    for (const match of matches) {
      // Asking a node for its parent costs its depth: thousands of nested declarations add up.
      if (now() > deadline) return undefined
      finder.add(match)
    }
    return { declarations: finder.finish(), hasErrors: tree.rootNode.hasError }
  } finally {
    tree.delete()
  }
}

class Finder {
  /** By the node that is declared: of several patterns for one node the first in the query counts. */
  readonly #byNode = new Map<number, { declaration: Declaration; patternIndex: number }>()
  readonly #docs: { row: number; text: string }[] = []

  constructor(
    readonly text: string,
    readonly lines: readonly string[],
    readonly language: Language,
  ) {}

  add(match: QueryMatch): void {
    let declared: Node | undefined
    let kind = ''
    let name: Node | undefined
    let container = ''
    for (const capture of match.captures) {
      if (capture.name === 'name') name ??= capture.node
      else if (capture.name === 'container') container = this.#textOf(capture.node)
      else if (capture.name === 'doc') this.#addDoc(capture.node)
      else if (!capture.name.startsWith('_')) {
        declared = capture.node
        kind = capture.name
      }
    }
    if (!declared) return
    const earlier = this.#byNode.get(declared.id)
    if (earlier && earlier.patternIndex <= match.patternIndex) return
    const written = match.setProperties?.name ?? (name ? this.#textOf(name) : '')
    const named = splitName(written)
    const [base, suffix] = kind.split('.')
    const { ownRow, ...rows } = this.#rowsOf(declared)
    rows.startRow = leadingCommentsStart(this.lines, rows.startRow, this.language.family)
    const outer = container ? splitName(container) : undefined
    const full = [outer?.container, outer?.name, named.container].filter(Boolean).join('.')
    const declaration: Declaration = {
      kind: base as Declaration['kind'],
      name: named.name,
      container: full,
      ...rows,
      nameRow: name ? name.startPosition.row : ownRow,
      doc: commentText(this.lines, rows.startRow, ownRow - 1, this.language.family),
      minor: suffix === 'minor',
    }
    this.#byNode.set(declared.id, { declaration, patternIndex: match.patternIndex })
  }

  finish(): Declaration[] {
    const declarations = [...this.#byNode.values()].map((one) => one.declaration)
    for (const doc of this.#docs) {
      const owner = innermost(declarations, doc.row)
      if (owner) owner.doc = owner.doc ? `${owner.doc}\n${doc.text}` : doc.text
    }
    return declarations
  }

  #addDoc(node: Node): void {
    const text = this.#textOf(node)
      .replace(/^[a-zA-Z]*("""|'''|"|')/, '')
      .replace(/("""|'''|"|')$/, '')
    this.#docs.push({
      row: node.startPosition.row,
      text: text
        .split('\n')
        .map((line) => line.trim())
        .join('\n')
        .trim(),
    })
  }

  /**
   * Rows of a declaration with what wraps it (`export`, decorators, templates) and the attributes before it; `ownRow`
   * is the first without those.
   */
  #rowsOf(node: Node): { startRow: number; endRow: number; ownRow: number } {
    let outer = node
    for (let parent = outer.parent; parent && WRAPPERS.has(parent.type); parent = parent.parent) outer = parent
    const ownRow = outer.startPosition.row
    let startRow = ownRow
    for (let before = outer.previousSibling; before; before = before.previousSibling) {
      if (!ATTRIBUTES.has(before.type)) break
      if (before.endPosition.row < startRow - 1) break
      startRow = Math.min(startRow, before.startPosition.row)
    }
    const end = outer.endPosition
    const endRow = end.column === 0 && end.row > outer.startPosition.row ? end.row - 1 : end.row
    return { ownRow, startRow, endRow: Math.min(endRow, this.lines.length - 1) }
  }

  #textOf(node: Node): string {
    return this.text.slice(node.startIndex, Math.min(node.endIndex, node.startIndex + MAX_CAPTURE_CHARS))
  }
}

function innermost(declarations: readonly Declaration[], row: number): Declaration | undefined {
  let found: Declaration | undefined
  for (const one of declarations) {
    if (one.nameRow > row || one.endRow < row) continue
    if (!found || one.startRow >= found.startRow) found = one
  }
  return found
}

const MAX_CAPTURE_CHARS = 10_000

/** Nodes that belong to the one declaration inside them. */
const WRAPPERS = new Set(['export_statement', 'decorated_definition', 'template_declaration', 'ambient_declaration'])

/** Siblings that belong to the declaration after them. */
const ATTRIBUTES = new Set([
  'attribute_item',
  'decorator',
  'comment',
  'line_comment',
  'block_comment',
  'attribute_list',
])
