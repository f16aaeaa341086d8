import type { Unit, UnitKind } from '../contract/units.ts'
import { BUDGET_CHARS, countChars, isBlank, type Line, splitLines, trimPart } from './budget.ts'
import type { Declaration } from './declaration.ts'
import { mergeNeighbours } from './merge.ts'
import { type DeclarationNode, nest } from './nest.ts'

export interface AssembleOptions {
  language: string
  space: 'code' | 'docs'
  /** Kind of lines that no declaration covers. */
  gapKind: UnitKind
  /** A function that stands in a class is a method. */
  hasMethods: boolean
  /** Joins the names of a container path. */
  joiner: string
  /** Makes a cut before a row less wanted, in levels of indentation. */
  penaltyOf?: (row: number) => number
}

/**
 * Units from the lines of a file and the declarations found in it. Every line that is not blank comes to be in a
 * unit: lines between declarations become gap units. A class holds all lines but the bodies of its members, which are
 * units of their own; a function holds its nested functions, unless it is over the budget and they are long.
 * Sorted by start line, outermost first. O(lines + declarations · log).
 */
export function assemble(lines: readonly string[], declarations: Declaration[], options: AssembleOptions): Unit[] {
  const assembly = new Assembly(lines, options)
  assembly.run(nest(declarations, lines.length))
  return assembly.units.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine)
}

class Assembly {
  readonly units: Unit[] = []
  /** Declarations still to emit: a list rather than recursion, since nesting may be deeper than the stack. */
  readonly #pending: { node: DeclarationNode; container: string; inClass: boolean }[] = []
  /** #sizeAbove[r] = non-blank characters above row r. */
  readonly #sizeAbove: Float64Array
  readonly #sizeOf = (from: number, to: number) => this.#sizeAbove[to + 1]! - this.#sizeAbove[from]!

  constructor(
    readonly lines: readonly string[],
    readonly options: AssembleOptions,
  ) {
    this.#sizeAbove = new Float64Array(lines.length + 1)
    for (let row = 0; row < lines.length; row++)
      this.#sizeAbove[row + 1] = this.#sizeAbove[row]! + countChars(lines[row]!)
  }

  run(roots: DeclarationNode[]): void {
    this.#level(roots, 0, this.lines.length - 1, '')
    for (let next = this.#pending.pop(); next; next = this.#pending.pop()) {
      this.#declaration(next.node, next.container, next.inClass)
    }
  }

  /** Rows `from..to` with siblings in them; what lies between the siblings becomes gap units. */
  #level(siblings: DeclarationNode[], from: number, to: number, container: string): void {
    this.#absorbTinyGaps(siblings, from, to)
    const nodes: DeclarationNode[] = []
    let at = from
    for (const node of siblings) {
      this.#addGap(nodes, at, node.startRow - 1)
      nodes.push(node)
      at = node.endRow + 1
    }
    this.#addGap(nodes, at, to)
    for (const node of mergeNeighbours(nodes, this.#sizeOf, this.options.gapKind)) {
      this.#pending.push({ node, container, inClass: false })
    }
  }

