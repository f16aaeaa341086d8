import type { UnitKind } from '../contract/units.ts'
import { BUDGET_CHARS } from './budget.ts'
import type { DeclarationNode } from './nest.ts'

/**
 * Joins neighbours that make poor units alone: overloads and clauses of one function become one declaration, and runs
 * of tiny `minor` declarations (constants, aliases, prototypes) one block without a name. `sizeOf(from, to)` counts
 * the non-blank characters of rows, both included. The first node of a run is changed in place.
 */
export function mergeNeighbours(
  nodes: readonly DeclarationNode[],
  sizeOf: (from: number, to: number) => number,
  gapKind: UnitKind,
): DeclarationNode[] {
  const merged: DeclarationNode[] = []
  const groups = new Set<DeclarationNode>()
  for (const node of nodes) {
    const previous = merged.at(-1)
    if (previous && sizeOf(previous.startRow, node.endRow) <= BUDGET_CHARS && isClose(previous, node, sizeOf)) {
      if (isSameFunction(previous, node)) {
        previous.endRow = node.endRow
        previous.doc ||= node.doc
        previous.minor &&= node.minor
        previous.children.push(...node.children)
        continue
      }
      if (
        isTiny(previous, sizeOf, groups.has(previous) ? GROUP_CHARS : TINY_CHARS) &&
        isTiny(node, sizeOf, TINY_CHARS)
      ) {
        if (previous.kind !== node.kind || previous.kind !== 'config') previous.kind = gapKind
        groups.add(previous)
        previous.name = ''
        previous.container = ''
        previous.doc = ''
        previous.nameRow = previous.startRow
        previous.endRow = node.endRow
        previous.children = []
        continue
      }
    }
    merged.push(node)
  }
  return merged
}

function isClose(a: DeclarationNode, b: DeclarationNode, sizeOf: (from: number, to: number) => number): boolean {
  return a.endRow + 1 >= b.startRow || sizeOf(a.endRow + 1, b.startRow - 1) === 0
}

function isSameFunction(a: DeclarationNode, b: DeclarationNode): boolean {
  return a.name !== '' && a.name === b.name && a.container === b.container && a.kind === b.kind && FUNCTIONS.has(a.kind)
}

function isTiny(node: DeclarationNode, sizeOf: (from: number, to: number) => number, limit: number): boolean {
  return node.minor && sizeOf(node.startRow, node.endRow) <= limit
}

const FUNCTIONS = new Set<DeclarationNode['kind']>(['function', 'method'])

/** A declaration up to this size may join a run... */
const TINY_CHARS = 150

/** ...which grows while it is below this size. */
const GROUP_CHARS = 450
