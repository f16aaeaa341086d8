import type { Node, ParseState, QueryMatch } from 'web-tree-sitter'
import { commentText, leadingCommentsStart } from './comments.ts'
import type { Declaration } from './declaration.ts'
import type { LoadedGrammar } from './grammars.ts'
import type { Language } from './languages.ts'
import { splitName } from './names.ts'
import { costOf, MAX_PATHS_COST, MAX_SIGNS_COST, StepBudget } from './parseBudget.ts'
import { rowOwners } from './rowOwners.ts'

export interface ParsedDeclarations {
  declarations: Declaration[]
  hasErrors: boolean
}

/**
 * Declarations of a source text by its grammar's query. Captures of the query: a kind (`@function`, `@class`, ...,
 * `@scope`; with the suffix `.minor` where it may share a unit), `@name`, `@container`, `@doc` for docstrings, and
 * whatever starts with `_` for predicates.
 * Undefined where the text takes more steps than any that somebody wrote. O(text); the tree is walked inside the
 * runtime, but for its large nodes.
 */
export function findDeclarations(
  { parser, query }: LoadedGrammar,
  text: string,
  lines: readonly string[],
  language: Language,
): ParsedDeclarations | undefined {
  const parsing = new StepBudget(text.length)
  const read = (index: number) => {
    parsing.read()
    return text.slice(index)
  }
  const tree = parser.parse(read, null, { progressCallback: asCallback(parsing) })
  if (!tree) {
    parser.reset()
    return undefined
  }
  try {
    const { signs, path } = costOf(tree)
    if (parsing.isSpent || signs > MAX_SIGNS_COST) return undefined
    const querying = new StepBudget(text.length)
    const matches = query.matches(tree.rootNode, { progressCallback: asCallback(querying) } as object)
    // Asking a node for its parent costs its way from the root.
    if (querying.isSpent || matches.length * path > MAX_PATHS_COST) return undefined
    const finder = new Finder(text, lines, language)
    for (const match of matches) finder.add(match)
    return { declarations: finder.finish(), hasErrors: tree.rootNode.hasError }
  } finally {
    tree.delete()
  }
}

/** The runtime stops on a truthy answer, though its type says void. */
const asCallback = (budget: StepBudget) => ((state) => budget.step(state)) as (state: ParseState) => void

class Finder {
  /** By the node that is declared: of several patterns for one node the first in the query counts. */
  readonly #byNode = new Map<number, { declaration: Declaration; patternIndex: number }>()
  readonly #docs: { row: number; text: string }[] = []
  readonly #comments = new Map<string, { startRow: number; text: string }>()

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
      else if (capture.name === 'container') container = this.#textOf(capture.node, MAX_NAME_CHARS)
      else if (capture.name === 'doc') this.#addDoc(capture.node)
      else if (!capture.name.startsWith('_')) {
        declared = capture.node
        kind = capture.name
      }
    }
    if (!declared) return
    const earlier = this.#byNode.get(declared.id)
    if (earlier && earlier.patternIndex <= match.patternIndex) return
    const written = match.setProperties?.name ?? (name ? this.#textOf(name, MAX_NAME_CHARS) : '')
    const named = splitName(written)
    const [base, suffix] = kind.split('.')
    const { ownRow, ...rows } = this.#rowsOf(declared)
    const comments = this.#commentsAbove(rows.startRow, ownRow)
    rows.startRow = comments.startRow
    const outer = container ? splitName(container) : undefined
    const full = [outer?.container, outer?.name, named.container].filter(Boolean).join('.')
    const declaration: Declaration = {
      kind: base as Declaration['kind'],
      name: named.name,
      container: full,
      ...rows,
      nameRow: name ? name.startPosition.row : ownRow,
      doc: comments.text,
      minor: suffix === 'minor',
    }
    this.#byNode.set(declared.id, { declaration, patternIndex: match.patternIndex })
  }

  /** Looked for once a row: there may be thousands of declarations in one. */
  #commentsAbove(row: number, ownRow: number): { startRow: number; text: string } {
    const { lines, language } = this
    const key = `${row} ${ownRow}`
    let found = this.#comments.get(key)
    if (!found) {
      const startRow = leadingCommentsStart(lines, row, language.family)
      found = { startRow, text: commentText(lines, startRow, ownRow - 1, language.family) }
      this.#comments.set(key, found)
    }
    return found
  }

  finish(): Declaration[] {
    const declarations = [...this.#byNode.values()].map((one) => one.declaration)
    if (this.#docs.length === 0) return declarations
    // The innermost first, and of those that begin in one row the last.
    const innermost = declarations.map((one, i) => ({ one, i }))
    innermost.sort((a, b) => b.one.startRow - a.one.startRow || b.i - a.i)
    const ranges = innermost.map(({ one }) => ({ from: one.nameRow, to: one.endRow }))
    const owners = rowOwners(this.lines.length, ranges)
    for (const doc of this.#docs) {
      const owner = innermost[owners[doc.row] ?? -1]?.one
      if (owner) owner.doc = owner.doc ? `${owner.doc}\n${doc.text}` : doc.text
    }
    return declarations
  }

  #addDoc(node: Node): void {
    const text = this.#textOf(node, MAX_DOC_CHARS)
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

  #textOf(node: Node, maxChars: number): string {
    return this.text.slice(node.startIndex, Math.min(node.endIndex, node.startIndex + maxChars))
  }
}

const MAX_DOC_CHARS = 10_000
/** Of a name as it is written, with type arguments and containers. */
const MAX_NAME_CHARS = 1000

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
