import { queryError } from '../contract/errorCodes.ts'
import type { FilterValue } from './query.ts'

/** Code that hits shall be like: lines of a file, a declaration in it by its name, or else the whole file. */
export interface LikePlace {
  /** As typed, but with '/' between parts and none in front: from the folder on, or only its end. */
  path: string
  /** 1-based, inclusive. */
  lines?: { start: number; end: number }
  /** `name` or `container.name`. */
  name?: string
  /** Of the value, in the query. */
  column: number
}

/** Reads `path`, `path:12`, `path:12-40`, `path#L12-L40` and `path#name`. Throws `E_QUERY` for lines in wrong order. */
export function parseLike({ value, column }: FilterValue): LikePlace {
  const { path, from, to, name } = LIKE.exec(value)!.groups!
  const place = { path: path!.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, ''), column }
  if (name !== undefined) return { ...place, name }
  if (from === undefined) return place
  const lines = { start: Number(from), end: Number(to ?? from) }
  if (lines.start < 1 || lines.end < lines.start) {
    throw queryError(
      `"${value}" at column ${column} names no lines: they count from 1, the first before the last.`,
      column,
    )
  }
  return { ...place, lines }
}

/** Lines as editors and terminals write them, or as hosts of code do; any other fragment is a name. */
const LIKE = /^(?<path>.+?)(?:(?::|#L)(?<from>\d+)(?:-L?(?<to>\d+))?|#(?<name>[^#]+))?$/s