  /** A lone bracket, `#endif` or `package x` is no unit: the declaration before it takes it, or else the one after. */
  #absorbTinyGaps(nodes: DeclarationNode[], from: number, to: number): void {
    for (let i = 0; i <= nodes.length; i++) {
      const before = nodes[i - 1]
      const after = nodes[i]
      const start = before ? before.endRow + 1 : from
      const end = after ? after.startRow - 1 : to
      const size = start > end ? 0 : this.#sizeOf(start, end)
      if (size === 0 || size >= TINY_GAP_CHARS) continue
      if (before) before.endRow = this.#lastFilledRow(start, end)
      else if (after) after.startRow = this.#firstFilledRow(start, end)
    }
  }

  #lastFilledRow(from: number, to: number): number {
    while (to > from && isBlank(this.lines[to]!)) to--
    return to
  }

  #firstFilledRow(from: number, to: number): number {
    while (from < to && isBlank(this.lines[from]!)) from++
    return from
  }

  #addGap(nodes: DeclarationNode[], from: number, to: number): void {
    if (from > to || this.#sizeOf(from, to) === 0) return
    const startRow = this.#firstFilledRow(from, to)
    const endRow = this.#lastFilledRow(from, to)
    nodes.push({ ...NO_NAME, kind: this.options.gapKind, startRow, endRow, nameRow: startRow, children: [] })
  }

  #declaration(node: DeclarationNode, container: string, inClass: boolean): void {
    const own = this.#join(container, node.container)
    const path = this.#join(own, node.name)
    const members = this.#members(node)
    if (node.kind === 'scope' || this.#onlyWraps(node, members)) {
      this.#level(node.children, node.startRow, node.endRow, path)
      return
    }
    const rows: Line[] = []
    let at = node.startRow
    for (const member of members) {
      this.#addRows(rows, at, member.startRow - 1)
      this.#addRows(rows, member.nameRow, member.nameRow)
      at = member.endRow + 1
    }
    this.#addRows(rows, at, node.endRow)
    const kind = inClass && node.kind === 'function' && this.options.hasMethods ? 'method' : node.kind
    this.#emit({ kind, name: node.name, container: own, doc: node.doc }, rows, node)
    for (const member of members) {
      this.#pending.push({ node: member, container: path, inClass: CLASSES.has(node.kind) })
    }
  }

  /** Children that become units of their own. */
  #members(node: DeclarationNode): DeclarationNode[] {
    const size = this.#sizeOf(node.startRow, node.endRow)
    const leaves = HOLDERS.has(node.kind) ? size > WHOLE_CLASS_CHARS : size > BUDGET_CHARS
    if (!leaves) return []
    const smallest = HOLDERS.has(node.kind) ? SMALL_MEMBER_CHARS : LONG_NESTED_CHARS
    const children = node.children.filter((child) => !child.minor)
    return mergeNeighbours(children, this.#sizeOf, this.options.gapKind).filter(
      (child) => this.#sizeOf(child.startRow, child.endRow) >= smallest,
    )
  }

  /** A module or class that holds classes and next to nothing else only lends its name to them. */
  #onlyWraps(node: DeclarationNode, members: readonly DeclarationNode[]): boolean {
    if (!members.length || !members.every((member) => CLASSES.has(member.kind))) return false
    const inside = members.reduce((sum, member) => sum + this.#sizeOf(member.startRow, member.endRow), 0)
    return this.#sizeOf(node.startRow, node.endRow) - inside < TINY_WRAPPER_CHARS
  }

  #emit(
    unit: { kind: UnitKind; name: string; container: string; doc: string },
    rows: Line[],
    node: DeclarationNode,
  ): void {
    const whole = rows.reduce((sum, line) => sum + countChars(line.text), 0) <= BUDGET_CHARS
    const parts = whole ? [trimPart(rows, 0, rows.length)] : splitLines(rows, this.options.penaltyOf)
    for (const part of parts) {
      if (!part) continue
      const startRow = whole ? node.startRow : part.startRow
      const endRow = whole ? node.endRow : part.endRow
      const nameRow = node.nameRow >= startRow && node.nameRow <= endRow ? node.nameRow : startRow
      this.units.push({
        kind: unit.kind,
        name: unit.name.slice(0, MAX_NAME_CHARS),
        container: unit.container,
        startLine: startRow + 1,
        endLine: endRow + 1,
        nameLine: nameRow + 1,
        language: this.options.language,
        space: this.options.space,
        doc: part === parts[0] ? unit.doc : '',
        text: part.text,
      })
    }
  }

  #addRows(rows: Line[], from: number, to: number): void {
    for (let row = from; row <= to; row++) rows.push({ row, text: this.lines[row]! })
  }

  /** Absurdly deep nesting keeps its outer names only. */
  #join(container: string, name: string): string {
    if (!container || !name) return container || name.slice(0, MAX_NAME_CHARS)
    const joined = `${container}${this.options.joiner}${name}`
    return joined.length > MAX_CONTAINER_CHARS ? container : joined
  }
}

/** Gaps are minor: a small one between tiny constants joins them. */
const NO_NAME = { name: '', container: '', doc: '', minor: true }

const CLASSES = new Set<DeclarationNode['kind']>(['class', 'interface', 'type', 'enum'])

/** Kinds whose members are units; a constant holds the functions of an object literal. */
const HOLDERS = new Set<DeclarationNode['kind']>([...CLASSES, 'constant'])

/** A class up to this size is easier found, and read, as one piece. */
const WHOLE_CLASS_CHARS = 300

/** Gaps below this size hold brackets and directives, nothing that anyone searches for. */
const TINY_GAP_CHARS = 40

/** A nested function from this size on leaves a parent that is over the budget. */
const LONG_NESTED_CHARS = 300

/** A member below this size (`flush() {}`) is told in full by its line in the class. */
const SMALL_MEMBER_CHARS = 40

/** What a module with nothing but classes may have of its own: `module X`, `end`, a comment. */
const TINY_WRAPPER_CHARS = 60

const MAX_NAME_CHARS = 200
const MAX_CONTAINER_CHARS = 400
