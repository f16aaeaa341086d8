import type { Declaration } from './declaration.ts'

export interface DeclarationNode extends Declaration {
  children: DeclarationNode[]
}

/**
 * A forest from flat declarations: siblings share no row and are sorted; children lie inside their parent, below the
 * row of its name. A declaration that cannot have rows of its own (a second one on the same line) stays part of
 * the text of the first. Iterative, so that depth of nesting does not matter.
 */
export function nest(declarations: readonly Declaration[], nRows: number): DeclarationNode[] {
  const sorted = declarations
    .filter((one) => one.startRow >= 0 && one.startRow <= one.endRow && one.endRow < nRows)
    .map((one): DeclarationNode => ({ ...one, children: [] }))
    .sort((a, b) => a.startRow - b.startRow || b.endRow - a.endRow || rank(a) - rank(b))
  const roots: DeclarationNode[] = []
  const open: DeclarationNode[] = []
  for (const node of sorted) {
    while (open.length && open.at(-1)!.endRow < node.startRow) open.pop()
    const parent = findParent(open, node)
    if (parent === 'dropped') continue
    const siblings = parent ? parent.children : roots
    const previous = siblings.at(-1)
    if (previous && node.startRow <= previous.endRow) node.startRow = previous.endRow + 1
    if (node.startRow > node.endRow) continue
    node.nameRow = Math.min(Math.max(node.nameRow, node.startRow), node.endRow)
    siblings.push(node)
    open.push(node)
  }
  return roots
}

/** Pops what ends before `node` does: such a neighbour shares its last row with it and is no parent. */
function findParent(open: DeclarationNode[], node: DeclarationNode): DeclarationNode | undefined | 'dropped' {
  while (open.length && open.at(-1)!.endRow < node.endRow) open.pop()
  const parent = open.at(-1)
  if (!parent) return undefined
  if (parent.kind === 'scope') {
    const same = parent.startRow === node.startRow && parent.endRow === node.endRow && node.kind === 'scope'
    return same && parent.name === node.name ? 'dropped' : parent
  }
  return node.startRow <= parent.nameRow ? 'dropped' : parent
}

/** Of two declarations with the same rows the scope is outside. */
function rank(node: Declaration): number {
  return node.kind === 'scope' ? 0 : 1
}
