import { fileStem as stemOf } from '../../base/words.ts'
import type { Signal } from '../candidates.ts'
import type { QueryProfile } from '../profile.ts'
import { nameMatch } from './nameMatch.ts'

/** The file is named after what the query asks for. The strongest of the signals (0.03 NDCG@10). */
export const fileStem: Signal = (candidates, { table, query }) => {
  const byFile = new Map<number, number>()
  return Float32Array.from(candidates, ({ file }) => {
    let match = byFile.get(file)
    if (match === undefined) {
      match = stemMatch(table.filePath(file), query)
      byFile.set(file, match)
    }
    return match
  })
}

/** A stem that says nothing of its own (`index`, `mod`) stands for its folder. */
function stemMatch(path: string, query: QueryProfile): number {
  const stem = stemOf(path)
  if (!GENERIC_STEMS.has(stem.toLowerCase())) return nameMatch(stem, query)
  return FOR_FOLDER * nameMatch(path.split('/').at(-2) ?? '', query)
}

const GENERIC_STEMS = new Set(['index', 'main', 'mod', 'init', '__init__', 'lib', 'default', 'package'])
const FOR_FOLDER = 0.7
