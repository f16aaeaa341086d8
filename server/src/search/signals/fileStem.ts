import { fileStem as stemOf } from '../../base/words.ts'
import { type Signal, valuesOf } from '../candidates.ts'
import type { QueryProfile } from '../profile.ts'
import { nameMatch } from './nameMatch.ts'

/** The file is named after what the query asks for. One of the strongest signals by file (RESULTS.md). */
export const fileStem: Signal = (candidates, { table, query }) => {
  const byFile = new Map<number, number>()
  return valuesOf(candidates, ({ file }) => {
    let match = byFile.get(file)
    if (match === undefined) {
      match = stemMatch(table.filePath(file), query)
      byFile.set(file, match)
    }
    return match
  })
}

function stemMatch(path: string, query: QueryProfile): number {
  const { name, factor } = nameOfFile(path)
  return factor * nameMatch(name, query)
}

/** What a file is named after, and what that counts: a stem that says nothing (`index`, `mod`) stands for its folder. */
export function nameOfFile(path: string): { name: string; factor: number } {
  const stem = stemOf(path)
  if (!GENERIC_STEMS.has(stem.toLowerCase())) return { name: stem, factor: 1 }
  return { name: path.split('/').at(-2) ?? '', factor: FOR_FOLDER }
}

const GENERIC_STEMS = new Set(['index', 'main', 'mod', 'init', '__init__', 'lib', 'default', 'package'])
const FOR_FOLDER = 0.7
