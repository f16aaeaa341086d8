import { contentKey } from '../base/hash.ts'
import type { Unit } from '../contract/units.ts'

/**
 * The two texts of a unit that are encoded and indexed. The body never holds the path, so that a move or rename leaves
 * its key, and with it its vectors, as they are; the context is short and shared by the units of one place.
 */
export const bodyText = (unit: Unit): string => unit.text

/** Last folders, file name and enclosing declarations, as words: `auth session AuthService`. */
export function contextText(path: string, unit: Pick<Unit, 'container'>): string {
  const parts = contextPath(path).split('/')
  const stem = parts.pop()!.replace(/(?<=.)\.[^.]*$/, '')
  return [...parts, stem, unit.container].filter(Boolean).join(' ')
}

/** The part of a path that its units' context knows: what is equal here has equal contexts. */
export const contextPath = (path: string): string =>
  path
    .split('/')
    .slice(-CONTEXT_FOLDERS - 1)
    .join('/')

/** Key of a body or context text in the stores. */
export const textKey = (text: string): string => contentKey(text)

const CONTEXT_FOLDERS = 3
